package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/unlock"

	"github.com/sirupsen/logrus"
	"github.com/zalando/go-keyring"
)

// ring is a keyring; one that is away answers nobody.
type ring struct {
	kept map[string]string
	away bool
}

func (r *ring) Get(_, user string) (string, error) {
	if r.away {
		return "", errors.New("no secret service")
	}
	if s, ok := r.kept[user]; ok {
		return s, nil
	}
	return "", keyring.ErrNotFound
}

func (r *ring) Set(_, user, secret string) error {
	if r.away {
		return errors.New("no secret service")
	}
	r.kept[user] = secret
	return nil
}

func (r *ring) Delete(_, user string) error {
	delete(r.kept, user)
	return nil
}

func newTestKeep(t *testing.T, dir string, r *ring, demo bool) *keep {
	t.Helper()
	log := logrus.New()
	log.SetOutput(&bytes.Buffer{})
	k := &keep{
		dir: dir, server: "https://carnet.example", records: clienttest.New(clienttest.Options{}), log: log, keyring: r,
		demo: func(context.Context) (bool, error) { return demo, nil },
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

var (
	anne  = client.Person{ID: "899700000011", Name: "Dr Anne MOREL"}
	louis = client.Person{ID: "899700000022", Name: "Louis PETIT"}
)

// wantNeed enters and checks what is asked.
func wantNeed(t *testing.T, k *keep, p client.Person, want unlock.Need) {
	t.Helper()
	need, err := k.Enter(context.Background(), p)
	if need != want || err != nil {
		t.Fatalf("entering asks %q (%v), want %q", need, err, want)
	}
}

func writes(t *testing.T, k *keep) {
	t.Helper()
	if err := k.Kept().Notes.Put(context.Background(), client.Note{Name: "draft", Value: []byte("Madame Zoé QUATREFAGES")}); err != nil {
		t.Fatal(err)
	}
}

// reads fails the test unless the note is there.
func reads(t *testing.T, k *keep) {
	t.Helper()
	got, err := k.Kept().Notes.Get(context.Background(), "draft")
	if err != nil || !strings.Contains(string(got), "QUATREFAGES") {
		t.Fatalf("the note reads %q (%v)", got, err)
	}
}

// With a keyring nothing is asked; each person finds their own things and nobody
// else's; the disk shows nothing of them.
func TestEachPersonFindsTheirOwn(t *testing.T) {
	dir := t.TempDir()
	k := newTestKeep(t, dir, &ring{kept: map[string]string{}}, false)
	wantNeed(t, k, anne, unlock.Nothing)
	writes(t, k)
	wantNeed(t, k, louis, unlock.Nothing)
	if _, err := k.Kept().Notes.Get(context.Background(), "draft"); fhir.CodeOf(err) != fhir.NotFound {
		t.Fatalf("the second person finds the first one's note: %v", err)
	}
	wantNeed(t, k, anne, unlock.Nothing)
	reads(t, k)
	k.Leave()
	if k.Kept().Notes != nil || k.Kept().Outbox != nil {
		t.Fatal("something is open after leaving")
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, word := range []string{"QUATREFAGES", "draft", anne.ID, "MOREL"} {
			if bytes.Contains(data, []byte(word)) || strings.Contains(path, word) {
				t.Errorf("%s is in clear in %s", word, d.Name())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Without a keyring: chosen, asked for after a restart, wrong, right; behind the
// locked screen the queue works and the person is asked again.
func TestAPassphraseOpensWhatIsKept(t *testing.T) {
	ctx, dir, r := context.Background(), t.TempDir(), &ring{away: true}
	k := newTestKeep(t, dir, r, false)
	wantNeed(t, k, anne, unlock.Choose)
	if err := k.Choose(ctx, []byte("la mer est calme")); err != nil {
		t.Fatal(err)
	}
	writes(t, k)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k = newTestKeep(t, dir, r, false)
	wantNeed(t, k, anne, unlock.Ask)
	if err := k.Unlock(ctx, []byte("la mer est agitée")); fhir.CodeOf(err) != fhir.Forbidden {
		t.Fatalf("a wrong passphrase: %v", err)
	}
	if err := k.Unlock(ctx, []byte("la mer est calme")); err != nil {
		t.Fatal(err)
	}
	reads(t, k)
	box := k.Kept().Outbox
	k.Hide()
	if k.vault.State() != vault.Locked {
		t.Fatal("the vault is open behind the locked screen")
	}
	if _, err := box.Put(ctx, client.OutboxItem{Kind: client.OutboxWithdraw, PatientID: "p1"}, nil); err != nil {
		t.Fatalf("the queue behind the locked screen: %v", err)
	}
	wantNeed(t, k, anne, unlock.Ask)
	if err := k.Unlock(ctx, []byte("la mer est calme")); err != nil {
		t.Fatal(err)
	}
	if k.Kept().Outbox != box {
		t.Fatal("the queue was opened anew while it was sending")
	}
}

// A forgotten passphrase, or a keyring that lost the key: begun anew, and what was
// there is gone.
func TestBeginningAnew(t *testing.T) {
	ctx, r := context.Background(), &ring{kept: map[string]string{}}
	k := newTestKeep(t, t.TempDir(), r, false)
	wantNeed(t, k, anne, unlock.Nothing)
	writes(t, k)
	k.Leave()
	clear(r.kept)
	if need, err := k.Enter(ctx, anne); need != unlock.Lost || err == nil {
		t.Fatalf("a keyring that forgot: %q, %v", need, err)
	}
	if need, err := k.Forget(ctx); need != unlock.Nothing || err != nil {
		t.Fatalf("beginning anew: %q, %v", need, err)
	}
	if _, err := k.Kept().Notes.Get(ctx, "draft"); fhir.CodeOf(err) != fhir.NotFound {
		t.Fatalf("the note after beginning anew: %v", err)
	}
	writes(t, k)
	reads(t, k)
}

// A demonstration asks nothing, even without a keyring.
func TestADemonstrationAsksNothing(t *testing.T) {
	dir, r := t.TempDir(), &ring{away: true}
	k := newTestKeep(t, dir, r, true)
	wantNeed(t, k, anne, unlock.Nothing)
	writes(t, k)
	k.Hide()
	wantNeed(t, k, anne, unlock.Nothing)
	reads(t, k)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k = newTestKeep(t, dir, r, true)
	wantNeed(t, k, anne, unlock.Nothing)
	reads(t, k)
}

// While the server is away, a screen that was locked opens by the passphrase alone: not by
// the system's keyring, which asks nobody, and not for somebody else.
func TestEnteringWithoutTheServer(t *testing.T) {
	ctx := context.Background()
	k := newTestKeep(t, t.TempDir(), &ring{kept: map[string]string{}}, false)
	wantNeed(t, k, anne, unlock.Nothing)
	k.Hide()
	if need, err := k.EnterOffline(ctx, anne); k.MayEnterOffline(anne) || need == unlock.Nothing || !errors.Is(err, client.ErrNeedsSignIn) {
		t.Fatalf("a keyring lets in: %q, %v", need, err)
	}

	k = newTestKeep(t, t.TempDir(), &ring{away: true}, false)
	wantNeed(t, k, anne, unlock.Choose)
	if err := k.Choose(ctx, []byte("la mer est calme")); err != nil {
		t.Fatal(err)
	}
	for _, hide := range []func(){func() {}, k.Hide} { // also when the lock had failed
		hide()
		if need, err := k.EnterOffline(ctx, anne); !k.MayEnterOffline(anne) || need != unlock.Ask || err != nil {
			t.Fatalf("a passphrase: %q, %v", need, err)
		}
	}
	if _, err := k.EnterOffline(ctx, louis); k.MayEnterOffline(louis) || err == nil {
		t.Fatal("somebody else is let in")
	}
	if err := k.Unlock(ctx, []byte("la mer est agitée")); fhir.CodeOf(err) != fhir.Forbidden {
		t.Fatalf("a wrong passphrase: %v", err)
	}
	if err := k.Unlock(ctx, []byte("la mer est calme")); err != nil {
		t.Fatal(err)
	}

	k = newTestKeep(t, t.TempDir(), &ring{away: true}, true)
	wantNeed(t, k, anne, unlock.Nothing)
	k.Hide()
	if need, err := k.EnterOffline(ctx, anne); need != unlock.Nothing || err != nil {
		t.Fatalf("a demonstration: %q, %v", need, err)
	}
}
