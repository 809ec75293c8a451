package lifecycle

import (
	"context"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// family is a mother, and her child whose record she activated.
func family(t *testing.T) (w *world, mother, child string) {
	t.Helper()
	w = newWorld(t)
	mother = w.announced(zoe())
	w.clear()
	leo := leo()
	leo.Email = "zoe@example.org" // hers
	child = w.announced(leo)
	if who, err := w.Activate(context.Background(), activation(leo, w.codes()[0])); err != nil || who != mother {
		t.Fatalf("%s, %v", who, err)
	}
	w.work() // the former record is carried over
	w.clear()
	return w, mother, child
}

// sentCode asks for a code and gives it, with the letter that it is in.
func (w *world) sentCode(patient string) (code, letter string) {
	w.t.Helper()
	w.clear()
	if err := w.NewCode(context.Background(), operator(), patient, ""); err != nil {
		w.t.Fatal(err)
	}
	w.work()
	for _, letter = range w.letters() {
		if found := codePattern.FindStringSubmatch(letter); found != nil {
			return found[1], letter
		}
	}
	w.t.Fatal("no letter")
	return "", ""
}

// enters tells whether a person enters their own record.
func (w *world) enters(patient string) bool {
	w.t.Helper()
	_, err := w.service.Rules(context.Background(), record.Citizen{ID: patient, Session: "s"}, patient)
	if err != nil && fhir.CodeOf(err) != fhir.Forbidden {
		w.t.Fatal(err)
	}
	return err == nil
}

// From the day they come of age, to the moment, a record that a parent had
// activated is the child's to activate: the parent's code is worth nothing any
// more, and a code of their own goes to them by letter.
func TestAGrownChildActivatesWhatAParentHad(t *testing.T) {
	ctx := context.Background()
	w, mother, child := family(t)
	w.clock.set(day("2037-10-01 23:59"))
	w.work()
	hers, letter := w.sentCode(child)
	if w.state(child) != record.LifeActivated || !strings.Contains(letter, "Bonjour Zoé") {
		t.Errorf("on the eve: %s, %s", w.state(child), letter)
	}
	w.clock.set(day("2037-10-02 00:00"))
	if w.state(child) != record.LifeOpened || w.enters(child) {
		t.Errorf("of age: %s", w.state(child))
	}
	if who, err := w.Activate(ctx, activation(leo(), hers)); err == nil {
		t.Errorf("with her code: %s", who)
	}
	w.work()
	own, letter := w.sentCode(child)
	if !strings.Contains(letter, "Bonjour Léo") || strings.Contains(letter, "votre enfant") || w.state(child) != record.LifeOpened || w.enters(child) {
		t.Errorf("a code of their own: %s, %s", w.state(child), letter)
	}
	l := must(w.service.LifeOf(ctx, child))
	if l.Parent != "" || l.Email != "" || l.Channel != record.ChannelLetter || !l.Activated.IsZero() {
		t.Errorf("%+v", l)
	}
	if who, err := w.Activate(ctx, activation(leo(), own)); err != nil || who != child || w.state(child) != record.LifeActivated || !w.enters(child) {
		t.Errorf("activated by %s, %s, %v", who, w.state(child), err)
	}
	if _, err := w.service.Rules(ctx, record.Citizen{ID: mother, Session: "s"}, child); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("the mother: %v", err)
	}
	w.work()
	w.clock.days(400)
	if w.work(); w.state(child) != record.LifeActivated {
		t.Errorf("later: %s", w.state(child))
	}
}

// What a parent closed is, once it is opened again, the grown child's to
// activate.
func TestAGrownChildsClosedRecordOpensUnactivated(t *testing.T) {
	ctx := context.Background()
	w, mother, child := family(t)
	w.clock.set(day("2037-09-30 12:00"))
	if err := w.Close(ctx, record.Citizen{ID: mother, Name: "Zoé LEFÈVRE"}, child); err != nil {
		t.Fatal(err)
	}
	w.clock.set(day("2037-10-02 00:00"))
	if w.state(child) != record.LifeClosed || w.enters(child) {
		t.Errorf("of age: %s", w.state(child))
	}
	if err := w.ReopenFor(ctx, operator(), child, "il est venu au guichet"); err != nil || w.state(child) != record.LifeOpened || w.enters(child) {
		t.Errorf("opened again: %s, %v", w.state(child), err)
	}
	code, _ := w.sentCode(child)
	if who, err := w.Activate(ctx, activation(leo(), code)); err != nil || who != child || !w.enters(child) {
		t.Errorf("activated by %s, %v", who, err)
	}
}

