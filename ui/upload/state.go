package upload

import (
	"bytes"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// Phase is where the filing stands.
type Phase int

// The phases.
const (
	Choosing Phase = iota // no file yet
	Reading               // the file is read and looked at
	Refused               // this file cannot be filed; why is in Report or Err
	Ready                 // the form
	Sending               // bytes are leaving
	Failed                // sending failed; the form is still there
)

// Identity says whether the document speaks of the patient.
type Identity int

// The answers. Unread: the document has no text to compare.
const (
	Unread Identity = iota
	Match
	Unsure
	Mismatch
)

// Inspection is what looking at a file's bytes tells.
type Inspection struct {
	ContentType string          // "" when this is no kind of file that a record takes
	Report      pdfcheck.Report // verdict and findings, of a PDF
	Types       []string        // type codes that the text suggests, best first
	Sure        bool            // the first of them needs no second look
	Identity    Identity
	Several     bool        // the text speaks of several people as its patient
	Image       bool        // the file is a picture
	PDF         []byte      // what such a picture became, which is filed in its place; nil when it is filed as it is
	Acts        []time.Time // dates of the act that the text names, best first; see pdfcheck.ActDates
}

// Need is something that must be answered before sending.
type Need int

// The needs, in the order of the form.
const (
	NeedIdentity Need = iota // the document speaks of somebody else
	NeedType
	NeedTitle
	NeedDate
)

// State is the sheet, without its looks.
type State struct {
	Phase    Phase
	Patient  client.Patient
	Replaces *client.Document // the document that this one corrects
	Today    time.Time        // at noon, in the local zone

	ID      string // of the draft: made with the file, kept over every attempt
	Data    []byte
	Seen    Inspection
	Err     error  // why the file could not be read, or why sending failed
	Several int    // files that came together, of which this is one; 0 or 1 when it came alone
	Name    string // of the file, without its folder; only shown when it came with others
	Lost    string // why the record may no longer be read (fhir.Reason…); "" while it may
	Sent    int64
	Confirm bool // "it is about this patient", although the text says otherwise
	asked   bool // Return was pressed while something was missing

	Type   string
	Title  string
	doubt  bool // the type is a suggestion that nobody accepted yet
	ownTtl bool // the title was typed: it no longer follows the type
	Date   string
	found  string // the date that the text proposed, as it was put in the form
	Masked bool
	Hidden bool
}

// layoutDay is how a day is typed: 21/11/2026.
const layoutDay = "02/01/2006"

// Begin starts over with a file that is about to be read.
func (s *State) Begin(id string, now time.Time) {
	*s = State{Phase: Reading, Patient: s.Patient, Replaces: s.Replaces, Lost: s.Lost, ID: id, Today: noon(now)}
}

// noon is the middle of a day: no zone turns it into another one.
func noon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, t.Location())
}

// Read takes the file's bytes and what they tell.
func (s *State) Read(data []byte, seen Inspection, err error) {
	s.Data, s.Seen, s.Err = data, seen, err
	if seen.PDF != nil {
		s.Data = seen.PDF
	}
	if err != nil || seen.ContentType == "" || seen.Report.Verdict == pdfcheck.Refused {
		s.Phase = Refused
		return
	}
	s.Phase = Ready
	if len(seen.Types) > 0 {
		s.SetType(seen.Types[0])
		s.doubt = !seen.Sure
	}
	act := s.Today
	if s.Replaces != nil {
		act = s.inherit(act)
	}
	s.Date = act.Format(layoutDay)
	if s.Replaces == nil {
		s.propose(seen.Acts)
	}
}

// propose puts the date of the act that the text names in the form: the first
// that can be one. The birth date is none, nor is a day to come.
func (s *State) propose(acts []time.Time) {
	today := s.Date
	for _, t := range acts {
		s.Date = t.Format(layoutDay)
		if _, ok := s.Act(); ok && t.Format(time.DateOnly) != s.Patient.BirthDate {
			s.found = s.Date
			return
		}
	}
	s.Date = today
}

// Proposed tells whether the date in the form is the one that the text names.
func (s *State) Proposed() bool { return s.found != "" && s.Date == s.found }

// inherit takes over what a correction shares with the document that it
// corrects: type, title, visibility, and the date of the act, which it gives.
func (s *State) inherit(act time.Time) time.Time {
	s.SetType(s.Replaces.Type.Code)
	s.SetTitle(s.Replaces.Attachment.Title)
	s.Masked, s.Hidden = s.Replaces.Masked, s.Replaces.HiddenPatient
	if was := fhir.ParseTime(s.Replaces.PeriodStart); !was.IsZero() {
		act = noon(was.In(s.Today.Location()))
	}
	return act
}

