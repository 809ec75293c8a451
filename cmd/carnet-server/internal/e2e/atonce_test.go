package e2e

import (
	"encoding/csv"
	"strconv"
	"strings"
	"sync"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

// change is what one session asks for, and the word of the history that tells
// of it.
type change struct {
	path   string
	fields []string
	told   string
}

// contest is two changes of the same thing at the same moment, from two
// sessions of the same person.
type contest struct {
	name  string
	x, y  change
	state func() string                  // what is so afterwards
	fits  func(s string, x, y bool) bool // whether one of the two orders leads there, by what was acknowledged
	again func()                         // undoes both; nil: the next round goes on from there
}

// TestTwoSessionsChangeTheSameThing: whatever two sessions ask for at once, the
// end is that of one of the two orders, and the history tells of every change
// that was acknowledged.
func TestTwoSessionsChangeTheSameThing(t *testing.T) {
	w := newWorld(t)
	w.pages()
	doc := w.document(alice, nurse)
	for _, who := range []string{gp, stranger, mt} {
		c := professionals[who]
		w.must(w.seeder.AddListed(record.ListedSeed{Listed: record.Listed{
			ID: c.NameID, Name: c.Name, Profession: c.Role, Specialty: c.Specialty, OrgID: c.Organisation, OrgName: c.OrgName, City: "Reims",
		}, Sector: c.Sector}))
	}
	w.must(w.seeder.Flush())
	first, second := w.enters(alice), w.enters(alice)
	first.get("/mon/acces")
	second.get("/mon/acces")
	may := func(who string) string {
		if w.do(read(who, "", doc)).status == 200 {
			return "reads"
		}
		return "reads not"
	}
	declared := func() string {
		rules, err := w.svc.Rules(t.Context(), citizen(alice), alice)
		w.must(err)
		return rules.MT.ID
	}
	decide := func(who, action string) change {
		return change{path: "/mon/acces/ajouter", fields: []string{"acteur", id(who), "action", action, "duree", "3m"}}
	}
	told := func(c change, word string) change { c.told = word; return c }
	either := func(string, bool, bool) bool { return true }
	for _, c := range []contest{
		{
			name: "masking and unmasking", state: func() string { return may(gp) }, fits: either,
			x:     change{"/mon/documents/agir", []string{"masquer", doc}, "masqué aux professionnels"},
			y:     change{"/mon/documents/agir", []string{"demasquer", doc}, "démasqué"},
			again: func() { w.wants(first.post("/mon/documents/agir", "demasquer", doc)) },
		},
		{
			name: "blocking and letting in again", state: func() string { return may(gp) }, fits: either,
			x:     told(decide(gp, "bloquer"), "blocage"),
			y:     change{"/mon/acces/debloquer", []string{"acteur", id(gp)}, "blocage levé"},
			again: func() { w.wants(first.post("/mon/acces/debloquer", "acteur", id(gp))) },
		},
		{
			name: "one médecin traitant and another", state: declared,
			x: told(decide(gp, "traitant"), "médecin traitant déclaré"), y: told(decide(stranger, "traitant"), "médecin traitant déclaré"),
			fits: func(s string, x, y bool) bool { return x && y && (s == id(gp) || s == id(stranger)) },
		},
		{
			name: "blocking somebody and making them médecin traitant", state: func() string { return declared() + " " + may(mt) },
			x: told(decide(mt, "bloquer"), "blocage"), y: told(decide(mt, "traitant"), "médecin traitant déclaré"),
			fits: func(s string, x, y bool) bool { // each forbids the other
				return x != y && (s == id(mt)+" reads") == y
			},
			again: func() {
				w.wants(first.post("/mon/acces/debloquer", "acteur", id(mt)))
				w.wants(first.post("/mon/acces/sans-medecin"))
			},
		},
		{
			name: "closing and letting somebody in", state: func() string { return may(stranger) },
			x: change{"/mon/dossier/fermer", []string{"sur", "1"}, "dossier fermé"}, y: told(decide(stranger, "autoriser"), "autorisation donnée"),
			fits:  func(s string, x, _ bool) bool { return x && s == "reads not" },
			again: func() { w.wants(first.post("/mon/dossier/rouvrir")) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "blocking somebody and making them médecin traitant" {
				w.wants(first.post("/mon/acces/sans-medecin"))
			}
			before := w.told(first)
			ends, done := map[string]int{}, map[string]int{}
			for range 6 {
				x, y := atOnce(t, first, second, c)
				s := c.state()
				if !c.fits(s, x, y) {
					t.Errorf("acknowledged %v and %v, and the end is %q: no order leads there", x, y, s)
				}
				ends[s]++
				for _, one := range []struct {
					change
					ok bool
				}{{c.x, x}, {c.y, y}} {
					if one.ok {
						done[one.told]++
					}
				}
				if c.again != nil {
					c.again()
				}
			}
			t.Logf("ends: %v, acknowledged: %v", ends, done)
			now := w.told(first)
			for word, n := range done {
				if got := now[word] - before[word]; got < n && got+now[again]-before[again] < n {
					t.Errorf("%d times acknowledged, %d times told: %s", n, got, word)
				}
			}
		})
	}
}

// again is how the history tells of a change that changed nothing.
const again = "sans effet : déjà fait"

// told counts what somebody's history tells, by the word of the change.
func (w *world) told(v *visitor) map[string]int {
	w.Helper()
	table := csv.NewReader(strings.NewReader(strings.TrimPrefix(v.post("/mon/historique/csv").body, "\ufeff")))
	table.Comma = ';'
	rows, err := table.ReadAll()
	w.must(err)
	out := map[string]int{}
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[11])
		w.must(err)
		out[strings.ReplaceAll(row[7], "\u00a0", " ")] += n
	}
	return out
}

// wants insists that what was asked for is done.
func (w *world) wants(p page) {
	w.Helper()
	if p.done() != yes {
		w.Fatalf("%d %s", p.status, p.at.Path)
	}
}

// atOnce sends both changes at the same moment and tells which were
// acknowledged.
func atOnce(t *testing.T, first, second *visitor, c contest) (x, y bool) {
	t.Helper()
	var both sync.WaitGroup
	go1 := make(chan struct{})
	ask := func(v *visitor, ch change, ok *bool) {
		both.Go(func() {
			<-go1
			res, err := v.send(ch.path, ch.fields...)
			if err != nil {
				t.Error(err)
				return
			}
			p, err := readPage(res)
			if err != nil || p.done() == unknown {
				t.Errorf("%s: %d %v", ch.path, p.status, err)
			}
			*ok = p.done() == yes
		})
	}
	ask(first, c.x, &x)
	ask(second, c.y, &y)
	close(go1)
	both.Wait()
	return x, y
}
