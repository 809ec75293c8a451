package consent

import (
	"time"

	"carnet/client/fhir"
)

// newGrant makes the Grant of a decision that went well.
func newGrant(r Request, f Facts, m Matrix, d Decision) *Grant {
	g := &Grant{
		reader: ReaderProfessional, principal: r.ID, record: f.PatientID, mode: r.Mode,
		basis: d.Basis, expires: d.End, epoch: f.Epoch, rights: d.Rights,
	}
	if !d.Until.IsZero() && d.Until.Before(g.expires) {
		g.expires = d.Until
	}
	if d.ReadRefusal == "" && shows(r.Function) {
		g.filter = professionalFilter(r, f, m, d)
	}
	return g
}

// shows tells the functions whose answer may depend on stored documents; the
// Grant of any other function reads nothing, even for who could.
func shows(fn Function) bool {
	return fn == FunctionRead || fn == FunctionOpen || fn == FunctionChange || fn == FunctionTraces
}

// professionalFilter is lines 6 to 8 as data.
func professionalFilter(r Request, f Facts, m Matrix, d Decision) Filter {
	filter := Filter{
		Types: m.Column(r.Profession), Own: r.ID,
		Archived: true, Superseded: true,
		HiddenPatient: true, HiddenReps: true,
	}
	if isBlocked(r.Requester, f) && !isMT(r.Requester, f) {
		filter.Own = "" // centre 15 lets a blocked regulator in, as one who wrote nothing
	}
	switch {
	case d.Basis == fhir.BasisMT, r.Mode != fhir.ModeNormal && f.MaskedInEmergency:
		filter.Masked = MaskedAll
	case r.Mode == fhir.ModeNormal:
		filter.Masked = MaskedOwn
	}
	return filter
}

// holderTime bounds the Grants that are made for one page or one run.
const holderTime = time.Hour

// holderRights are the patient's over their own record: they read and mask
// everything, and archive and delete what they deposited. A closed record is
// only read.
func holderRights(state State) []string {
	if state != StateOpen {
		return []string{fhir.RightRead, fhir.RightReadMaskedAll, fhir.RightTracesAll}
	}
	return []string{
		fhir.RightRead, fhir.RightReadMaskedAll, fhir.RightUpload, fhir.RightMask,
		fhir.RightUnmaskAll, fhir.RightArchiveOwn, fhir.RightDeleteOwn, fhir.RightManagePatient, fhir.RightTracesAll,
	}
}

// ForHolder is the Grant of the patient, open record or closed (archived for
// them). What waits for an announcement consultation stays hidden. It is
// refused for a record that does not exist.
func ForHolder(holder string, f Facts, now time.Time) (*Grant, Refusal) {
	if holder == "" {
		return nil, RefusalIdentity
	}
	if f.PatientID == "" || (f.State != StateOpen && f.State != StateClosed) {
		return nil, RefusalNoRecord
	}
	return &Grant{
		reader: ReaderHolder, principal: holder, record: f.PatientID, mode: fhir.ModeNormal,
		expires: now.Add(holderTime), epoch: f.Epoch, rights: holderRights(f.State), manages: f.State == StateOpen,
		filter: Filter{AllTypes: true, Masked: MaskedAll, Archived: true, Superseded: true, HiddenReps: true},
	}, ""
}

// ForRepresentative is the Grant of a legal representative, in their own name
// and within their mandate: as the holder, without what is hidden from
// representatives.
func ForRepresentative(mandate Relation, f Facts, now time.Time) (*Grant, Refusal) {
	if mandate.Org || !mandate.inForce(now) {
		return nil, RefusalNoConsent
	}
	g, refusal := ForHolder(mandate.ID, f, now)
	if refusal != "" {
		return nil, refusal
	}
	g.reader = ReaderRepresentative
	g.filter.HiddenReps = false
	if !mandate.End.IsZero() && mandate.End.Before(g.expires) {
		g.expires = mandate.End
	}
	return g, ""
}

// ForExport is the Grant of an extraction of everything by who may enter a
// record: it reads what they read and changes nothing. nil for an invalid one.
func ForExport(g *Grant) *Grant {
	if !g.Valid() || g.reader == ReaderProfessional || g.reader == ReaderBackup || g.reader == ReaderDemo {
		return nil
	}
	e := *g
	e.reader, e.manages, e.rights = ReaderExport, false, []string{fhir.RightRead}
	if e.filter.Masked == MaskedAll {
		e.rights = append(e.rights, fhir.RightReadMaskedAll)
	}
	return &e
}

// ForBackup is the Grant of the machine's copy of every record, sealed as it
// is stored: it reads all and is given to nobody.
func ForBackup(now time.Time) *Grant {
	return &Grant{
		reader: ReaderBackup, expires: now.Add(24 * time.Hour),
		rights: []string{fhir.RightRead, fhir.RightReadMaskedAll},
		filter: Filter{
			AllTypes: true, Masked: MaskedAll, Archived: true, Superseded: true,
			Withdrawn: true, HiddenPatient: true, HiddenReps: true,
		},
	}
}

// ForDemo is the Grant that fills a demonstration or a benchmark: it files to
// any record and reads none.
func ForDemo(now time.Time) *Grant {
	return &Grant{reader: ReaderDemo, expires: now.Add(24 * time.Hour), rights: []string{fhir.RightUpload}}
}