// SetType chooses a type; the title follows it until somebody types one.
func (s *State) SetType(code string) {
	t, ok := terminology.TypeByCode(code)
	if !ok || t.Class == "" {
		return
	}
	s.Type, s.doubt = code, false
	if !s.ownTtl {
		s.Title = t.Short
	}
}

// Accept takes the suggested type as it is.
func (s *State) Accept() { s.doubt = false }

// Doubt tells whether the type is a suggestion that nobody accepted yet.
func (s *State) Doubt() bool { return s.doubt }

// SetTitle takes a typed title.
func (s *State) SetTitle(title string) {
	if title != s.Title {
		s.Title, s.ownTtl = title, true
	}
}

// Act is the typed date of the act, at noon; ok tells whether it can be one:
// not after today, not before the patient's birth.
func (s *State) Act() (act time.Time, ok bool) {
	text := strings.NewReplacer("-", "/", ".", "/", " ", "/").Replace(strings.TrimSpace(s.Date))
	var day time.Time
	for _, layout := range []string{layoutDay, "2/1/2006", "02/01/06", "02012006", "2006/01/02"} {
		if t, err := time.ParseInLocation(layout, text, s.Today.Location()); err == nil {
			day = noon(t)
			break
		}
	}
	if day.IsZero() || day.After(s.Today) {
		return time.Time{}, false
	}
	born := fhir.ParseTime(s.Patient.BirthDate)
	return day, born.IsZero() || !day.Before(born)
}

// Needs lists what is still to be answered, in the order of the form.
func (s *State) Needs() []Need {
	var out []Need
	if s.Seen.Identity == Mismatch && !s.Confirm {
		out = append(out, NeedIdentity)
	}
	if s.Type == "" || s.doubt {
		out = append(out, NeedType)
	}
	if strings.TrimSpace(s.Title) == "" {
		out = append(out, NeedTitle)
	}
	if _, ok := s.Act(); !ok {
		out = append(out, NeedDate)
	}
	return out
}

// Ask says that Return was pressed while something is missing.
func (s *State) Ask() { s.asked = true }

// Actions is how many things the person has to do after choosing the file:
// one for each need, and sending. The common case is one.
func (s *State) Actions() int { return len(s.Needs()) + 1 }

// CanSend tells whether sending may begin.
func (s *State) CanSend() bool {
	return (s.Phase == Ready || s.Phase == Failed && !s.Final()) && len(s.Needs()) == 0
}

// Kept tells whether closing the sheet would leave a draft worth coming back to.
func (s *State) Kept() bool { return s.Phase == Ready || s.Phase == Failed }

// Chord tells whether sending takes Ctrl+Return: the document speaks of somebody
// else and a box says that it is right all the same. Return alone, which sends
// in the common case, would be habit and no answer.
func (s *State) Chord() bool {
	return s.Seen.Identity == Mismatch && s.Confirm && (s.Phase == Ready || s.Phase == Failed && !s.Final())
}

// Final tells whether the failure is an answer that no repetition changes.
func (s *State) Final() bool {
	switch fhir.CodeOf(s.Err) {
	case fhir.NoRecord, fhir.BusinessRule, fhir.Duplicate, fhir.Forbidden, fhir.TooLarge, fhir.Withdrawn, fhir.NotFound:
		return true
	}
	return false
}

// Send begins an attempt.
func (s *State) Send() { s.Phase, s.Err, s.Sent = Sending, nil, 0 }

// Settle takes the outcome of an attempt that did not succeed.
func (s *State) Settle(err error) { s.Phase, s.Err = Failed, err }

// Draft is what is sent.
func (s *State) Draft(me client.Person) client.Draft {
	d := me.Draft(s.Type)
	d.ID, d.PatientID, d.PatientINS = s.ID, s.Patient.ID, s.Patient.INS
	d.Title, d.ContentType = strings.TrimSpace(s.Title), s.Seen.ContentType
	d.ActDate, _ = s.Act()
	d.Content, d.Size = bytes.NewReader(s.Data), int64(len(s.Data))
	d.Masked, d.HiddenPatient, d.Replaces = s.Masked, s.Hidden, s.Replaces
	return d
}
