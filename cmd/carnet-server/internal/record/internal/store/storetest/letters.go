package storetest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// patient is the patient's side of the first record of the kit.
var patient = consent.CitizenID("p1")

// dialogue opens an exchange between a professional and a record's patient.
func (k *kit) dialogue(r *store.Record, members ...string) store.Dialogue {
	k.t.Helper()
	k.n++
	d := store.Dialogue{
		ID: fmt.Sprintf("x%d", k.n), Record: r.N, Version: 1, Opened: k.at, Members: members, Body: []byte("subject"),
	}
	k.do(func(tx store.Tx) error { return tx.AddDialogue(&d) })
	return d
}

// letter sends a message, a minute after the one before.
func (k *kit) letter(d store.Dialogue, sender, text string) store.Message {
	k.t.Helper()
	k.n++
	k.at = k.at.Add(time.Minute)
	m := store.Message{ID: fmt.Sprintf("m%d", k.n), Sender: sender, Key: fmt.Sprintf("key%d", k.n), Sent: k.at, Body: []byte(text)}
	k.do(func(tx store.Tx) error { return tx.AddMessage(d, &m) })
	return m
}

// texts are those of a page of a dialogue.
func (k *kit) texts(r *store.Record, d store.Dialogue, at store.Below) []string {
	k.t.Helper()
	all, err := k.Messages(bg, k.grant(r), r, d, at)
	k.must(err)
	var out []string
	for _, m := range all {
		out = append(out, string(m.Body))
	}
	return out
}

// lettersExchanged: an exchange is listed for who is in it and for its record, the
// one that moved last first; its messages come newest first, a page at a time.
func lettersExchanged(t *testing.T, k *kit) {
	r := k.person()
	d, quiet := k.dialogue(r, reader, other), k.dialogue(r, reader)
	k.letter(quiet, reader, "zero")
	for i, sender := range []string{reader, patient, other} {
		k.letter(d, sender, fmt.Sprint("text ", i))
	}
	for name, list := range map[string]func() ([]store.Dialogue, error){
		"a member":    func() ([]store.Dialogue, error) { return k.DialoguesFor(bg, reader) },
		"the patient": func() ([]store.Dialogue, error) { return k.DialoguesOf(bg, r.N, patient) },
	} {
		all, err := list()
		if err != nil || len(all) != 2 || all[0].ID != d.ID || all[1].ID != quiet.ID || len(all[0].Body) != 0 {
			t.Errorf("%s: %+v, %v", name, all, err)
			continue
		}
		if !slices.Equal(all[0].Members, []string{reader, other}) || !all[0].Moved.Equal(k.at) {
			t.Errorf("%s: %+v", name, all[0])
		}
	}
	if all, err := k.DialoguesFor(bg, other); err != nil || len(all) != 1 || all[0].ID != d.ID {
		t.Errorf("who is in one of them: %+v, %v", all, err)
	}
	if body, err := k.OpenDialogue(bg, k.grant(r), r, d); err != nil || string(body) != "subject" {
		t.Errorf("%q, %v", body, err)
	}
	if got := k.texts(r, d, store.Below{Limit: 2}); !slices.Equal(got, []string{"text 2", "text 1"}) {
		t.Errorf("the newest: %q", got)
	}
	all, err := k.Messages(bg, k.grant(r), r, d, store.Below{Limit: 2})
	k.must(err)
	if got := k.texts(r, d, store.Below{N: all[1].N, Limit: 2}); !slices.Equal(got, []string{"text 0"}) || all[0].Before != all[1].ID {
		t.Errorf("the rest: %q, %+v", got, all[0])
	}
	if _, err := k.Dialogue(bg, "none", reader); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not: %v", err)
	}
}