// When a parent's mandate ends, letters go to whoever else represents the child,
// or else to the child, and the parent's code is worth nothing.
func TestLettersLeaveAParentWithTheMandate(t *testing.T) {
	ctx := context.Background()
	for _, other := range []bool{false, true} {
		w, _, child := family(t)
		father := zoe()
		father.INS.Value, father.Given, father.Card = "190037512345611", []string{"Jean"}, "87654321"
		him := w.announced(father)
		if other {
			m := record.Mandate{Patient: child, Person: him, Relation: record.RelationRepresentative}
			if err := w.service.AddMandate(ctx, record.LifeBy{Staff: operator()}, m); err != nil {
				t.Fatal(err)
			}
		}
		hers, letter := w.sentCode(child)
		if !strings.Contains(letter, "Bonjour Zoé") {
			t.Errorf("before: %s", letter)
		}
		if err := w.service.EndMandate(ctx, record.LifeBy{Staff: operator()}, child, record.ParentMandate(child)); err != nil {
			t.Fatal(err)
		}
		who, err := w.Activate(ctx, activation(leo(), hers))
		if err == nil {
			t.Errorf("with her code: %s", who)
		}
		w.work()
		code, letter := w.sentCode(child)
		want, name, state := child, "Bonjour Léo", record.LifeOpened
		if other {
			want, name, state = him, "Bonjour Jean", record.LifeActivated
		}
		if !strings.Contains(letter, name) || w.state(child) != state || w.enters(child) {
			t.Errorf("after: %s, %s", w.state(child), letter)
		}
		if who, err = w.Activate(ctx, activation(leo(), code)); err != nil || who != want || w.enters(child) == other {
			t.Errorf("activated by %s, %v", who, err)
		}
	}
}

// A mandate that ends on a day of its own ends so, to the moment.
func TestLettersLeaveAParentToTheMoment(t *testing.T) {
	ctx := context.Background()
	w, mother, child := family(t)
	if err := w.service.EndMandate(ctx, record.LifeBy{Staff: operator()}, child, record.ParentMandate(child)); err != nil {
		t.Fatal(err)
	}
	end := day("2026-04-01 00:00")
	m := record.Mandate{Patient: child, Person: mother, Relation: record.RelationRepresentative, End: end}
	if err := w.service.AddMandate(ctx, record.LifeBy{Staff: operator()}, m); err != nil {
		t.Fatal(err)
	}
	for at, state := range map[string]string{"2026-03-31 23:59": record.LifeActivated, "2026-04-01 00:00": record.LifeOpened} {
		if w.clock.set(day(at)); w.state(child) != state {
			t.Errorf("%s: %s", at, w.state(child))
		}
	}
}

// A code that did not go out before is not sent to whom it no longer is for, and
// nothing of it stays to be done.
func TestACodeThatDidNotLeaveIsDropped(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.announced(zoe())
	w.clear()
	if _, err := w.Announce(ctx, leo()); err != nil {
		t.Fatal(err)
	}
	child := must(w.service.LifeByINS(ctx, leo().INS.Value)).Patient
	w.clock.set(day("2026-04-20 00:00"))
	w.Engine.Sender = nil // it opens, its letter does not go out
	if err := w.Work(ctx); err == nil || w.state(child) != record.LifeOpened {
		t.Fatalf("%s, %v", w.state(child), err)
	}
	w.Engine.Sender = Folder{w.outbox}
	w.clock.set(day("2037-10-02 00:00"))
	w.work()
	if left, err := w.service.Lives(ctx, w.clock.now(), 10); err != nil || len(left) != 0 || len(w.letters()) != 0 {
		t.Errorf("%d are due, %d letters, %v", len(left), len(w.letters()), err)
	}
}
