package record

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// A patient's history has one line a visit: what one reader did in one mode,
// from one establishment, in one access session; without sessions, until they
// paused. The log tells it newest first, and several readers at a time, so that
// the entries of a visit do not lie together. This file groups them; it reads
// nothing.

const (
	visitPause   = 30 * time.Minute    // without a session, a longer pause begins another visit
	visitSession = consent.SessionTime // no session is longer
	visitActs    = 500                 // details of one line; what is longer makes two
	clockSlack   = time.Minute         // neighbours in the log may be out of order by this much
)

// Roles of agents in the log that are no professions, and what they are called
// in a Visit.
var agentRoles = map[string]string{
	"patient": "holder", RelationRepresentative: RelationRepresentative, RelationHeir: RelationHeir, RelationPartner: RelationPartner,
	StaffOperator: StaffOperator, StaffDPO: StaffDPO, StaffSystem: "server",
}

// roleProfessional is the Visit.Role of everybody else.
const roleProfessional = "professional"

func visitRole(agent audit.Agent) string { return cmp.Or(agentRoles[agent.Role], roleProfessional) }

// traced is an entry of the log, read.
type traced struct {
	seq int64
	audit.Entry
}

// when is when it was done: for an offline read, not when it was told.
func (e traced) when() time.Time {
	if e.Happened.IsZero() {
		return e.At
	}
	return e.Happened
}

// line is one visit as the log tells it. entries are newest first.
type line struct {
	key      string
	entries  []traced
	from, to time.Time // when it was, so far
	logged   time.Time // of the oldest entry, when it was told
	complete bool      // no older entry is part of it
}

func (l *line) newest() int64 { return l.entries[0].seq }
func (l *line) oldest() int64 { return l.entries[len(l.entries)-1].seq }

// lineKey is what the entries of a visit have in common. The session of a
// natural person is a sign-in, which may last for days.
func lineKey(e traced) string {
	session := ""
	if visitRole(e.Agent) == roleProfessional {
		session = e.Session
	}
	return strings.Join([]string{
		e.Agent.ID, e.Agent.Role, e.Agent.OrgID, cmp.Or(e.Mode, fhir.ModeNormal), session,
		strconv.FormatBool(e.Kind == fhir.KindCopy), strconv.FormatBool(!e.Happened.IsZero()),
	}, "\x00")
}

// shownVisit is a visit that was shown on a page before: entries of its key between
// these are part of it.
type shownVisit struct {
	Key            string
	Oldest, Newest int64
}

// lines groups entries that come newest first. order is by newest entry.
type lines struct {
	order []*line
	open  map[string]*line
	shown []shownVisit
}

func newLines(shown []shownVisit) *lines { return &lines{open: map[string]*line{}, shown: shown} }

// add takes the next older entry.
func (g *lines) add(e traced) {
	g.age(e.At)
	if e.Kind == fhir.KindPatientQuery {
		return
	}
	key := lineKey(e)
	for _, s := range g.shown {
		if s.Key == key && s.Oldest <= e.seq && e.seq <= s.Newest {
			return
		}
	}
	when := e.when()
	l := g.open[key]
	if l != nil && (len(l.entries) >= visitActs || !l.bound() && l.from.Sub(when) > visitPause) {
		l.complete, l = true, nil
	}
	if l == nil {
		l = &line{key: key, from: when, to: when}
		g.open[key], g.order = l, append(g.order, l)
	}
	l.entries = append(l.entries, e)
	l.logged = e.At
	if when.Before(l.from) {
		l.from = when
	}
	if when.After(l.to) {
		l.to = when
	}
	if e.Kind == fhir.KindOpen { // nothing of an access session is older
		l.complete = true
		delete(g.open, key)
	}
}

// bound tells that an access session binds the entries of a line.
func (l *line) bound() bool {
	e := l.entries[0]
	return e.Session != "" && visitRole(e.Agent) == roleProfessional
}

// age completes what an entry of a time, and all older ones, cannot belong to.
func (g *lines) age(at time.Time) {
	for key, l := range g.open {
		reach := visitPause
		if l.bound() {
			reach = visitSession
		}
		if l.logged.Sub(at) > reach+clockSlack {
			l.complete = true
			delete(g.open, key)
		}
	}
}

// end completes everything: there is nothing older.
func (g *lines) end() {
	for key, l := range g.open {
		l.complete = true
		delete(g.open, key)
	}
}

// ready gives the lines that are complete and before which none is open.
func (g *lines) ready() []*line {
	for i, l := range g.order {
		if !l.complete {
			return g.order[:i]
		}
	}
	return g.order
}

// rest tells where to read on after the first n lines, and which visits shown
// by then reach below that place.
func (g *lines) rest(n int) (below int64, shown []shownVisit) {
	below = g.order[n-1].newest()
	for _, s := range g.shown {
		if s.Oldest < below {
			shown = append(shown, s)
		}
	}
	for _, l := range g.order[:n] {
		if l.oldest() < below {
			shown = append(shown, shownVisit{l.key, l.oldest(), l.newest()})
		}
	}
	return below, shown
}