// lettersRead: what a reader listed or opened is no other's, and the sender sees
// when the other side did.
func lettersRead(t *testing.T, k *kit) {
	r := k.person()
	d := k.dialogue(r, reader, other)
	first := k.letter(d, reader, "one")
	second := k.letter(d, other, "two")
	unread := func(who string) int {
		found, err := k.Dialogue(bg, d.ID, who)
		k.must(err)
		return found.Unread
	}
	inAll := func(who string) int {
		n, err := k.UnreadOf(bg, r.N, who)
		k.must(err)
		return n
	}
	k.letter(k.dialogue(r, reader), other, "elsewhere")
	if inAll(patient) != 3 || inAll(reader) != 2 || inAll(other) != 1 {
		t.Errorf("unread in all: %d, %d, %d", inAll(patient), inAll(reader), inAll(other))
	}
	if unread(patient) != 2 || unread(reader) != 1 || unread(other) != 1 {
		t.Fatalf("unread: %d, %d, %d", unread(patient), unread(reader), unread(other))
	}
	mark := func(who string, upto int64, opened bool) time.Time {
		k.at = k.at.Add(time.Minute)
		k.do(func(tx store.Tx) error { return tx.MarkDialogue(d, who, upto, opened, k.at) })
		return k.at
	}
	listed := mark(patient, second.N, false)
	if unread(patient) != 2 {
		t.Error("what was listed only is read")
	}
	opened := mark(patient, first.N, true)
	if inAll(patient) != 2 {
		t.Errorf("unread in all, after one was opened: %d", inAll(patient))
	}
	if unread(patient) != 1 || unread(reader) != 1 {
		t.Errorf("unread: %d, %d", unread(patient), unread(reader))
	}
	mark(reader, second.N, true)
	one, dialogue, err := k.Message(bg, first.ID)
	if err != nil || dialogue != d.ID || !one.Delivered.Equal(listed) || !one.Read.Equal(opened) || len(one.Body) != 0 {
		t.Errorf("%+v, %q, %v", one, dialogue, err)
	}
	if two, _, err := k.Message(bg, second.ID); err != nil || !two.Delivered.Equal(listed) || !two.Read.IsZero() {
		t.Errorf("a colleague's opening is the patient's: %+v, %v", two, err)
	}
}

// lettersOnce: a key of one sender sends once, and finds what it sent.
func lettersOnce(t *testing.T, k *kit) {
	r := k.person()
	d := k.dialogue(r, reader, other)
	m := k.letter(d, reader, "one")
	again := store.Message{ID: "again", Sender: reader, Key: m.Key, Sent: k.at, Body: []byte("two")}
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddMessage(d, &again) }}); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("the same key: %v", err)
	}
	again.Sender = other
	k.do(func(tx store.Tx) error { return tx.AddMessage(d, &again) })
	if found, dialogue, err := k.MessageOnce(bg, reader, m.Key); err != nil || found.ID != m.ID || dialogue != d.ID {
		t.Errorf("%+v, %q, %v", found, dialogue, err)
	}
	if _, _, err := k.MessageOnce(bg, patient, m.Key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another's key: %v", err)
	}
	if got := k.texts(r, d, store.Below{Limit: 9}); !slices.Equal(got, []string{"two", "one"}) {
		t.Errorf("%q", got)
	}
}

// lettersRuled: the rule of an exchange is of a version, and who left it is in
// none of its lists.
func lettersRuled(t *testing.T, k *kit) {
	r := k.person()
	d := k.dialogue(r, reader, other)
	ended, stale := d, d
	ended.Reply, ended.Body = store.ReplyEnded, []byte("ended")
	k.do(func(tx store.Tx) error { return tx.SetDialogue(&ended) })
	if err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.SetDialogue(&stale) }}); !errors.Is(err, store.ErrVersion) {
		t.Errorf("of an older version: %v", err)
	}
	k.do(func(tx store.Tx) error {
		found, err := tx.Dialogue(d.ID)
		if err == nil && (found.Reply != store.ReplyEnded || string(found.Body) != "ended" || found.Version != 2) {
			t.Errorf("within an op: %+v", found)
		}
		return errors.Join(err, tx.SetMember(found, other, false, k.at))
	})
	if all, err := k.DialoguesFor(bg, other); err != nil || len(all) != 0 {
		t.Errorf("who left: %+v, %v", all, err)
	}
	k.do(func(tx store.Tx) error { return tx.SetMember(d, other, true, k.at) })
	if all, err := k.DialoguesFor(bg, other); err != nil || len(all) != 1 || all[0].Reply != store.ReplyEnded {
		t.Errorf("who came back: %+v, %v", all, err)
	}
}

