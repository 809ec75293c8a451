package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// docTypes are known to the kit's matrix, but for the last.
var docTypes = []string{"11488-4", "11502-2", "60591-5"}

func drawFacts(t *rapid.T) consent.DocFacts {
	flag := rapid.Bool()
	return consent.DocFacts{
		Type: rapid.SampledFrom(docTypes).Draw(t, "type"), AuthorID: rapid.SampledFrom([]string{reader, other, ""}).Draw(t, "author"),
		Status: rapid.SampledFrom([]string{consent.StatusCurrent, consent.StatusSuperseded, consent.StatusWithdrawn}).Draw(t, "status"),
		Masked: flag.Draw(t, "masked"), Archived: flag.Draw(t, "archived"), HiddenPatient: flag.Draw(t, "hidden"),
		HiddenReps: flag.Draw(t, "hiddenReps"), ByPatient: flag.Draw(t, "byPatient"),
	}
}

// drawGrant gives a grant of the record for somebody, nil where nothing is
// granted.
func drawGrant(t *rapid.T, k *kit, f consent.Facts) *consent.Grant {
	f.MT = rapid.SampledFrom([]string{"", reader, other}).Draw(t, "mt")
	f.MaskedInEmergency = rapid.Bool().Draw(t, "maskedInEmergency")
	if rapid.Bool().Draw(t, "authorised") {
		f.Authorisations = []consent.Relation{{Actor: consent.Actor{ID: reader}}}
	}
	if rapid.Bool().Draw(t, "blocked") {
		f.Blocks = []consent.Actor{{ID: reader}}
	}
	switch rapid.SampledFrom([]string{"professional", "holder", "representative", "backup", "demo"}).Draw(t, "who") {
	case "holder":
		g, _ := consent.ForHolder("holder", f, k.at)
		return g
	case "representative":
		g, _ := consent.ForRepresentative(consent.Relation{Actor: consent.Actor{ID: "rep"}}, f, k.at)
		return g
	case "backup":
		return consent.ForBackup(k.at)
	case "demo":
		return consent.ForDemo(k.at)
	}
	return consent.Decide(consent.Request{
		Requester: consent.Requester{
			ID: reader, Profession: rapid.SampledFrom([]string{"10", "21"}).Draw(t, "profession"),
			Specialty: rapid.SampledFrom([]string{"", "SM59"}).Draw(t, "specialty"),
		},
		Mode:       rapid.SampledFrom([]string{fhir.ModeNormal, fhir.ModeBreakGlass, fhir.ModeCentre15}).Draw(t, "mode"),
		SessionEnd: k.at.Add(time.Hour), Function: consent.FunctionRead, Now: k.at,
	}, f, matrix{}).Grant
}

