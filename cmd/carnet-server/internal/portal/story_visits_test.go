package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/fhir"
)

// TestStaffListAndEndTheirSignIns, as patients do, and theirs alone.
func TestStaffListAndEndTheirSignIns(t *testing.T) {
	for _, role := range []string{"operator", "dpo"} {
		s := newSite(t)
		s.world.signIns["staff/acc-"+role] = []SignIn{{ID: "sid-staff", Started: now, Agent: "Firefox, Linux"}, {ID: "other", Started: now, Agent: "Chrome, Android"}}
		patient, b, desk := s.lea(), s.as(staff(role)), s.as(staff(role))
		b.get("/mon/connexions").sees(http.StatusOK, "Firefox sur Linux", "cette connexion", "Chrome sur Android").never("Safari")
		b.submit("/mon/connexions/fermer").sees(http.StatusOK, "Toutes vos connexions sont fermées", "Se connecter")
		desk.get("/mon/connexions").sees(http.StatusOK, "Se connecter")
		patient.get("/mon/documents").sees(http.StatusOK, "Radio du genou")
	}
}

// TestWhoIsOfAProviderThatListsNothingSignsOutEverywhere all the same.
func TestWhoIsOfAProviderThatListsNothingSignsOutEverywhere(t *testing.T) {
	s := newSite(t)
	s.world.signIns[lea] = nil
	phone, desk := s.lea(), s.lea()
	desk.get("/mon/connexions").submit("/mon/connexions/fermer").sees(http.StatusOK, "Toutes vos connexions sont fermées")
	phone.get("/mon/documents").sees(http.StatusOK, "Se connecter")
}

// TestAVisitIsNotKnownForAMoment: while visits cannot be read, the pages say so
// and take nothing for done; afterwards the visit goes on.
func TestAVisitIsNotKnownForAMoment(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents")
	set := func(err error) {
		s.world.visits.mu.Lock()
		defer s.world.visits.mu.Unlock()
		s.world.visits.down = err
	}
	set(fhir.E(fhir.Unavailable, ""))
	b.get("/mon/documents").sees(http.StatusServiceUnavailable, "Service momentanément indisponible").never("Radio du genou")
	b.post("/mon/dossier/fermer", url.Values{"sur": {"1"}}).sees(http.StatusServiceUnavailable, "Rien n’a été fait")
	s.browser().get("/mon/connexion").sees(http.StatusServiceUnavailable)
	set(nil)
	b.get("/mon/documents").sees(http.StatusOK, "Radio du genou")
}

// TestTabsOfOneVisitLoseNothing: what many requests of one visit change at once
// is all there.
func TestTabsOfOneVisitLoseNothing(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents")
	cookies := b.client.Jar.Cookies(address(t, s.url))
	var all sync.WaitGroup
	form := formOf(b)
	for _, change := range []struct {
		path   string
		fields url.Values
	}{
		{"/mon/documents/filtre", url.Values{"mots": {"genou"}}},
		{"/mon/historique/filtre", url.Values{"quoi": {"emergency"}}},
		{"/mon/acces/chercher", url.Values{"mots": {"roche"}}},
	} {
		for k, v := range form {
			change.fields[k] = v
		}
		all.Go(func() {
			req, err := http.NewRequest(http.MethodPost, s.url+change.path, strings.NewReader(change.fields.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range cookies {
				req.AddCookie(c)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil || res.StatusCode != http.StatusSeeOther {
				t.Errorf("%s: %v %v", change.path, res, err)
				return
			}
			_ = res.Body.Close()
		})
	}
	all.Wait()
	b.get("/mon/documents").sees(http.StatusOK, "Radio du genou").never("Bilan sanguin 2")
	b.get("/mon/historique").sees(http.StatusOK, "Paul ROCHE").never("Inès BENALI")
	b.get("/mon/acces/ajouter").sees(http.StatusOK, "Paul ROCHE")
}

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s + "/mon/")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// formOf is what every form of a page sends.
func formOf(b *browser) url.Values {
	b.t.Helper()
	for _, f := range find(b.page, "form") {
		if attr(f, "action") == "/mon/deconnexion" {
			return fill(f, nil)
		}
	}
	b.t.Fatal("no form")
	return nil
}

// TestAVisitEndsByTime: after half an hour of quiet, and eight hours at most.
func TestAVisitEndsByTime(t *testing.T) {
	for _, pauses := range [][]time.Duration{{29 * time.Minute, 29 * time.Minute, 30 * time.Minute}, append(slices.Repeat([]time.Duration{29 * time.Minute}, 16), 16*time.Minute)} {
		s := newSite(t)
		b := s.lea()
		for i, pause := range pauses {
			s.world.mu.Lock()
			s.world.clock = s.world.clock.Add(pause)
			s.world.mu.Unlock()
			if b.get("/mon/documents"); i < len(pauses)-1 {
				b.sees(http.StatusOK, "Radio du genou")
			} else {
				b.sees(http.StatusOK, "Se connecter")
			}
		}
	}
}