// kindsOf are the entries by which HistoryQuery.Only picks visits.
var kindsOf = map[string]map[string]bool{
	"reads": {
		fhir.KindSearch: true, fhir.KindSearchSets: true, fhir.KindRead: true, fhir.KindReadMeta: true, fhir.KindLookup: true,
	},
	"refusals": {fhir.KindDenial: true},
	"changes": {
		fhir.KindCreate: true, fhir.KindSubmit: true, fhir.KindPatch: true, fhir.KindReplace: true, fhir.KindUndo: true, fhir.KindConsent: true,
	},
}

// lookings are kinds that change nothing; what is in no list is a change.
var lookings = map[string]bool{
	fhir.KindOpen: true, fhir.KindClose: true, fhir.KindHistory: true, fhir.KindNotices: true, fhir.KindCopy: true, fhir.KindMiss: true,
	fhir.KindMessage: true,
}

// matches tells whether a line is asked for.
func (q HistoryQuery) matches(l *line) bool {
	if !q.From.IsZero() && l.to.Before(q.From) || !q.To.IsZero() && !l.from.Before(q.To) {
		return false
	}
	first := l.entries[0]
	if q.Who != "" && q.Who != first.Agent.ID && q.Who != first.Agent.OrgID {
		return false
	}
	switch q.Only {
	case "":
		return true
	case "emergency":
		return first.Mode != "" && first.Mode != fhir.ModeNormal
	}
	for _, e := range l.entries {
		if e.Kind == fhir.KindConsent && e.Action == "E" { // a list of them changes nothing
			continue
		}
		if e.Kind == fhir.KindProfile && (e.Action == "E" || e.Action == "R") { // it was read
			if q.Only == "reads" {
				return true
			}
			continue
		}
		known := kindsOf["reads"][e.Kind] || kindsOf["refusals"][e.Kind] || lookings[e.Kind]
		if kindsOf[q.Only][e.Kind] || q.Only == "changes" && !known {
			return true
		}
	}
	return false
}

// seenOf gives what of a line its reader may see, newest first, with the acts. tell
// adds to an act what its reader may see, and says whether they may see it at all.
// What is hidden leaves no trace: neither in when a visit was, nor in what finds it.
func seenOf(l *line, tell func(traced, *Act) bool) (seen *line, acts []Act) {
	seen = &line{key: l.key, logged: l.logged, complete: l.complete}
	for _, e := range l.entries {
		act := actOf(e)
		if e.Kind == fhir.KindSubmit || !tell(e, &act) { // each document of a set has its own entry
			continue
		}
		when := e.when()
		if len(acts) == 0 || when.Before(seen.from) {
			seen.from = when
		}
		if len(acts) == 0 || when.After(seen.to) {
			seen.to = when
		}
		seen.entries, acts = append(seen.entries, e), append(acts, act)
	}
	return seen, acts
}

// actOf gives an entry as an Act, without what its reader may see beyond.
func actOf(e traced) Act {
	act := Act{Seq: e.seq, At: e.when(), Kind: e.Kind, Document: e.Document, Count: 1}
	if e.Responsible != nil {
		act.Responsible = e.Responsible.Name
	}
	if !e.Happened.IsZero() {
		act.Synced = e.At
	}
	switch {
	case e.Kind == fhir.KindDenial:
		act.Detail = refusalWord(e.Refusal)
	case !kindsOf["reads"][e.Kind], !e.Happened.IsZero():
		act.Detail = e.Detail
	}
	return act
}

// visitOf gives what is seen of a line as a Visit, oldest act first. A visit of
// which nothing may be seen is none.
func visitOf(seen *line, acts []Act) (v Visit, ok bool) {
	if len(acts) == 0 {
		return v, false
	}
	first := seen.entries[len(seen.entries)-1]
	a := first.Agent
	v = Visit{
		ID: strconv.FormatInt(first.seq, 10), Start: seen.from, End: seen.to, Role: visitRole(a), Mode: cmp.Or(first.Mode, fhir.ModeNormal),
		Who:     Listed{ID: a.ID, Name: a.Name, Specialty: a.Specialty, OrgID: a.OrgID, OrgName: a.OrgName},
		Refused: true, Offline: !first.Happened.IsZero(), Copy: first.Kind == fhir.KindCopy,
	}
	if v.Role == roleProfessional {
		v.Who.Profession = a.Role
	}
	for i := len(acts) - 1; i >= 0; i-- {
		e, act := seen.entries[i], acts[i]
		if v.Reason == "" {
			v.Reason = e.Reason
		}
		v.Refused = v.Refused && e.Kind == fhir.KindDenial
		if n := len(v.Acts); n > 0 && repeats(v.Acts[n-1], act) {
			v.Acts[n-1].Count++
			continue
		}
		v.Acts = append(v.Acts, act)
	}
	return v, true
}

// repeats tells that an act is the one before once more, as when a list is
// paged through. Reading a document is told each time.
func repeats(a, b Act) bool {
	return a.Kind == b.Kind && a.Detail == b.Detail && b.Document == "" && !b.Waiting && b.Kind != fhir.KindDenial
}

// refusalWord is the reason of a refusal as the patient may know it: all that
// they decided themselves.
func refusalWord(r string) string {
	switch consent.Refusal(r) {
	case consent.RefusalNoConsent, consent.RefusalBlocked, consent.RefusalOpposed, consent.RefusalContested,
		consent.RefusalProfession, consent.RefusalMode, consent.RefusalFunction, consent.RefusalReason,
		consent.RefusalNotOwn, consent.RefusalNoRecord:
		return r
	}
	return "refused"
}
