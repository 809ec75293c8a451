package vault

import (
	"context"
	"testing"
)

// The screen is locked while things are being sent: what is queued may leave,
// copies of records are closed at once, and nothing outlives the real lock.
func TestTheQueueOutlivesTheLockedScreen(t *testing.T) {
	ctx := context.Background()
	v := open(t, t.TempDir(), anne, newClock())
	ok(t, "create", v.Create(ctx, pass("la mer est calme")))
	cache, outbox := v.For("cache"), v.For("outbox")
	label := Label{Name: "k", Patient: "p1"}
	copied, err := cache.Seal([]byte("une copie"), label)
	ok(t, "seal a copy", err)
	queued, err := outbox.Seal([]byte("un dépôt"), label)
	ok(t, "seal what is queued", err)
	name, err := outbox.Name("un", "dépôt")
	ok(t, "name", err)

	for range 2 { // locked by the clock, then by hand
		ok(t, "lock", v.LockBut("outbox"))
		if v.State() != Locked {
			t.Fatalf("with the screen locked the vault is %s", v.State())
		}
		_, err = cache.Open(copied, label)
		want(t, "a copy behind the locked screen", err, ErrLocked)
		_, err = v.For("other").Seal([]byte("x"), label)
		want(t, "another purpose", err, ErrLocked)
		got, err := outbox.Open(queued, label)
		ok(t, "what is queued", err)
		if string(got) != "un dépôt" {
			t.Fatalf("the queue reads %q", got)
		}
		if same, err := outbox.Name("un", "dépôt"); err != nil || same != name {
			t.Fatalf("the name is now %q (%v)", same, err)
		}
	}
	ok(t, "unlock", v.Unlock(ctx, pass("la mer est calme")))
	if _, err := cache.Open(copied, label); err != nil {
		t.Fatal(err)
	}
	ok(t, "lock again", v.LockBut("outbox"))
	v.Lock()
	_, err = outbox.Open(queued, label)
	want(t, "the queue after the real lock", err, ErrLocked)

	ok(t, "unlock", v.Unlock(ctx, pass("la mer est calme")))
	ok(t, "lock", v.LockBut("outbox"))
	want(t, "wrong", v.Unlock(ctx, pass("la mer est agitée")), ErrWrong)
	_, err = outbox.Open(queued, label)
	want(t, "the queue after a wrong passphrase", err, ErrLocked)
}
