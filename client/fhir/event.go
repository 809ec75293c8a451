package fhir

import "strconv"

// Kinds of AccessEvent: what moved. Each event tells the whole state.
const (
	EventRights    = "rights"    // something may be read, or the rights over it changed
	EventClosed    = "closed"    // nothing may be read any longer: Reason says why
	EventDocuments = "documents" // what may be read is not what it was
)

// Reasons of an EventClosed. A block has none of its own: it is told as a
// consent that is missing.
const (
	ReasonConsent    = "consent"    // nothing lets the professional in, or no longer
	ReasonRecord     = "record"     // the record was closed
	ReasonProfession = "profession" // this profession never reads
	ReasonSession    = "session"    // the access session is over
	ReasonFunction   = "function"   // not in this mode
)

// AccessEvent says what has become of an access session.
type AccessEvent struct {
	Kind   string // Event…
	Reason string // Reason…, of EventClosed
	Access Access // as $open would answer now, of the same session; LastVisit is not told
	New    int    // documents that others filed since the session was opened and that may be read
	Total  int    // documents that may be read: current and superseded
}

// Over tells that the session itself has ended: no event follows.
func (e AccessEvent) Over() bool { return e.Kind == EventClosed && e.Reason == ReasonSession }

// JSON gives the Parameters of an event.
func (e AccessEvent) JSON() []byte {
	a := e.Access
	parts := [][3]string{
		{"event", "valueCode", e.Kind},
		{"reason", "valueCode", e.Reason},
		{"session", "valueString", a.Session},
		{"mode", "valueCode", a.Mode},
		{"basis", "valueCode", a.Basis},
		{"until", "valueInstant", Instant(a.Until)},
		{"end", "valueInstant", Instant(a.End)},
		{"refusal", "valueCode", a.Refusal},
		{"new", "valueString", count(e.New)},
		{"total", "valueString", count(e.Total)},
	}
	for _, r := range a.Rights {
		parts = append(parts, [3]string{"right", "valueCode", r})
	}
	return parameters(parts...)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// ParseAccessEvent reads the Parameters of an event. Errors: Malformed, also
// for a kind that is not known: what it takes away must not stay on a screen.
func ParseAccessEvent(data []byte) (AccessEvent, error) {
	a, err := ParseAccess(data)
	if err != nil {
		return AccessEvent{}, err
	}
	var r wireParameters
	if err := read(data, "Parameters", &r); err != nil {
		return AccessEvent{}, err
	}
	e := AccessEvent{Access: a}
	for _, p := range r.Parameter {
		switch {
		case p.Name == "event" && p.ValueCode != nil:
			e.Kind = *p.ValueCode
		case p.Name == "reason" && p.ValueCode != nil:
			e.Reason = *p.ValueCode
		case p.Name == "new" && p.ValueString != nil:
			e.New, err = strconv.Atoi(*p.ValueString)
		case p.Name == "total" && p.ValueString != nil:
			e.Total, err = strconv.Atoi(*p.ValueString)
		}
		if err != nil {
			return AccessEvent{}, E(Malformed, "Ce que le serveur dit de l'accès ne se lit pas.")
		}
	}
	switch e.Kind {
	case EventRights, EventClosed, EventDocuments:
		return e, nil
	}
	return AccessEvent{}, E(Malformed, "Ce que le serveur dit de l'accès ne se lit pas.")
}

// WordsParameters gives the body of $request-access: what the professional
// writes to the patient, at most 400 characters.
func WordsParameters(words string) []byte {
	if words == "" { // FHIR knows no empty array
		return []byte(`{"resourceType":"Parameters"}`)
	}
	return parameters([3]string{"words", "valueString", words})
}

// LetterEvent says that a dialogue moved. It holds no content.
type LetterEvent struct {
	Dialogue string // "": how things stand
	Unread   int    // of all of the reader's
}

// JSON gives the Parameters of an event.
func (e LetterEvent) JSON() []byte {
	return parameters([3]string{"event", "valueCode", "message"}, [3]string{"dialogue", "valueString", e.Dialogue}, [3]string{"unread", "valueString", strconv.Itoa(e.Unread)})
}

// ParseLetterEvent reads the Parameters of an event. Errors: Malformed.
func ParseLetterEvent(data []byte) (e LetterEvent, err error) {
	args, err := ParseArguments(data)
	if err != nil {
		return e, err
	}
	e.Dialogue = args["dialogue"]
	if e.Unread, err = strconv.Atoi(args["unread"]); err != nil || args["event"] != "message" {
		return LetterEvent{}, E(Malformed, "Ce que le serveur dit des messages ne se lit pas.")
	}
	return e, nil
}
