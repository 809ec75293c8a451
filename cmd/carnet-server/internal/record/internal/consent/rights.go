package consent

import "carnet/client/fhir"

// column is one column of the functional-rights table.
type column int

const (
	colProfessional column = iota // not a doctor
	colDoctor                     // a doctor, not the MT
	colMT
	colOccupational
	colEmergency // break-glass and centre 15, whoever asks
	columns
)

func columnOf(r Request, f Facts) column {
	switch {
	case r.Mode != fhir.ModeNormal:
		return colEmergency
	case isOccupational(r.Requester):
		return colOccupational
	case isMT(r.Requester, f):
		return colMT
	case r.Profession == doctor:
		return colDoctor
	default:
		return colProfessional
	}
}

// cell is one cell of the table.
type cell int

const (
	no          cell = iota
	yes              // always
	ifReading        // for who reads this record now
	doctorsOnly      // for doctors who read this record now
	ifAllowed        // for who reads, if the patient lets masked documents be read in an emergency
)

// functionalRights is the functional-rights table of the DMP (informative
// sheet of 25/09/2024, contract section 5), one line a right. Where the table
// says "own" or "any" the line of the narrower or the wider right says yes.
//
// ifReading is ours: a right over documents that one has no relation to, like
// unmasking what the patient masked, ends with the relation. A professional
// without it keeps what protects the patient: mask and delete their own. So
// nothing here differs between a blocked professional and one who was never
// authorised, and the rights that $open lists betray no block.
var functionalRights = []struct {
	right string
	cells [columns]cell // professional, doctor, MT, occupational, emergency
}{
	{fhir.RightRead, [columns]cell{ifReading, ifReading, ifReading, no, ifReading}},
	{fhir.RightReadMaskedOwn, [columns]cell{ifReading, ifReading, ifReading, no, no}},
	{fhir.RightReadMaskedAll, [columns]cell{no, no, ifReading, no, ifAllowed}},
	{fhir.RightUpload, [columns]cell{yes, yes, yes, yes, yes}},
	{fhir.RightDeclareConsent, [columns]cell{yes, yes, yes, no, no}},
	{fhir.RightWithdrawOwn, [columns]cell{yes, yes, yes, no, no}},
	{fhir.RightMask, [columns]cell{yes, yes, yes, yes, no}},
	{fhir.RightUnmaskOwn, [columns]cell{ifReading, ifReading, ifReading, yes, no}},
	{fhir.RightUnmaskAll, [columns]cell{no, no, ifReading, no, no}},
	{fhir.RightShowPatient, [columns]cell{ifReading, ifReading, ifReading, yes, no}},
	{fhir.RightArchiveOwn, [columns]cell{ifReading, ifReading, ifReading, yes, doctorsOnly}},
	{fhir.RightArchiveAll, [columns]cell{no, no, ifReading, no, no}},
	{fhir.RightDeleteOwn, [columns]cell{yes, yes, yes, yes, yes}},
	{fhir.RightManagePatient, [columns]cell{no, no, ifReading, no, no}},
	{fhir.RightTracesOwn, [columns]cell{yes, yes, yes, yes, no}},
	{fhir.RightTracesAll, [columns]cell{no, no, ifReading, no, no}},
}

// rightsOf reads the table, then adds the emergency modes that a professional
// in normal mode may try. They are offered whatever the patient objected to:
// an offer that came and went with a block would tell of it.
func rightsOf(col column, r Requester, f Facts, readRefusal Refusal) []string {
	rights := make([]string, 0, len(functionalRights)+2)
	reads := readRefusal == ""
	for _, row := range functionalRights {
		if holds(row.cells[col], r, f, reads) {
			rights = append(rights, row.right)
		}
	}
	if col == colEmergency || readRefusal == RefusalProfession {
		return rights
	}
	rights = append(rights, fhir.RightBreakGlass)
	if IsRegulator(r) {
		rights = append(rights, fhir.RightCentre15)
	}
	return rights
}

func holds(c cell, r Requester, f Facts, reads bool) bool {
	switch c {
	case yes:
		return true
	case ifReading:
		return reads
	case doctorsOnly:
		return reads && r.Profession == doctor
	case ifAllowed:
		return reads && f.MaskedInEmergency
	default:
		return false
	}
}
