package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// longHistory gives Léa a history of 10,000 acts: visits of all lengths, long
// titles among them, acts of a laboratory, acts that were told together.
func longHistory(s *site) (acts int) {
	var visits []record.Visit
	at := now.Add(-time.Hour)
	for n := 0; acts < 10_000; n++ {
		v := record.Visit{ID: fmt.Sprint("long", n), Who: record.Listed{ID: "1", Name: "Laboratoire des Sacres", OrgName: "Laboratoire des Sacres"}, Role: "professional", Mode: fhir.ModeNormal}
		size := []int{1, 3, 40, 500}[n%4]
		for i := range size {
			acts++
			title := fmt.Sprintf("Compte rendu n° %d·", acts)
			if i%7 == 0 {
				title += strings.Repeat(" d’une longueur « peu » commune", 6)
			}
			v.Acts = append(v.Acts, record.Act{
				Seq: int64(acts), At: at.Add(time.Duration(i) * time.Second), Kind: fhir.KindCreate, Document: fmt.Sprintf("0a1b2c3d-0000-4000-8000-%012d", acts), Title: title,
				Responsible: "Irène TALMONT", Count: 1,
			})
		}
		v.Start, v.End = at, at.Add(time.Duration(size)*time.Second)
		visits = append(visits, v)
		at = at.Add(-11 * time.Hour)
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.records[lea].visits = visits
	return acts
}

// weighed is what a page weighs with all that it needs.
func weighed(b *browser) int {
	n := len(b.body)
	for _, to := range needs(b) {
		n += len(b.fetch(to))
	}
	return n
}

// link is the address of the link of a text, "" when there is none.
func (b *browser) link(words string) string {
	for _, a := range find(b.page, "a") {
		if strings.TrimSpace(strings.ReplaceAll(text(a), "\u00a0", " ")) == words {
			return attr(a, "href")
		}
	}
	return ""
}

// TestALongHistoryIsPrintedPageByPage: of 10,000 acts each is on one page, once,
// and no page is heavy.
func TestALongHistoryIsPrintedPageByPage(t *testing.T) {
	s := newSite(t)
	acts := longHistory(s)
	b := s.lea().get("/mon/historique/imprimer")
	var months []string
	for _, a := range find(b.page, "a") {
		if to := attr(a, "href"); strings.Contains(to, "mois=") {
			months = append(months, to)
		}
	}
	if len(months) < 12 || weighed(b) > maxPage {
		t.Fatalf("%d periods, %d bytes", len(months), weighed(b))
	}
	told, pages, heaviest := map[string]int{}, 0, 0
	for _, to := range months {
		for to != "" {
			b.get(to).sees(http.StatusOK)
			pages++
			if heaviest = max(heaviest, len(b.body)); pages%20 == 1 && weighed(b) > maxPage {
				t.Errorf("%s weighs %d bytes", to, weighed(b))
			}
			for _, li := range find(b.page, "li") {
				if _, rest, ok := strings.Cut(text(li), "Compte rendu n° "); ok {
					n, _, _ := strings.Cut(rest, "·")
					told[n]++
				}
			}
			to = b.link("Page suivante")
		}
	}
	for n, times := range told {
		if times != 1 {
			t.Fatalf("act %s is told %d times", n, times)
		}
	}
	if len(told) != acts {
		t.Errorf("%d of %d acts are told", len(told), acts)
	}
	if rest := weighed(b) - len(b.body); heaviest+rest > maxPage {
		t.Errorf("the heaviest page weighs %d bytes", heaviest+rest)
	} else {
		t.Logf("%d acts on %d pages, the heaviest %d bytes with all that it needs", acts, pages, heaviest+rest)
	}
}

// TestALongVisitIsShownPageByPage, and the list of visits stays light.
func TestALongVisitIsShownPageByPage(t *testing.T) {
	s := newSite(t)
	longHistory(s)
	b := s.lea().get("/mon/historique").sees(http.StatusOK, "Laboratoire des Sacres", "sous la responsabilité de Irène TALMONT")
	if n := weighed(b); n > maxPage {
		t.Errorf("the list weighs %d bytes", n)
	}
	to, told := "", map[string]bool{}
	for _, a := range find(b.page, "a") {
		if strings.Contains(attr(a, "href"), "/visite/long3?") {
			to = attr(a, "href")
		}
	}
	pages := 0
	for ; to != ""; to = b.link("Page suivante") {
		b.get(to).sees(http.StatusOK, "sous la responsabilité de Irène TALMONT")
		if n := weighed(b); n > maxPage {
			t.Errorf("%s weighs %d bytes", to, n)
		}
		for _, li := range find(b.page, "li") {
			if _, rest, ok := strings.Cut(text(li), "Compte rendu n° "); ok {
				n, _, _ := strings.Cut(rest, "·")
				told[n] = true
			}
		}
		pages++
	}
	if len(told) != 500 || pages < 3 {
		t.Errorf("%d of 500 acts on %d pages", len(told), pages)
	}
	b.get("/mon/historique").submit("/mon/historique/csv")
	if !strings.Contains(b.body, ";Irène TALMONT;1") {
		t.Error("the table does not name who is responsible")
	}
}
