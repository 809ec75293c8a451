package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/fhir"
)

func (w *world) told(t *testing.T, c Citizen) []string {
	t.Helper()
	all, err := w.Notices(context.Background(), c, "pat-1", 0)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, n := range all {
		words := n.Kind
		for _, more := range []string{n.Detail, n.Title} {
			if more != "" {
				words += " " + more
			}
		}
		if n.Read {
			words += " (read)"
		}
		out = append(out, words)
	}
	return out
}

func (w *world) tells(t *testing.T, c Citizen, want ...string) {
	t.Helper()
	if got := w.told(t, c); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// relabelled changes the labels of a document.
func (w *world) relabelled(t *testing.T, id string, labels ...string) {
	t.Helper()
	var codings []fhir.Coding
	for _, l := range append([]string{"N"}, labels...) {
		codings = append(codings, fhir.LabelCoding(l))
	}
	if _, err := w.PatchDocument(context.Background(), gp(), "", PatchTarget{ID: id}, Patch{Labels: codings, Ops: []byte(`[]`)}); err != nil {
		t.Fatal(err)
	}
}

// What waits for its announcement is told when it is shown, and not before.
func TestNoticesOfAnAnnouncement(t *testing.T) {
	w := livedWorld(t)
	w.tells(t, holder(1))
	w.relabelled(t, docID("announce"), fhir.LabelMasked, fhir.LabelHiddenPatient) // changed while it waits
	w.tells(t, holder(1))
	if mails, err := w.PendingMails(context.Background(), 10); err != nil || len(mails) != 0 {
		t.Errorf("%+v, %v", mails, err)
	}
	w.relabelled(t, docID("announce"))
	w.tells(t, holder(1), "document added Consultation announce")
	w.relabelled(t, docID("a"), fhir.LabelMasked)
	w.tells(t, holder(1), "changed changed Consultation a", "document added Consultation announce")
	// Hidden again, all that was told of it is gone.
	w.relabelled(t, docID("announce"), fhir.LabelHiddenPatient)
	w.tells(t, holder(1), "changed changed Consultation a")
	if err := w.Undo(context.Background(), otherGP(), "", docID("a")); err != nil {
		t.Fatal(err)
	}
	w.tells(t, holder(1), "changed withdrawn", "changed changed")
}

func TestNoticesOfVisits(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	w.lives(t, 2)
	w.tells(t, holder(1), "first-access")
	if err := w.Choose(ctx, holder(1), "pat-1", Choices{EveryVisit: true}); err != nil {
		t.Fatal(err)
	}
	before := len(w.told(t, holder(1)))
	w.clock.advance(24 * time.Hour)
	w.lives(t, 2)
	if got := w.told(t, holder(1)); len(got) != before+2 || got[0] != "access" || got[1] != "access" {
		t.Errorf("every visit: %q", got)
	}
	a, err := w.OpenAccess(ctx, otherGP(), "pat-1", fhir.ModeBreakGlass, "coma")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.content(otherGP(), a.Session, docID("a")); err != nil {
		t.Fatal(err)
	}
	all, err := w.Notices(ctx, holder(1), "pat-1", 1)
	if err != nil || all[0].Kind != noticeEmergency || !strings.Contains(all[0].Who, otherGP().Name) {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := w.ContestAccess(ctx, holder(1), "pat-1", all[0].Act, "Pourquoi ?"); err != nil {
		t.Errorf("the notice names what can be contested: %+v %v", all[0], err)
	}
	// Marks are each reader's own, and only go forward.
	for _, upto := range []int64{all[0].ID, 1, 0} {
		if err := w.NoticesRead(ctx, holder(1), "pat-1", upto); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range w.told(t, holder(1)) {
		if !strings.HasSuffix(n, "(read)") {
			t.Errorf("%q is not read", n)
		}
	}
	if err := w.NoticesRead(ctx, holder(2), "pat-1", 1); code(err) != fhir.NotFound {
		t.Errorf("a stranger: %v", err)
	}
}

// Who was let in after the opening of a visit reads for the first time in it.
func TestAFirstReadWithinAVisitIsTold(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	a, err := w.OpenAccess(ctx, pharmacist(), "pat-1", "", "")
	if err != nil || a.Refusal == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	w.tells(t, holder(1))
	body := consentBody("pat-1", fhir.Consent{ActorID: pharmacist().ID, DateTime: w.clock.now()})
	c, err := w.DeclareConsent(ctx, pharmacist(), body)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.list(pharmacist(), a.Session, "pat-1"); err != nil {
			t.Fatal(err)
		}
	}
	w.tells(t, holder(1), "first-access", "consent oral")
	all, err := w.Notices(ctx, holder(1), "pat-1", 0)
	if err != nil || all[1].Rule != c.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if err := w.Contest(ctx, holder(1), "pat-1", all[1].Rule, "Je n’ai rien dit."); err != nil {
		t.Errorf("the notice names the consent: %v", err)
	}
}

// Of many first accesses at once exactly one is told.
func TestOneFirstAccessOfMany(t *testing.T) {
	w := livedWorld(t)
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 64 {
		wg.Go(func() {
			p := gp()
			p.Session = fmt.Sprintf("signin-%d", i)
			if i%2 == 0 {
				_, err := w.OpenAccess(context.Background(), p, "pat-1", "", "")
				errs <- err
				return
			}
			_, err := w.content(p, "", docID("a"))
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	w.tells(t, holder(1), "first-access")
}

func TestMailsSayNothing(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	pending := func() []Mail {
		t.Helper()
		all, err := w.PendingMails(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	w.lives(t, 1)
	if all := pending(); len(all) != 0 {
		t.Fatalf("nobody gave an address: %+v", all)
	}
	if err := w.Choose(ctx, holder(1), "pat-1", Choices{Email: "zoe@example.net", EveryVisit: true}); err != nil {
		t.Fatal(err)
	}
	for _, m := range pending() { // of the change of the choices, if any
		if err := w.MailSent(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.advance(24 * time.Hour)
	w.lives(t, 2)
	all := pending()
	if len(all) != 1 || !slices.Equal(all[0].To, []string{"zoe@example.net"}) {
		t.Fatalf("%+v", all)
	}
	for _, word := range []string{"MOREL", "Consultation", "pat-1", "LEFÈVRE", "http"} {
		if strings.Contains(all[0].Subject+all[0].Text, word) {
			t.Errorf("the e-mail says %q", word)
		}
	}
	w.lives(t, 1) // more happens while it is on its way
	if err := w.MailSent(ctx, all[0].ID); err != nil {
		t.Fatal(err)
	}
	next := pending()
	if len(next) != 1 || next[0].ID == all[0].ID {
		t.Fatalf("what happened meanwhile is lost: %+v", next)
	}
	for _, id := range []string{next[0].ID, next[0].ID, "", "mail-x", "mail--", "mail-1-1-1"} {
		if err := w.MailSent(ctx, id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	if all := pending(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
