package batch

import (
	"context"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// asking is what is known before the server is asked for whom a file is; a copy,
// so that no lock is held meanwhile.
type asking struct {
	version int
	fixed   Correction
	listed  line
	found   pdfcheck.Found
	text    *pdfcheck.Text
	root    string // the folder with which it came
}

// answered is what came of it.
type answered struct {
	who        lookup
	patient    *client.Patient
	from       Source
	named      bool // by the manifest
	comparison pdfcheck.Comparison
	namesake   bool   // somebody else bears their name and birth date
	original   string // unique id of the document of an earlier run that it corrects
}

// recognise finds out for whom a file is. Somebody chosen by hand comes first,
// then the manifest, then the document: an INS, or all strict traits.
func (e *Engine) recognise(ctx context.Context, a asking) (out answered) {
	traits, complete := traitsOf(a.listed.BirthName, a.listed.Given, a.listed.Sex, a.listed.Born)
	switch {
	case a.fixed.Patient != nil:
		out.who, out.patient, out.from = known, a.fixed.Patient, ByPerson
	case a.listed.INS != "":
		out.from, out.named = ByManifest, true
		out.patient, out.who = e.byINS(ctx, a.listed.INS)
		if out.who == known && !agrees(out.patient, a.listed) {
			out.who = disagreed
		}
	case complete:
		out.from, out.named = ByManifest, true
		out.patient, out.who = e.byTraits(ctx, traits)
	default:
		out = e.recogniseText(ctx, a.found)
		if out.who == known && !agrees(out.patient, a.listed) {
			out.who = disagreed
		}
	}
	if r := a.listed.Replaces; out.patient != nil && r != "" && namesFile(r) {
		out.original = e.formerly(ctx, out.patient.INS, a.root, r)
	}
	if out.patient != nil {
		out.comparison, out.namesake = e.compare(ctx, a, out.patient, out.from)
	}
	return out
}

// recogniseText goes by what the document says.
func (e *Engine) recogniseText(ctx context.Context, f pdfcheck.Found) (out answered) {
	traits, complete := pdfTraits(f)
	switch {
	case f.Several:
		out.who = crowd
	case len(f.INS) > 0:
		out.from = ByINS
		out.patient, out.who = e.byINS(ctx, f.INS[0])
	case complete:
		out.from = ByTraits
		out.patient, out.who = e.byTraits(ctx, traits)
	}
	return out
}

// byINS asks for one INS.
func (e *Engine) byINS(ctx context.Context, value string) (*client.Patient, lookup) {
	ins := fhir.Identifier{System: e.domain(value), Value: value}
	if _, err := terminology.CheckINS(ins.System, value); err != nil {
		return nil, badINS
	}
	return e.find(ctx, ins.System+"|"+value, func(ctx context.Context) (client.Patient, error) {
		return e.c.Finder.FindByINS(ctx, ins)
	})
}

// domain gives the assigning authority of an INS: numbers that begin with 7 or
// 8 are provisional ones (NIA).
func (e *Engine) domain(value string) string {
	nia := strings.HasPrefix(value, "7") || strings.HasPrefix(value, "8")
	switch {
	case e.c.Test && nia:
		return fhir.SystemINSTestNIA
	case e.c.Test:
		return fhir.SystemINSTest
	case nia:
		return fhir.SystemINSNIA
	}
	return fhir.SystemINSNIR
}

// byTraits asks for strict traits.
func (e *Engine) byTraits(ctx context.Context, t client.Traits) (*client.Patient, lookup) {
	key := strings.Join([]string{"traits", terminology.Fold(t.BirthName), terminology.Fold(t.FirstGiven), t.Sex, t.BirthDate}, "\x00")
	return e.find(ctx, key, func(ctx context.Context) (client.Patient, error) { return e.c.Finder.Match(ctx, t) })
}

// traitsOf makes strict traits; complete tells that none is missing.
func traitsOf(birthName string, given []string, sex, born string) (t client.Traits, complete bool) {
	t = client.Traits{BirthName: birthName, Sex: sex, BirthDate: born}
	if len(given) > 0 {
		t.FirstGiven = given[0]
	}
	return t, t.BirthName != "" && t.FirstGiven != "" && t.Sex != "" && len(t.BirthDate) == len(time.DateOnly)
}

func pdfTraits(f pdfcheck.Found) (client.Traits, bool) {
	return traitsOf(f.BirthName, f.Given, map[string]string{"male": "M", "female": "F"}[f.Sex], f.BirthDate)
}

// agrees tells whether what a manifest says beside the INS is true of a person:
// a wrong digit that makes another right INS is found by the name.
func agrees(p *client.Patient, l line) bool {
	name := terminology.Fold(l.BirthName)
	if name != "" && name != terminology.Fold(p.BirthName) && name != terminology.Fold(p.UsedName) {
		return false
	}
	if l.Born != "" && !strings.HasPrefix(l.Born, p.BirthDate) {
		return false
	}
	if sex := map[string]string{"M": "male", "F": "female"}[l.Sex]; sex != "" && (p.Gender == "male" || p.Gender == "female") && sex != p.Gender {
		return false
	}
	if len(l.Given) == 0 {
		return true
	}
	all := terminology.Fold(p.FirstGiven + " " + strings.Join(p.Given, " "))
	return slices.Contains(strings.Fields(all), firstWord(terminology.Fold(l.Given[0])))
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// factsOf gathers what judge looks at. The caller holds mu.
func (e *Engine) factsOf(x *entry) facts {
	now := e.c.Now()
	y, m, d := now.Date()
	f := facts{
		file: x.FileProblem, ambiguous: x.Ambiguous, verdict: x.row.Verdict, who: x.Who, patient: x.row.Patient, comparison: x.row.Identity,
		several: x.Several || x.row.Identity.Several, trust: e.c.Trust, confirmed: x.Fixed.Confirmed, twin: e.twinOf(x),
		today: time.Date(y, m, d, 23, 59, 59, 0, now.Location()),
	}
	f.named = x.row.PatientFrom == ByManifest
	f.homonym = x.Namesake && x.row.Identity.INS != pdfcheck.Same
	listed := x.listed()
	switch {
	case x.Fixed.Type != "":
		f.typeCode, f.typeFrom = x.Fixed.Type, ByPerson
	case listed.Type != "":
		f.typeCode, f.typeFrom = listed.Type, ByManifest
	case x.Guess != "":
		f.typeCode, f.typeFrom, f.typeSure = x.Guess, ByText, x.GuessSure
	}
	switch {
	case !x.Fixed.ActDate.IsZero():
		f.date, f.dateFrom = x.Fixed.ActDate, ByPerson
	case listed.BadDate:
		f.badDate, f.dateFrom = true, ByManifest
	case listed.Act != "":
		f.date, f.dateFrom = e.day(listed.Act), ByManifest
	case x.TextDay != "":
		f.date, f.dateFrom = e.day(x.TextDay), ByText
	}
	return f
}

// day is the start of a day here, zero for what is none.
func (e *Engine) day(text string) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, text, e.c.Now().Location())
	if err != nil {
		return time.Time{}
	}
	return at
}