// filterAgrees: what a list gives, counts and reveals is what Filter.Allows
// lets pass, document by document.
func filterAgrees(t *testing.T, k *kit) {
	rapid.Check(t, func(rt *rapid.T) {
		r := k.person()
		facts := map[string]consent.DocFacts{}
		for range rapid.IntRange(0, 12).Draw(rt, "documents") {
			d := k.newDoc(r)
			d.Facts = drawFacts(rt)
			k.add(r, d, []byte("x"))
			facts[d.ID] = d.Facts
		}
		r = k.fresh(r)
		g := drawGrant(rt, k, r.Facts)
		q := store.DocQuery{
			Statuses: rapid.SliceOfDistinct(rapid.SampledFrom([]string{
				consent.StatusCurrent, consent.StatusSuperseded, consent.StatusWithdrawn, "unknown",
			}), rapid.ID[string]).Draw(rt, "statuses"),
			Limit: 100,
		}
		page, err := k.Documents(bg, g, r, q)
		if g == nil {
			if !errors.Is(err, store.ErrNoGrant) {
				rt.Fatalf("without a grant: %v", err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		var got, want []string
		for _, d := range page.Docs {
			got = append(got, d.ID)
		}
		for id, f := range facts {
			if g.Filter().Allows(f) && slices.Contains(q.Statuses, f.Status) {
				want = append(want, id)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || page.Total != len(want) {
			rt.Fatalf("lists %v (total %d), the filter lets %v pass", got, page.Total, want)
		}
		k.revealAgrees(rt, g, r, facts)
	})
}

// revealAgrees: one by one, in bytes and as links, the same.
func (k *kit) revealAgrees(rt *rapid.T, g *consent.Grant, r *store.Record, facts map[string]consent.DocFacts) {
	for id, f := range facts {
		d, rec, err := k.Locate(bg, id, "")
		if err != nil {
			rt.Fatal(err)
		}
		if d.Facts != f {
			rt.Fatalf("kept %+v of %+v", d.Facts, f)
		}
		_, err = k.Reveal(bg, g, d, rec)
		_, readErr := k.read(g, d, rec)
		seen, linkErr := k.Visible(bg, g, r, []int64{d.N})
		if allowed := g.Filter().Allows(f); (err == nil) != allowed || (readErr == nil) != allowed || linkErr != nil || (seen[d.N] == id) != allowed {
			rt.Fatalf("allowed %v: reveal %v, content %v, link %v %v", allowed, err, readErr, seen, linkErr)
		}
	}
}

func pagesJoin(t *testing.T, k *kit) {
	r := k.person()
	for i := range 23 {
		d := k.newDoc(r)
		d.PeriodStart = k.at.AddDate(0, 0, -i%5) // many on one day
		k.add(r, d, []byte("x"))
	}
	r = k.fresh(r)
	g := k.grant(r)
	seen := map[string]bool{}
	q := store.DocQuery{Statuses: []string{consent.StatusCurrent}, Limit: 7}
	for pages := 1; ; pages++ {
		page, err := k.Documents(bg, g, r, q)
		k.must(err)
		if page.Total != 23 {
			t.Fatalf("total %d", page.Total)
		}
		for _, d := range page.Docs {
			if seen[d.ID] {
				t.Errorf("%s twice", d.ID)
			}
			seen[d.ID] = true
		}
		if !page.More {
			if pages != 4 || len(seen) != 23 {
				t.Errorf("%d pages, %d documents", pages, len(seen))
			}
			return
		}
		last := page.Docs[len(page.Docs)-1]
		q.After = store.DocPos{Start: last.PeriodStart.UnixMilli(), N: last.N}
	}
}

func uniqueOnce(t *testing.T, k *kit) {
	r := k.person()
	d := k.newDoc(r)
	k.add(r, d, []byte("x"))
	twin := k.newDoc(r)
	twin.UniqueID, twin.Size = d.UniqueID, 1
	stored := k.put(r, twin, []byte("y"))
	err := k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddDocument(twin, stored) }})
	if !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("the same unique id: %v", err)
	}
	once := func() error {
		return k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.AddOnce("a", "key", d.N, k.at) }})
	}
	k.must(once())
	if err := once(); !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("the same key: %v", err)
	}
	if n, id, err := k.Once(bg, "a", "key"); err != nil || n != d.N || id != d.ID {
		t.Errorf("once: %d %s %v", n, id, err)
	}
	if _, _, err := k.Once(bg, "b", "key"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's key: %v", err)
	}
}

func versionsFollow(t *testing.T, k *kit) {
	r := k.person()
	d := k.newDoc(r)
	k.add(r, d, []byte("x"))
	before := k.fresh(r)
	next := *d
	next.Version, next.Facts.Masked, next.Served = 2, true, []byte(`{"v":2}`)
	update := func() error {
		return k.Do(bg, store.Op{Do: func(tx store.Tx) error { return tx.UpdateDocument(&next, []byte("patch")) }})
	}
	k.must(update())
	after := k.fresh(r)
	if after.Facts.Epoch == before.Facts.Epoch || after.Docs == before.Docs {
		t.Error("a change of a document moves neither epoch nor docs")
	}
	found, rec, err := k.Locate(bg, d.ID, "")
	k.must(err)
	body, err := k.Reveal(bg, k.grant(rec), found, rec)
	if err != nil || string(body) != `{"v":2}` || !found.Facts.Masked {
		t.Errorf("%s, %v", body, err)
	}
	if err := update(); !errors.Is(err, store.ErrVersion) {
		t.Errorf("the same version again: %v", err)
	}
}

func docsNoticed(t *testing.T, k *kit) {
	r := k.person()
	seen := k.fresh(r)
	k.add(r, k.newDoc(r), []byte("x"))
	err := k.Do(bg, store.Op{Still: []store.Still{{Record: r.N, Epoch: seen.Facts.Epoch, Docs: seen.Docs}}})
	if !errors.Is(err, store.ErrStale) {
		t.Errorf("a list that is too short: %v", err)
	}
	if err := k.Do(bg, store.Op{Still: []store.Still{{Record: r.N, Epoch: seen.Facts.Epoch}}}); err != nil {
		t.Errorf("one document, read while another came: %v", err)
	}
}
