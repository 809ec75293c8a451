package counter

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Line is one medicine that is being handed out.
type Line struct {
	Text       string
	Substances []fhir.Coding
	Quantity   string // as typed
	Unit       string
	Dosage     string
	Days       string // as typed
	Instead    string // of what was prescribed
	From       string // id of the treatment that it was ticked from; empty: typed
}

// Tick adds a treatment to the dispensation, or takes it out again.
func (s *State) Tick(id string) {
	if at := slices.IndexFunc(s.Lines, func(l Line) bool { return l.From == id }); at >= 0 {
		s.Lines = slices.Delete(s.Lines, at, at+1)
		return
	}
	at := slices.IndexFunc(s.Treatments, func(i client.Item) bool { return i.ID == id })
	if at < 0 {
		return
	}
	i := s.Treatments[at]
	text := i.Text
	if text == "" {
		text = i.Code.Display
	}
	s.Lines = append(s.Lines, Line{Text: text, Substances: i.Substances, Dosage: i.Dosage, From: id})
}

// Ticked tells whether a treatment is being handed out.
func (s *State) Ticked(id string) bool {
	return slices.ContainsFunc(s.Lines, func(l Line) bool { return l.From == id })
}

// Add adds a medicine; false when it has no name.
func (s *State) Add(l Line) bool {
	if l.Text = strings.TrimSpace(l.Text); l.Text == "" {
		return false
	}
	s.Lines = append(s.Lines, l)
	return true
}

// Remove takes a medicine out.
func (s *State) Remove(at int) {
	if at >= 0 && at < len(s.Lines) {
		s.Lines = slices.Delete(s.Lines, at, at+1)
	}
}

// fault is why a line cannot be handed out as it is written.
type fault int

const (
	faultNone fault = iota
	faultQuantity
	faultDays
	faultNothing
)

// number writes what is typed as FHIR writes a decimal: "1,5" is 1.5; false for what is
// no quantity. Nothing is rounded.
func number(typed string) (string, bool) {
	s := strings.ReplaceAll(strings.TrimSpace(typed), ",", ".")
	if s == "" {
		return "", true
	}
	whole, part, dotted := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && len(s) <= 6 && strings.Trim(s, "0123456789") == "" }
	if !digits(whole) || dotted && !digits(part) {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if dotted {
		return whole + "." + part, true
	}
	return whole, true
}

// check says what is wrong with a line.
func (l Line) check() fault {
	if q, ok := number(l.Quantity); !ok || q == "0" {
		return faultQuantity
	}
	if l.Days != "" {
		if n, err := strconv.Atoi(strings.TrimSpace(l.Days)); err != nil || n < 1 || n > 366 {
			return faultDays
		}
	}
	return faultNone
}

// Check says why the dispensation cannot leave, and at which line; -1 for none.
func (s *State) Check() (fault, int) {
	if len(s.Lines) == 0 {
		return faultNothing, -1
	}
	for i, l := range s.Lines {
		if f := l.check(); f != faultNone {
			return f, i
		}
	}
	return faultNone, -1
}

// Dispensation makes the structured document of the lines, which Check let pass.
func (s *State) Dispensation(id string, me client.Person, name, prescription string, now time.Time) fhir.Dispensation {
	d := fhir.Dispensation{
		UniqueID: "urn:uuid:" + id, At: now.UTC().Truncate(time.Millisecond), PatientINS: s.Patient.INS, PatientName: name,
		BirthDate: s.Patient.BirthDate, Author: me.Party(), Prescription: prescription,
	}
	for _, l := range s.Lines {
		quantity, _ := number(l.Quantity)
		days, _ := strconv.Atoi(strings.TrimSpace(l.Days)) // checked; nothing is 0
		d.Lines = append(d.Lines, fhir.Dispensed{
			Text: l.Text, Substances: l.Substances, Quantity: quantity, Unit: strings.TrimSpace(l.Unit),
			Dosage: strings.TrimSpace(l.Dosage), Days: days, Instead: strings.TrimSpace(l.Instead),
		})
	}
	return d
}

// Draft makes the document that is filed.
func (s *State) Draft(d fhir.Dispensation, id, title string, me client.Person) client.Draft {
	draft := me.Draft(typesGiven[0])
	draft.ID, draft.UniqueID, draft.PatientID, draft.PatientINS = id, d.UniqueID, s.Patient.ID, s.Patient.INS
	draft.Title, draft.ActDate, draft.ContentType = title, d.At, fhir.TypeFHIRDocument
	return draft
}

// longestName is of how many words a substance's name is at most.
const longestName = 4

// mostProposals bounds what is proposed of one prescription.
const mostProposals = 20

// Proposals finds in the words of a prescription the substances that the thesaurus
// knows, in their order, each once: to be ticked by a person, never added by itself.
// The longest name counts: "acide folique" is not "acide".
func Proposals(text string, t *advice.Thesaurus) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '’' && r != '\''
	})
	var out []string
	seen := map[string]bool{}
	for i := 0; i < len(words) && len(out) < mostProposals; {
		took := 1
		for n := min(longestName, len(words)-i); n > 0; n-- {
			name := strings.Join(words[i:i+n], " ")
			if !isName(words[i : i+n]) {
				continue
			}
			if _, ok := t.ClassesOf(name); !ok {
				continue
			}
			took = n
			if k := terminology.Fold(name); !seen[k] {
				seen[k] = true
				out = append(out, strings.ToLower(name))
			}
			break
		}
		i += took
	}
	return out
}

// isName tells words that can be a substance's name: no strength, no unit at its ends.
func isName(words []string) bool {
	first, last := []rune(words[0]), []rune(words[len(words)-1])
	return len(first) > 2 && len(last) > 2 && !slices.ContainsFunc(words, func(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) })
}
