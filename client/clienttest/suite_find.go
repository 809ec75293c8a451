package clienttest

import (
	"testing"

	"carnet/client"
	"carnet/client/fhir"
)

// storyFind: by a part of the name, by the birth year, by the first digits of
// the INS; nothing typed lists everybody.
func storyFind(t *testing.T, h Harness) {
	for _, text := range []string{h.Name, h.Mine.BirthDate[:4], h.Mine.BirthName + " " + h.Mine.FirstGiven, h.Mine.INS.Value[:7]} {
		p, err := h.Records.MyPatients(timeout(t), client.PatientQuery{Text: text, Limit: 100})
		ok(t, "my patients", err)
		fresh(t, p.Provenance)
		found := false
		for _, x := range p.Patients {
			found = found || x.ID == h.Mine.ID
			if x.Relation == "" || x.ID == h.Stranger.ID || x.ID == h.Blocked.ID {
				t.Error("somebody who is not my patient is listed")
			}
		}
		if !found {
			t.Errorf("my patient is not among %d rows", len(p.Patients))
		}
	}
	p, err := h.Records.MyPatients(timeout(t), client.PatientQuery{Text: "zzzz personne"})
	ok(t, "my patients", err)
	if len(p.Patients) != 0 || p.Total != 0 || p.Next != "" {
		t.Errorf("nobody has this name, got %d of %d", len(p.Patients), p.Total)
	}
}

// storyFindPages: small pages give the same people as one large page.
func storyFindPages(t *testing.T, h Harness) {
	whole, err := h.Records.MyPatients(timeout(t), client.PatientQuery{Text: h.Name, Limit: 100})
	ok(t, "my patients", err)
	if whole.Total < 2 || whole.Total != len(whole.Patients) || whole.Next != "" {
		t.Fatalf("one page: %d rows of %d", len(whole.Patients), whole.Total)
	}
	seen := map[string]bool{}
	q := client.PatientQuery{Text: h.Name, Limit: 1}
	for range whole.Total {
		p, err := h.Records.MyPatients(timeout(t), q)
		ok(t, "page", err)
		if len(p.Patients) != 1 || p.Total != whole.Total || seen[p.Patients[0].ID] {
			t.Fatalf("page %d: %d rows of %d", len(seen)+1, len(p.Patients), p.Total)
		}
		seen[p.Patients[0].ID] = true
		q.Page = p.Next
	}
	if q.Page != "" {
		t.Error("the last page has a next one")
	}
	for _, p := range whole.Patients {
		if !seen[p.ID] {
			t.Error("somebody is on no page")
		}
	}
}

// storyINS: a stranger is found by INS, with no relation; a wrong number finds nobody.
func storyINS(t *testing.T, h Harness) {
	p, err := h.Records.FindByINS(timeout(t), h.Stranger.INS)
	ok(t, "find by INS", err)
	if p.ID != h.Stranger.ID || p.Relation != "" || p.INS != h.Stranger.INS || p.BirthName != h.Stranger.BirthName {
		t.Error("the INS found somebody else, or with a relation")
	}
	wrong := h.Stranger.INS
	wrong.Value = "299999999999934"
	_, err = h.Records.FindByINS(timeout(t), wrong)
	h.want(t, "find by an unknown INS", err, fhir.NotFound)
	closed, err := h.Records.FindByINS(timeout(t), h.Closed.INS)
	ok(t, "find a closed record by INS", err)
	if closed.Active {
		t.Error("a closed record is shown as open")
	}
}

// storyThrottled: nobody goes through the population number by number, and the
// refusal says when to try again.
func storyThrottled(t *testing.T, h Harness) {
	wrong := h.Stranger.INS
	wrong.Value = "299999999999934"
	for range 10_000 {
		_, err := h.Records.FindByINS(timeout(t), wrong)
		if fhir.CodeOf(err) == fhir.NotFound {
			continue
		}
		e := h.want(t, "one lookup too many", err, fhir.Throttled)
		if e.RetryAfter <= 0 || e.RetryAfter > fhir.MaxRetryAfter {
			t.Errorf("the refusal asks to wait %v", e.RetryAfter)
		}
		return
	}
	t.Error("a whole population can be looked up")
}

// storyMatch: all traits find one person, one different trait finds nobody.
func storyMatch(t *testing.T, h Harness) {
	good := traits(h.Stranger)
	p, err := h.Records.Match(timeout(t), good)
	ok(t, "match", err)
	if p.ID != h.Stranger.ID {
		t.Error("the traits found somebody else")
	}
	sex := map[string]string{"F": "M", "M": "F"}[good.Sex]
	for name, change := range map[string]func(*client.Traits){
		"birth name": func(x *client.Traits) { x.BirthName += "X" },
		"given name": func(x *client.Traits) { x.FirstGiven = "Zoltan" },
		"sex":        func(x *client.Traits) { x.Sex = sex },
		"birth date": func(x *client.Traits) { x.BirthDate = "1901-01-01" },
	} {
		bad := good
		change(&bad)
		_, err := h.Records.Match(timeout(t), bad)
		h.want(t, "match with another "+name, err, fhir.NotFound)
	}
}

