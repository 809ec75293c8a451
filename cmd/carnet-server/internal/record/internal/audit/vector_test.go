package audit

import (
	"encoding/hex"
	"testing"
)

// The example of the README, from which others check their own verifier.
func TestTheExampleOfTheSpecification(t *testing.T) {
	var salt, recordSalt [SaltSize]byte
	for i := range salt {
		salt[i], recordSalt[i] = byte(i), byte(0xf0+i)
	}
	commitment := Commit(salt, []byte(`{"v":1,"at":"2026-11-20T09:15:00.12Z","kind":"read","agent":{"id":"899700000011"},"patient":"p1"}`))
	leaf := Leaf{Commitment: commitment, Number: 258, Tag: TagOf(recordSalt, "p1")}
	got := map[string]string{"commitment": hex.EncodeToString(commitment[:]), "tag": hex.EncodeToString(leaf.Tag[:])}
	for form, name := range []string{FormBare: "form 1", FormNumbered: "form 2", FormTagged: "form 3"} {
		leaf.Form = form
		h := leaf.Hash()
		if form > 0 {
			got[name] = hex.EncodeToString(h[:])
		}
	}
	for name, want := range map[string]string{
		"commitment": "06943a448eaf4354fb3757a5d5ed560b929a0248e6e173e44c23f30f02f8acd8",
		"tag":        "2e189c89e8e59f4f03306839034afddf3098581ef69b0f01c7cd36c1ca84b311",
		"form 1":     "745ef16190e6ac32314d783ddfff49ccac78a211352f33fcff723d31c5569f89",
		"form 2":     "d76170bad71838e8e427ea4f80f39230c9bee274f2ca2583d91555a870d82882",
		"form 3":     "fed02c289a831bf5800ba7107b9283aad91b95191b98549ca63f485bb45717bd",
	} {
		if got[name] != want {
			t.Errorf("%s: %s", name, got[name])
		}
	}
}
