package lifecycle

import (
	"context"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Who has no internet telephones: the operator finds them by INS, sees the state
// and nothing else, and records what they want, in words.
func TestTheSupport(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id := w.announced(zoe())
	found, err := w.Find(ctx, operator(), zoe().INS.Value)
	if err != nil || found.Patient != id || found.State != record.LifePending || found.Name != "Zoé LEFÈVRE" {
		t.Fatalf("%+v, %v", found, err)
	}
	if found.CodeHash != nil || found.Card != nil || found.Letters != nil {
		t.Errorf("the operator sees %+v", found)
	}
	if _, err := w.Find(ctx, operator(), "290037512345600"); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("nobody: %v", err)
	}
	for _, who := range []record.Staff{{}, {ID: "dpo", Role: record.StaffDPO}, {ID: "x", Role: record.StaffSystem}} {
		if _, err := w.Find(ctx, who, zoe().INS.Value); err == nil {
			t.Errorf("%+v may look", who)
		}
		if err := w.Object(ctx, who, id, "au téléphone"); fhir.CodeOf(err) != fhir.Forbidden {
			t.Errorf("%+v: %v", who, err)
		}
	}
	if err := w.Object(ctx, operator(), id, "  "); fhir.CodeOf(err) != fhir.Required {
		t.Errorf("without words: %v", err)
	}
	for _, step := range []struct {
		do   func() error
		want string
		code fhir.Code
	}{
		{func() error { return w.CloseFor(ctx, operator(), id, "au guichet") }, record.LifePending, fhir.StateConflict},
		{func() error { return w.Object(ctx, operator(), id, "au téléphone, identité vérifiée") }, record.LifeOpposed, ""},
		{func() error { return w.Object(ctx, operator(), id, "encore") }, record.LifeOpposed, fhir.StateConflict},
		{func() error { return w.NewCode(ctx, operator(), id, "") }, record.LifeOpposed, fhir.StateConflict},
		{func() error { return w.WithdrawObjection(ctx, operator(), id, "a changé d’avis") }, record.LifeOpened, ""},
		{func() error { return w.NewCode(ctx, operator(), id, record.ChannelEmail) }, record.LifeOpened, fhir.Invalid},
		{func() error { return w.NewCode(ctx, operator(), id, record.ChannelLetter) }, record.LifeOpened, ""},
		{func() error { return w.CloseFor(ctx, operator(), id, "au guichet, carte présentée") }, record.LifeClosed, ""},
		{func() error { return w.ReopenFor(ctx, operator(), id, "au guichet") }, record.LifeOpened, ""},
	} {
		if err := step.do(); fhir.CodeOf(err) != step.code {
			t.Errorf("%v, want %q", err, step.code)
		}
		if got := w.state(id); got != step.want {
			t.Errorf("%s, want %s", got, step.want)
		}
	}
	w.work()
	for _, text := range w.letters() {
		if strings.Contains(text, "guichet") {
			t.Error("a letter says what the operator wrote")
		}
	}
}

// Left alone, a record opens when the six weeks are over; closed and left alone,
// it is erased when the ten years are.
func TestWhatFallsDue(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id := w.announced(zoe())
	w.clock.set(day("2026-04-13 23:59"))
	w.work()
	if got := w.state(id); got != record.LifePending {
		t.Errorf("on the last day: %s", got)
	}
	w.clock.set(day("2026-04-14 00:00"))
	w.work()
	w.work()
	if got := w.state(id); got != record.LifeOpened {
		t.Fatalf("after it: %s", got)
	}
	if err := w.CloseFor(ctx, operator(), id, "au téléphone"); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.clock.set(day("2036-04-14 23:59"))
	w.work()
	if got := w.state(id); got != record.LifeClosed {
		t.Fatalf("on the last day of the archive: %s", got)
	}
	w.clock.set(day("2036-04-15 00:00"))
	w.work()
	if got := w.state(id); got != "none" {
		t.Fatalf("after it: %s", got)
	}
	if created, err := w.Announce(ctx, zoe()); err != nil || !created {
		t.Errorf("announced anew: %v, %v", created, err)
	}
}

// An heir reaches a closed record, through the operator and for a time.
func TestAnHeir(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	id, heir := w.announced(zoe()), w.announced(leo())
	m := record.Mandate{Patient: id, Person: heir, Relation: record.RelationHeir, End: w.clock.now().AddDate(0, 3, 0)}
	if err := w.OpenArchive(ctx, operator(), m, "acte de notoriété"); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("of a record that is not closed: %v", err)
	}
	w.clock.days(50)
	w.work()
	if err := w.CloseFor(ctx, operator(), id, "décès"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who   record.Staff
		words string
		m     func(record.Mandate) record.Mandate
		want  fhir.Code
	}{
		"in words":    {operator(), "acte de notoriété", func(m record.Mandate) record.Mandate { return m }, ""},
		"wordless":    {operator(), "", func(m record.Mandate) record.Mandate { return m }, fhir.Required},
		"for ever":    {operator(), "x", func(m record.Mandate) record.Mandate { m.End = m.End.AddDate(5, 0, 0); return m }, fhir.Invalid},
		"as a parent": {operator(), "x", func(m record.Mandate) record.Mandate { m.Relation = record.RelationRepresentative; return m }, fhir.Invalid},
		"by the DPO":  {record.Staff{ID: "d", Role: record.StaffDPO}, "x", func(m record.Mandate) record.Mandate { return m }, fhir.Forbidden},
		"of nobody":   {operator(), "x", func(m record.Mandate) record.Mandate { m.Patient = "nobody"; return m }, fhir.NotFound},
	} {
		if err := w.OpenArchive(ctx, c.who, c.m(m), c.words); fhir.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
