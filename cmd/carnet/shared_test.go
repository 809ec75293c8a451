package main

import (
	"errors"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/unlock"
)

// enters has another person sign in at the same computer.
func (p *post) enters(account string) {
	p.Helper()
	var err error
	if p.person, err = p.signIn.SignIn(p.Context(), account, nil); err != nil {
		p.Fatal(err)
	}
	if need, err := p.kept.Enter(p.Context(), p.person); need != unlock.Nothing || err != nil {
		p.Fatalf("entering asks %q: %v", need, err)
	}
}

// found gives who of a name is found without the server.
func (p *post) found(name string) []client.Patient {
	p.Helper()
	page, err := p.kept.Kept().Records.MyPatients(p.Context(), client.PatientQuery{Text: name})
	if err != nil && !errors.Is(err, client.ErrNoCopy) || err == nil && !page.Cached {
		p.Fatalf("searching without the server: %+v, %v", page, err)
	}
	return page.Patients
}

// A pharmacist served a patient. Her colleague signs in at the same computer, the cable
// is pulled: he finds the patient, reads what he may, and the reading is told under his
// own name. A doctor of another practice at the same computer finds nobody, the
// pharmacist all that was hers.
func TestAColleagueFindsWhomThePharmacyServed(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	server := demoServer(t)
	his := doctor(t, server, "assistant")
	p := newPost(t, dir, server, "pharmacist")
	records := p.kept.Kept().Records
	page, err := records.MyPatients(ctx, client.PatientQuery{Text: "lefebvre", Limit: 200})
	who := must(t, page, err).Patients[0]
	a, err := records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	hers := p.listed(must(t, a, err))
	p.copiesAre(1)

	p.enters("assistant")
	p.copiesAre(1)
	p.wire.Pull()
	if got := p.found("lefèbvre"); len(got) != 1 || got[0].ID != who.ID {
		t.Fatalf("he finds %d people", len(got))
	}
	records = p.kept.Kept().Records
	a, err = records.Open(ctx, who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	a = must(t, a, err)
	list := p.listed(a)
	if !list.Cached || len(list.Documents) == 0 || len(list.Documents) > len(hers.Documents) {
		t.Fatalf("he lists %d documents, she %d", len(list.Documents), len(hers.Documents))
	}
	doc := list.Documents[0]
	p.opens(a, doc)
	p.locks(a, doc)
	p.wire.Plug()
	p.kept.Kept().Copies.Hurry()
	until(t, "the reading is told under his name", func() bool { return p.readings(his, who.ID, doc.ID) == 1 })

	p.enters("gp2")
	p.copiesAre(0)
	p.wire.Pull()
	if got := p.found(""); len(got) != 0 {
		t.Errorf("a doctor of another practice finds %d people", len(got))
	}
	p.wire.Plug()
	p.enters("pharmacist")
	p.copiesAre(1)
	p.hides(who, doc.Attachment.Title)
}
