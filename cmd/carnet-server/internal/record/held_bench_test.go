package record

import (
	"fmt"
	"testing"
)

// heldRecordOf5000 is a record of 5,000 documents.
func heldRecordOf5000(b *testing.B) *world {
	b.Helper()
	return heldWorld(b, func(w *world, s *Seeder) {
		for i := range 5000 {
			d := w.documentSeed("pat-1", fmt.Sprint(i))
			d.Title = fmt.Sprintf("Compte rendu de consultation %d", i)
			w.must(s.AddDocument(d))
		}
	})
}

func BenchmarkHeldDocuments5000(b *testing.B) {
	w := heldRecordOf5000(b)
	for name, q := range map[string]HeldQuery{
		"page": {}, "common word": {Words: "consultation"}, "rare words": {Words: "compte 4321"},
	} {
		b.Run(name, func(b *testing.B) {
			w.heldList(zoe(), q) // read once
			for b.Loop() {
				w.heldList(zoe(), q)
			}
		})
	}
	b.Run("first search", func(b *testing.B) {
		for b.Loop() {
			w.texts.of.Purge()
			w.heldList(zoe(), HeldQuery{Words: "4321"})
		}
	})
}

func BenchmarkAllow(b *testing.B) {
	w := heldWorld(b, nil)
	for b.Loop() {
		w.allow(gp())
		b.StopTimer()
		r := w.rulesOf(zoe()).Rules[0]
		b.StartTimer()
		w.must(w.Revoke(bg, zoe(), "pat-1", r.ID))
	}
}

// BenchmarkRules reads what is decided about a record.
func BenchmarkRules(b *testing.B) {
	w := heldWorld(b, nil)
	for _, p := range []Principal{gp(), pharmacist(), optician(), otherGP()} {
		w.allow(p)
	}
	for b.Loop() {
		w.rulesOf(zoe())
	}
}