// listed gives what the manifest says; nothing where it contradicts itself.
func (x *entry) listed() line {
	if x.Listed == nil || x.Ambiguous {
		return line{}
	}
	return *x.Listed
}

// judgeAgain judges an entry that was read, and tells. The caller holds mu.
func (e *Engine) judgeAgain(x *entry) {
	held := x.claimed
	e.unclaim(x)
	f := e.factsOf(x)
	state, problems := judge(f)
	if state == Ready {
		e.claim(x)
	}
	if owner := e.byID[f.twin]; owner != nil && len(problems) == 1 && (owner.row.State == Sent || owner.row.State == Already) {
		state, x.row.DocumentID = Already, owner.row.DocumentID
	}
	kind, _ := terminology.TypeByCode(f.typeCode)
	e.update(x, func(r *Row) {
		r.State, r.Problems, r.Twin = state, problems, f.twin
		r.Type, r.TypeFrom, r.TypeSure = fhir.Coding{System: kind.System, Code: f.typeCode, Display: kind.Label}, f.typeFrom, f.typeSure
		r.ActDate, r.DateFrom = f.date, f.dateFrom
		r.Title = x.Fixed.Title
		if listed := x.listed(); r.Title == "" {
			r.Title = listed.Title
		}
		r.Replaces = x.listed().Replaces
		if x.Who != unanswered {
			r.Reason = ""
		}
	})
	x.index()
	if x.twinned && x.claimed != held {
		e.twinsOf(x)
	}
}

// key gives the derived item of an entry whose person and bytes are known. The
// caller holds mu.
func (e *Engine) key(x *entry) (string, bool) {
	p := x.row.Patient
	if p == nil || p.INS.Value == "" || x.Sum == [32]byte{} {
		return "", false
	}
	return itemID(e.c.Sender, p.INS, x.Sum), true
}

// claim makes an entry the one row with its bytes for its person, unless there
// is one. The caller holds mu.
func (e *Engine) claim(x *entry) {
	if id, ok := e.key(x); ok && e.claims[id] == nil {
		e.claims[id], x.claimed = x, id
	}
}

// unclaim takes that back. The caller holds mu.
func (e *Engine) unclaim(x *entry) {
	if x.claimed != "" && e.claims[x.claimed] == x {
		delete(e.claims, x.claimed)
	}
	x.claimed = ""
}

// twinOf gives the id of another row with the same bytes for the same person.
// The caller holds mu.
func (e *Engine) twinOf(x *entry) string {
	id, ok := e.key(x)
	if !ok {
		return ""
	}
	owner := e.claims[id]
	if owner == nil || owner == x {
		return ""
	}
	owner.twinned = true
	return owner.row.ID
}