// storyEmergency: a regulator finds a stranger by name, may see and open them, and
// the search is among what they did; nobody browses, and nobody else searches.
func storyEmergency(t *testing.T, h Harness) {
	ask := client.EmergencyQuery{Name: h.Stranger.BirthName}
	_, err := h.Records.EmergencySearch(timeout(t), ask)
	h.want(t, "search by who does not regulate", err, fhir.Forbidden)
	_, err = h.Regulator.EmergencySearch(timeout(t), client.EmergencyQuery{Name: h.Stranger.BirthName[:2]})
	h.want(t, "search by two letters", err, fhir.Required)
	for _, birth := range []string{"", h.Stranger.BirthDate[:4], h.Stranger.BirthDate} {
		ask.BirthDate = birth
		p, err := h.Regulator.EmergencySearch(timeout(t), ask)
		ok(t, "emergency search", err)
		fresh(t, p.Provenance)
		if len(p.Patients) != 1 || p.Total != 1 || p.Patients[0].ID != h.Stranger.ID || p.Patients[0].Relation != "" {
			t.Fatalf("born %q: %d of %d", birth, len(p.Patients), p.Total)
		}
	}
	ask.BirthDate = "1901-01-01"
	p, err := h.Regulator.EmergencySearch(timeout(t), ask)
	ok(t, "emergency search", err)
	if len(p.Patients) != 0 || p.Total != 0 || p.Next != "" {
		t.Errorf("another birth date finds %d", p.Total)
	}
	done, err := h.Regulator.Accesses(timeout(t), client.TraceQuery{PatientID: h.Stranger.ID})
	ok(t, "accesses", err)
	searches := 0
	for _, x := range done.Traces {
		if x.Kind == fhir.KindLookup && x.Mode == fhir.ModeCentre15 {
			searches++
		}
	}
	if searches != 3 {
		t.Errorf("%d searches among %d accesses", searches, len(done.Traces))
	}
	a, err := h.Regulator.Open(timeout(t), h.Stranger.ID, client.OpenRequest{Mode: fhir.ModeCentre15, Reason: "appel, douleur thoracique"})
	ok(t, "open in centre 15 mode", err)
	if a.Mode != fhir.ModeCentre15 || a.End.IsZero() {
		t.Errorf("%+v", a)
	}
}

// storyAccesses: reading a document shows in my accesses, with its record.
func storyAccesses(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	rows := h.documents(t, a, client.DocumentQuery{})
	_, err := h.Records.Content(timeout(t), a, rows[0])
	ok(t, "content", err)
	for _, q := range []client.TraceQuery{{}, {PatientID: h.Mine.ID}} {
		p, err := h.Records.Accesses(timeout(t), q)
		ok(t, "accesses", err)
		fresh(t, p.Provenance)
		found := false
		for _, x := range p.Traces {
			found = found || (x.Kind == fhir.KindRead && x.DocumentID == rows[0].ID && x.PatientID == h.Mine.ID && x.Mode == fhir.ModeNormal)
			if x.Recorded.IsZero() || x.AgentID == "" {
				t.Error("a trace without time or person")
			}
		}
		if !found {
			t.Errorf("the reading is not among %d accesses", len(p.Traces))
		}
	}
}

// storyAccessPages: pages hold every access once, newest first, and a period
// keeps what is outside away.
func storyAccessPages(t *testing.T, h Harness) {
	a := h.open(t, h.Mine.ID)
	for range 3 {
		h.documents(t, a, client.DocumentQuery{Limit: 500})
	}
	first, err := h.Records.Accesses(timeout(t), client.TraceQuery{Limit: 2})
	ok(t, "accesses", err)
	if first.Total < 4 || len(first.Traces) != 2 || first.Next == "" {
		t.Fatalf("first page: %d of %d", len(first.Traces), first.Total)
	}
	second, err := h.Records.Accesses(timeout(t), client.TraceQuery{Limit: 2, Page: first.Next})
	ok(t, "second page", err)
	rows := append(first.Traces, second.Traces...)
	seen := map[string]bool{}
	for i, x := range rows {
		if seen[x.ID] || (i > 0 && x.Recorded.After(rows[i-1].Recorded)) {
			t.Fatal("a double, or not newest first")
		}
		seen[x.ID] = true
	}
	past, err := h.Records.Accesses(timeout(t), client.TraceQuery{From: rows[0].Recorded.AddDate(-20, 0, 0), To: rows[0].Recorded.AddDate(-19, 0, 0)})
	ok(t, "accesses of another year", err)
	if past.Total != 0 || len(past.Traces) != 0 {
		t.Errorf("%d accesses before there was anything", past.Total)
	}
}
