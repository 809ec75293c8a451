package fhir

import (
	"slices"
	"time"
)

// HeaderOfflineCopy carries the lease under which a content is fetched for an
// offline copy: nobody is looking at it.
const HeaderOfflineCopy = "X-Offline-Copy"

// The operations of offline work.
const (
	OperationCopy         = "$copy"          // of a Patient
	OperationCheckCopies  = "$check-copies"  // these are of the base address
	OperationCopyChanges  = "$copy-changes"  //
	OperationCopyProfile  = "$copy-profile"  //
	OperationReturnCopy   = "$return-copy"   //
	OperationOfflineReads = "$offline-reads" //
)

// The values of offline work on the wire; package client says what they mean.
type (
	// OfflineLease is what $copy answers.
	OfflineLease struct {
		ID, Basis string
		Until     time.Time
		Stamp     string
		Shared    bool
	}
	// CopyCheck is one copy that $check-copies asks about.
	CopyCheck struct{ Lease, Stamp string }
	// CopyState is its answer.
	CopyState struct {
		Lease string
		Runs  bool
		Until time.Time
		Stamp string
	}
	// CopyChanges is what $copy-changes answers; each document is a resource.
	CopyChanges struct {
		Documents []Entry
		Gone      []string
		Stamp     string
		More      bool
	}
	// OfflineRead is one read that $offline-reads hands in.
	OfflineRead struct {
		ID, Lease, PatientID, DocumentID string
		At                               time.Time
		Mode                             string
		Profile                          bool
	}
	// ReadReceipt is its answer.
	ReadReceipt struct {
		ID            string
		Kept, Revoked bool
		Code          Code
	}
)

// wirePart is a parameter of an operation with its parts.
type wirePart struct {
	Name         string
	ValueString  string
	ValueCode    string
	ValueInstant string
	ValueBoolean bool
	Part         []wirePart
}

// text gives the value of a part, whatever simple type it was written in.
func (p wirePart) text() string {
	for _, v := range []string{p.ValueString, p.ValueCode, p.ValueInstant} {
		if v != "" {
			return v
		}
	}
	return ""
}

// in gives a part by its name, or a zero one.
func in(parts []wirePart, name string) wirePart {
	for _, p := range parts {
		if p.Name == name {
			return p
		}
	}
	return wirePart{}
}

func parseParts(data []byte) ([]wirePart, error) {
	var r struct{ Parameter []wirePart }
	err := read(data, "Parameters", &r)
	return r.Parameter, err
}

// valued is a part to be written: one without a value is left out, unless it is
// a boolean, where "" means false.
type valued struct{ name, kind, value string }

const kindBoolean = "valueBoolean"

func (p valued) written() bool { return p.value != "" || p.kind == kindBoolean }