// lettersSealed: no grant but the record's opens what an exchange says, nor the
// file that came with a message.
func lettersSealed(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	d := k.dialogue(a, reader)
	stored, err := k.Put(bg, incoming(a, &store.Doc{ID: "file"}, []byte("the file")))
	k.must(err)
	m := store.Message{ID: "file", Sender: reader, Key: "file", Sent: k.at, Body: []byte("text"), Stored: stored}
	k.do(func(tx store.Tx) error { return tx.AddMessage(d, &m) })
	m, _, err = k.Message(bg, m.ID)
	k.must(err)
	for name, try := range map[string]func() error{
		"the subject, without":        func() error { _, err := k.OpenDialogue(bg, nil, a, d); return err },
		"the subject, of another":     func() error { _, err := k.OpenDialogue(bg, k.grant(b), b, d); return err },
		"the messages, without":       func() error { _, err := k.Messages(bg, &consent.Grant{}, a, d, store.Below{Limit: 1}); return err },
		"the messages, of another":    func() error { _, err := k.Messages(bg, k.grant(b), b, d, store.Below{Limit: 1}); return err },
		"the file, without":           func() error { _, err := k.MessageFile(bg, nil, a, m); return err },
		"the file, of another record": func() error { _, err := k.MessageFile(bg, k.grant(b), b, m); return err },
	} {
		if err := try(); !errors.Is(err, store.ErrNoGrant) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file, err := k.MessageFile(bg, k.grant(a), a, m)
	k.must(err)
	got, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil || string(got) != "the file" {
		t.Errorf("%q, %v", got, err)
	}
}

// byWord takes the words of a body as they stand.
var byWord = store.Folding{
	Dialogue: func(b []byte) []string { return strings.Fields(string(b)) },
	Message:  func(b []byte) []string { return strings.Fields(string(b)) },
}

// words gives the parts of the words of dialogues of a record.
func (k *kit) words(r *store.Record, all ...store.Dialogue) (parts []store.Words) {
	k.t.Helper()
	var looks []store.Look
	for _, d := range all {
		looks = append(looks, store.Look{Grant: k.grant(r), Record: r, Dialogue: d})
	}
	k.must(k.Words(bg, looks, func(w store.Words) { parts = append(parts, w) }))
	return parts
}

// lettersIndexed: the words of an exchange are its subject's, its messages' and its
// patient's names, of those that were indexed; they open to its record's grant.
func lettersIndexed(t *testing.T, k *kit) {
	r, stranger := k.person(), k.person()
	d, other := k.dialogue(r, reader), k.dialogue(r, reader)
	k.letter(d, reader, "bonjour bilan")
	k.letter(other, reader, "rien")
	if got := k.words(r, d, other); len(got) != 0 {
		t.Errorf("before it is indexed: %+v", got)
	}
	index := func() { k.do(func(tx store.Tx) error { return tx.IndexDialogue(d, byWord) }) }
	index()
	last := k.letter(d, patient, "merci bilan")
	index()
	index()
	got := k.words(r, other, d)
	if len(got) != 1 || got[0].At != 1 || got[0].Upto != last.N || !strings.HasSuffix(got[0].Text, " bilan bonjour merci subject") {
		t.Errorf("%+v", got)
	}
	for name, look := range map[string]store.Look{
		"without":           {Dialogue: d},
		"of another record": {Grant: k.grant(stranger), Record: stranger, Dialogue: d},
	} {
		err := k.Words(bg, []store.Look{look}, func(store.Words) { t.Errorf("%s: told", name) })
		if !errors.Is(err, store.ErrNoGrant) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lettersIndexedInParts: what a message costs does not grow with those before it.
func lettersIndexedInParts(t *testing.T, k *kit) {
	r := k.person()
	d := k.dialogue(r, reader)
	var last store.Message
	for i := range 40 {
		var text strings.Builder
		for j := range 100 {
			fmt.Fprintf(&text, "mot-%04d ", i*100+j)
		}
		last = k.letter(d, reader, text.String())
		k.do(func(tx store.Tx) error { return tx.IndexDialogue(d, byWord) })
	}
	got := k.words(r, d)
	if len(got) < 2 || got[len(got)-1].Upto != last.N {
		t.Fatalf("%d parts, up to %d of %d", len(got), got[len(got)-1].Upto, last.N)
	}
	seen := 0
	for i, p := range got {
		if len(p.Text) > 20<<10 || i > 0 && p.Upto <= got[i-1].Upto {
			t.Errorf("part %d: %d bytes, up to %d", i, len(p.Text), p.Upto)
		}
		seen += strings.Count(p.Text, "mot-")
	}
	if seen != 4000 {
		t.Errorf("%d words of 4,000", seen)
	}
}
