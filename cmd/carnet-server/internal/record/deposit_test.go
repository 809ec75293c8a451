package record

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

func deposit(data string, once string) Deposit {
	return Deposit{
		Type: "DOCPAT03", Title: "Mon compte rendu", Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Data: bytes.NewReader([]byte(data)), Size: int64(len(data)), Once: once,
	}
}

func TestAHolderDeposits(t *testing.T) {
	w := heldWorld(t, nil)
	w.represent()
	w.allow(gp())
	id, err := w.Deposit(bg, zoe(), "pat-1", deposit("Bonjour, é", "k1"))
	w.must(err)
	again, err := w.Deposit(bg, zoe(), "pat-1", deposit("Bonjour, é", "k1"))
	w.must(err)
	if again != id {
		t.Error("the same deposit is two documents")
	}
	_, err = w.Deposit(bg, zoe(), "pat-1", deposit("Autre chose", "k1"))
	w.wants("the same key for another document", err, fhir.StateConflict)
	list := w.heldList(zoe(), HeldQuery{})
	if list.Total != 1 || list.Items[0].Author.Name != zoe().Name || list.Items[0].Attachment.ContentType != "text/plain" {
		t.Fatalf("deposited: %+v", list.Items)
	}
	if got, err := w.content(gp(), "", id); err != nil || got != "Bonjour, é" {
		t.Errorf("a professional reads %q, %v", got, err)
	}
	yes := true
	w.wants("hidden by a representative", w.HeldPatch(bg, mother(), "pat-1", id, HeldChange{HiddenReps: &yes}), fhir.Forbidden)
	w.must(w.HeldPatch(bg, zoe(), "pat-1", id, HeldChange{HiddenReps: &yes}))
	if n := w.heldList(mother(), HeldQuery{}).Total; n != 0 {
		t.Errorf("the representative counts %d", n)
	}
	w.must(w.HeldPatch(bg, zoe(), "pat-1", id, HeldChange{Archived: &yes}))
	w.must(w.HeldPatch(bg, zoe(), "pat-1", id, HeldChange{Delete: true}))
	w.must(w.HeldPatch(bg, zoe(), "pat-1", id, HeldChange{Delete: true}))
	if _, err := w.heldBytes(zoe(), "pat-1", id); code(err) != fhir.Withdrawn {
		t.Errorf("deleted: %v", err)
	}
	w.sound()
}

func TestARepresentativeDepositsInTheirName(t *testing.T) {
	w := heldWorld(t, nil)
	w.represent()
	id, err := w.Deposit(bg, mother(), "pat-1", deposit("de la mère", ""))
	w.must(err)
	if got := w.heldList(zoe(), HeldQuery{}); got.Total != 1 || got.Items[0].Author.Name != mother().Name {
		t.Errorf("deposited: %+v", got.Items)
	}
	w.must(w.HeldPatch(bg, zoe(), "pat-1", id, HeldChange{Delete: true})) // it is the holder's record
	_, err = w.Deposit(bg, stranger(), "pat-1", deposit("rien", ""))
	w.wants("a stranger", err, fhir.NotFound)
	d := deposit("caché", "")
	d.HiddenReps = true
	_, err = w.Deposit(bg, mother(), "pat-1", d)
	w.wants("hidden from oneself", err, fhir.Forbidden)
	w.sound()
}

func TestEveryDepositTypeAndForm(t *testing.T) {
	w := heldWorld(t, nil)
	for _, kind := range []string{"DOCPAT01", "DOCPAT02", "DOCPAT03", "DOCPAT04", "DOCPAT05", "DOCPAT06", "DOCPAT07", "DOCPAT08", "DOCPAT09"} {
		d := deposit("texte", "")
		d.Type = kind
		_, err := w.Deposit(bg, zoe(), "pat-1", d)
		w.wants(kind, err, "")
	}
	for want, data := range map[string]string{
		"application/pdf": "%PDF-1.7\n", "image/jpeg": "\xFF\xD8\xFF\xE0", "image/png": "\x89PNG\r\n\x1a\n", "image/tiff": "II*\x00", "text/plain": "é\tà\r\n",
	} {
		d := deposit(data, "")
		d.ContentType = want
		id, err := w.Deposit(bg, zoe(), "pat-1", d)
		w.wants(want, err, "")
		if got := w.heldList(zoe(), HeldQuery{ID: id}).Items[0].Attachment.ContentType; got != want {
			t.Errorf("%s is kept as %s", want, got)
		}
	}
	for name, tt := range map[string]struct {
		change func(*Deposit)
		want   fhir.Code
	}{
		"a professional's type": {func(d *Deposit) { d.Type = "11488-4" }, fhir.BadCode},
		"no title":              {func(d *Deposit) { d.Title = " " }, fhir.Required},
		"a long title":          {func(d *Deposit) { d.Title = strings.Repeat("é", 256) }, fhir.Invalid},
		"no date":               {func(d *Deposit) { d.Date = time.Time{} }, fhir.Required},
		"next week":             {func(d *Deposit) { d.Date = w.clock.now().Add(day(7)) }, fhir.Invalid},
		"another content":       {func(d *Deposit) { d.ContentType = "image/png" }, fhir.Invalid},
		"an archive":            {func(d *Deposit) { d.Data = bytes.NewReader([]byte("PK\x03\x04")); d.Size = 4 }, fhir.Invalid},
		"no UTF-8":              {func(d *Deposit) { d.Data = bytes.NewReader([]byte("caf\xe9")); d.Size = 4 }, fhir.Invalid},
		"nothing":               {func(d *Deposit) { d.Size = 0 }, fhir.Invalid},
		"too large":             {func(d *Deposit) { d.Size = 25<<20 + 1 }, fhir.TooLarge},
	} {
		d := deposit("texte", "")
		tt.change(&d)
		_, err := w.Deposit(bg, zoe(), "pat-1", d)
		w.wants(name, err, tt.want)
	}
	w.sound()
}