func truth(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func (w *writer) parts(ps ...valued) {
	for _, p := range ps {
		if !p.written() {
			continue
		}
		w.item()
		w.str("name", p.name)
		if p.kind == kindBoolean {
			w.boolean(p.kind, p.value != "")
		} else {
			w.str(p.kind, p.value)
		}
		w.end()
	}
}

// groups writes Parameters of one name, each with parts.
func groups[T any](name string, all []T, parts func(T) []valued) []byte {
	w := &writer{make([]byte, 0, 256+320*len(all))}
	w.resource("Parameters", "")
	if len(all) > 0 { // FHIR has no empty arrays
		w.arr("parameter")
		for _, one := range all {
			w.item()
			w.str("name", name)
			if ps := parts(one); slices.ContainsFunc(ps, valued.written) {
				w.arr("part")
				w.parts(ps...)
				w.endArr()
			}
			w.end()
		}
		w.endArr()
	}
	w.end()
	return w.b
}

// parseGroups reads what groups wrote.
func parseGroups[T any](data []byte, name string, parse func([]wirePart) T) ([]T, error) {
	all, err := parseParts(data)
	if err != nil {
		return nil, err
	}
	out := make([]T, 0, len(all))
	for _, p := range all {
		if p.Name == name {
			out = append(out, parse(p.Part))
		}
	}
	return out, nil
}

// parts is a lease as parameters.
func (l OfflineLease) parts() []valued {
	return []valued{
		{"lease", "valueString", l.ID},
		{"basis", "valueCode", l.Basis},
		{"until", "valueInstant", Instant(l.Until)},
		{"stamp", "valueString", l.Stamp},
		{"shared", kindBoolean, truth(l.Shared)},
	}
}

func leaseOf(all []wirePart) OfflineLease {
	return OfflineLease{
		ID: in(all, "lease").text(), Basis: in(all, "basis").text(), Until: ParseTime(in(all, "until").text()),
		Stamp: in(all, "stamp").text(), Shared: in(all, "shared").ValueBoolean,
	}
}

// whole tells whether a lease says what a copy cannot do without.
func (l OfflineLease) whole() bool { return l.ID != "" && !l.Until.IsZero() }

// JSON gives the answer of $copy.
func (l OfflineLease) JSON() []byte {
	w := &writer{make([]byte, 0, 512)}
	w.resource("Parameters", "")
	w.arr("parameter")
	w.parts(l.parts()...)
	w.endArr()
	w.end()
	return w.b
}

// ParseOfflineLease reads the answer of $copy. Errors: Malformed.
func ParseOfflineLease(data []byte) (OfflineLease, error) {
	all, err := parseParts(data)
	l := leaseOf(all)
	if err == nil && !l.whole() {
		err = E(Malformed, "La réponse à une demande de copie ne se lit pas.")
	}
	return l, err
}

// CopyChecksJSON gives the body of $check-copies.
func CopyChecksJSON(all []CopyCheck) []byte {
	return groups("copy", all, func(c CopyCheck) []valued {
		return []valued{{"lease", "valueString", c.Lease}, {"stamp", "valueString", c.Stamp}}
	})
}

// ParseCopyChecks reads the body of $check-copies. Errors: Malformed.
func ParseCopyChecks(data []byte) ([]CopyCheck, error) {
	return parseGroups(data, "copy", func(p []wirePart) CopyCheck {
		return CopyCheck{in(p, "lease").text(), in(p, "stamp").text()}
	})
}

// CopyStatesJSON gives the answer of $check-copies.
func CopyStatesJSON(all []CopyState) []byte {
	return groups("copy", all, func(s CopyState) []valued {
		return []valued{
			{"lease", "valueString", s.Lease},
			{"runs", kindBoolean, truth(s.Runs)},
			{"until", "valueInstant", Instant(s.Until)},
			{"stamp", "valueString", s.Stamp},
		}
	})
}

// ParseCopyStates reads the answer of $check-copies. Errors: Malformed.
func ParseCopyStates(data []byte) ([]CopyState, error) {
	return parseGroups(data, "copy", func(p []wirePart) CopyState {
		return CopyState{in(p, "lease").text(), in(p, "runs").ValueBoolean, ParseTime(in(p, "until").text()), in(p, "stamp").text()}
	})
}

// LeaseParameters gives the body of $return-copy, and of $copy-changes since a
// stamp.
func LeaseParameters(lease, since string) []byte {
	return parameters([3]string{"lease", "valueString", lease}, [3]string{"since", "valueString", since})
}

// JSON gives the answer of $copy-changes: a collection of Parameters and
// DocumentReferences.
func (c CopyChanges) JSON() []byte {
	w := &writer{make([]byte, 0, 256+64*len(c.Gone))}
	w.resource("Parameters", "")
	w.arr("parameter")
	w.parts(valued{"stamp", "valueString", c.Stamp}, valued{"more", kindBoolean, truth(c.More)})
	for _, id := range c.Gone {
		w.parts(valued{"gone", "valueString", id})
	}
	w.endArr()
	w.end()
	b := Bundle{Type: "collection", Entries: append([]Entry{{Resource: w.b}}, c.Documents...)}
	return b.JSON()
}

// ParseCopyChanges reads the answer of $copy-changes. Errors: Malformed.
func ParseCopyChanges(data []byte) (CopyChanges, error) {
	b, err := ParseBundle(data)
	if err != nil {
		return CopyChanges{}, err
	}
	var c CopyChanges
	for _, e := range b.Entries {
		switch ResourceType(e.Resource) {
		case "DocumentReference":
			c.Documents = append(c.Documents, e)
		case "Parameters":
			all, err := parseParts(e.Resource)
			if err != nil {
				return CopyChanges{}, err
			}
			c.Stamp, c.More = in(all, "stamp").text(), in(all, "more").ValueBoolean
			for _, p := range all {
				if p.Name == "gone" {
					c.Gone = append(c.Gone, p.text())
				}
			}
		}
	}
	if c.Stamp == "" { // nothing could be asked for from here
		return CopyChanges{}, E(Malformed, "La suite d’une copie ne se lit pas.")
	}
	return c, nil
}

// OfflineReadsJSON gives the body of $offline-reads.
func OfflineReadsJSON(all []OfflineRead) []byte {
	return groups("read", all, func(r OfflineRead) []valued {
		said := []valued{
			{"id", "valueString", r.ID},
			{"lease", "valueString", r.Lease},
			{"patient", "valueString", r.PatientID},
			{"document", "valueString", r.DocumentID},
			{"at", "valueInstant", Instant(r.At)},
			{"mode", "valueCode", r.Mode},
		}
		if r.Profile {
			said = append(said, valued{"profile", kindBoolean, truth(true)})
		}
		return said
	})
}

// ParseOfflineReads reads the body of $offline-reads. Errors: Malformed.
func ParseOfflineReads(data []byte) ([]OfflineRead, error) {
	return parseGroups(data, "read", func(p []wirePart) OfflineRead {
		return OfflineRead{
			ID: in(p, "id").text(), Lease: in(p, "lease").text(), PatientID: in(p, "patient").text(),
			DocumentID: in(p, "document").text(), At: ParseTime(in(p, "at").text()), Mode: in(p, "mode").text(),
			Profile: in(p, "profile").ValueBoolean,
		}
	})
}

// ReadReceiptsJSON gives the answer of $offline-reads.
func ReadReceiptsJSON(all []ReadReceipt) []byte {
	return groups("receipt", all, func(r ReadReceipt) []valued {
		return []valued{
			{"id", "valueString", r.ID},
			{"kept", kindBoolean, truth(r.Kept)},
			{"revoked", kindBoolean, truth(r.Revoked)},
			{"code", "valueCode", string(r.Code)},
		}
	})
}

// ParseReadReceipts reads the answer of $offline-reads. Errors: Malformed.
func ParseReadReceipts(data []byte) ([]ReadReceipt, error) {
	return parseGroups(data, "receipt", func(p []wirePart) ReadReceipt {
		return ReadReceipt{in(p, "id").text(), in(p, "kept").ValueBoolean, in(p, "revoked").ValueBoolean, Code(in(p, "code").text())}
	})
}
