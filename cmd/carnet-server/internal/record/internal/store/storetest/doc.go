// Package storetest is the conformance suite of store.Store: whatever keeps
// records must pass it. An implementation calls Run from a test, with a
// function that opens an empty store.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Opener opens an empty store whose clock is now.
type Opener func(t testing.TB, now func() time.Time) store.Store

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *kit){
		"a grant opens its record and no other":                grantOpens,
		"what is sealed comes back":                            contentComesBack,
		"bytes that were put are nobody's":                     putIsNobodys,
		"bytes that break off are not put":                     putBreaksOff,
		"bytes of one document are no other's":                 bytesOfAnother,
		"the filter agrees with its query":                     filterAgrees,
		"pages join up":                                        pagesJoin,
		"an op that fails hurts nobody else":                   failureAlone,
		"an op of an older epoch does nothing":                 staleDoesNothing,
		"an op that changes another list is noticed":           docsNoticed,
		"a unique id is taken once":                            uniqueOnce,
		"a version follows the one before":                     versionsFollow,
		"a panel moves with what it is made of":                panelMoves,
		"a removed relation leaves the panel":                  panelLeaves,
		"the log keeps order and tells who":                    logKeepsOrder,
		"the entries of a record count up":                     entriesNumbered,
		"notices, their marks and e-mails are kept":            noticesKept,
		"complaints and leases end once":                       complaintsAndLeases,
		"the heads of exports are kept":                        exportsKept,
		"copies keep what they were given":                     copiesKept,
		"a read is handed in once":                             handedInOnce,
		"letters go to and fro":                                lettersExchanged,
		"what one reader opened is no other's":                 lettersRead,
		"a key sends one letter":                               lettersOnce,
		"an exchange keeps to its rule":                        lettersRuled,
		"letters open to their record's grant alone":           lettersSealed,
		"letters are found by their words":                     lettersIndexed,
		"words of letters go on in parts":                      lettersIndexedInParts,
		"items of the profile are kept and taken back":         itemsKept,
		"items open to their record's grant alone":             itemsSealed,
		"many writers lose nothing":                            manyWriters,
		"a document that appears is found":                     missForgotten,
		"after closing nothing is accepted":                    closedAccepts,
		"every change is told before its op is done":           changesTold,
		"what follows from a change of rights is done with it": rightsSettled,
		"people are found by identifier and by trait":          peopleFound,
	} {
		t.Run(name, func(t *testing.T) {
			k := &kit{t: t, at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
			k.Store = open(t, func() time.Time { return k.at })
			t.Cleanup(func() {
				if err := k.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, k)
		})
	}
}

// kit is an open store with short ways to fill it.
type kit struct {
	store.Store
	t  testing.TB
	at time.Time
	n  int
}

var bg = context.Background()

const (
	reader = "810000000001" // the médecin traitant of every person of the kit
	other  = "810000000002"
)

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// do runs an op.
func (k *kit) do(f func(tx store.Tx) error) {
	k.t.Helper()
	k.must(k.Do(bg, store.Op{Do: f}))
}

// person adds a person with an open record.
func (k *kit) person() *store.Record {
	k.t.Helper()
	k.n++
	p := store.Person{Patient: fhir.Patient{
		ID: fmt.Sprintf("p%d", k.n), INS: fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("%015d", k.n)},
		BirthName: "LEFÈVRE", Given: []string{"Zoé"}, Gender: "female", BirthDate: "1962-03-12", Reliability: "QUAL",
	}, SortName: "lefevre zoe", MatchKey: "lefevre|zoe|F|1962-03-12", Words: []string{"lefevre", "zoe"}}
	k.do(func(tx store.Tx) error {
		return tx.AddPerson(&p, store.RecordState{State: consent.StateOpen, MT: reader})
	})
	r, err := k.Record(bg, p.N)
	k.must(err)
	return r
}

// fresh reads a record again.
func (k *kit) fresh(r *store.Record) *store.Record {
	k.t.Helper()
	r, err := k.Fresh(bg, r.N)
	k.must(err)
	return r
}

// newDoc describes a document of a record.
func (k *kit) newDoc(r *store.Record) *store.Doc {
	k.n++
	id := fmt.Sprintf("d%d", k.n)
	return &store.Doc{
		ID: id, UniqueID: "urn:oid:1.2." + id, Record: r.N, Class: "11", Filer: other, ContentType: "text/plain",
		Facts: consent.DocFacts{Type: "11488-4", AuthorID: other, Status: consent.StatusCurrent}, Version: 1,
		Filed: k.at, Updated: k.at, PeriodStart: k.at, PeriodEnd: k.at, Served: []byte(`{"id":"` + id + `"}`),
	}
}

// add writes a document with a content.
func (k *kit) add(r *store.Record, d *store.Doc, content []byte) {
	k.t.Helper()
	d.Size = int64(len(content))
	stored := k.put(r, d, content)
	k.do(func(tx store.Tx) error { return tx.AddDocument(d, stored) })
}

// put writes the bytes of a document that is to be added.
func (k *kit) put(r *store.Record, d *store.Doc, content []byte) store.Stored {
	k.t.Helper()
	s, err := k.Put(bg, incoming(r, d, content))
	k.must(err)
	return s
}

func incoming(r *store.Record, d *store.Doc, content []byte) store.Incoming {
	return store.Incoming{Record: r, ID: d.ID, Received: d.Served, Content: bytes.NewReader(content), Size: int64(len(content))}
}

// matrix lets everyone read two types.
type matrix struct{}

func (matrix) Allowed(typeCode, _ string) (allowed, known bool) {
	return typeCode == "11488-4" || typeCode == "11502-2", true
}
func (matrix) Column(string) []string { return []string{"11488-4", "11502-2"} }

// grant is the médecin traitant's grant.
func (k *kit) grant(r *store.Record) *consent.Grant {
	k.t.Helper()
	d := consent.Decide(consent.Request{
		Requester: consent.Requester{ID: reader, Profession: "10", Specialty: "SM54"}, Mode: fhir.ModeNormal,
		Function: consent.FunctionRead, Now: k.at,
	}, r.Facts, matrix{})
	if d.Grant == nil {
		k.t.Fatalf("no grant: %s", d.Refusal)
	}
	return d.Grant
}

func (k *kit) read(g *consent.Grant, d store.Doc, r *store.Record) (string, error) {
	c, err := k.Content(bg, g, d, r)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	b, err := io.ReadAll(c)
	return string(b), err
}

func grantOpens(t *testing.T, k *kit) {
	a, b := k.person(), k.person()
	d := k.newDoc(a)
	k.add(a, d, []byte("secret"))
	found, rec, err := k.Locate(bg, d.ID, "")
	k.must(err)
	late := k.grant(a)
	for name, try := range map[string]func() error{
		"no grant":             func() error { _, err := k.read(nil, found, rec); return err },
		"the zero grant":       func() error { _, err := k.read(&consent.Grant{}, found, rec); return err },
		"another record's":     func() error { _, err := k.read(k.grant(b), found, b); return err },
		"another record's key": func() error { _, err := k.Reveal(bg, k.grant(b), found, rec); return err },
		"a list without":       func() error { _, err := k.Documents(bg, &consent.Grant{}, rec, store.DocQuery{Limit: 1}); return err },
		"sets without":         func() error { _, err := k.Sets(bg, &consent.Grant{}, rec, store.SetQuery{Limit: 1}); return err },
		"links without":        func() error { _, err := k.Visible(bg, &consent.Grant{}, rec, []int64{found.N}); return err },
		"one that only files":  func() error { _, err := k.read(consent.ForDemo(k.at), found, rec); return err },
		"one that expired": func() error {
			defer func(at time.Time) { k.at = at }(k.at)
			k.at = late.Expires()
			_, err := k.read(late, found, rec)
			return err
		},
	} {
		if err := try(); !errors.Is(err, store.ErrNoGrant) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := k.read(k.grant(a), found, rec); err != nil || got != "secret" {
		t.Errorf("the record's own grant: %q, %v", got, err)
	}
}

func contentComesBack(t *testing.T, k *kit) {
	r := k.person()
	const piece = store.PieceSize
	for _, size := range []int{1, 1000, piece - 1, piece, piece + 1, 3*piece + 5} {
		d := k.newDoc(r)
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i * 7 >> (i % 5))
		}
		k.add(r, d, content)
		found, rec, err := k.Locate(bg, d.ID, "")
		k.must(err)
		if got, err := k.read(k.grant(rec), found, rec); err != nil || got != string(content) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
	}
}

func missForgotten(t *testing.T, k *kit) {
	r := k.person()
	d := k.newDoc(r)
	for range 2 {
		if _, _, err := k.Locate(bg, d.ID, ""); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
	}
	k.add(r, d, []byte("x"))
	if found, _, err := k.Locate(bg, d.ID, ""); err != nil || found.ID != d.ID {
		t.Errorf("%+v, %v", found, err)
	}
}

func closedAccepts(t *testing.T, k *kit) {
	k.must(k.Close())
	if err := k.Do(bg, store.Op{}); !errors.Is(err, store.ErrClosed) {
		t.Error(err)
	}
}

func peopleFound(t *testing.T, k *kit) {
	r := k.person()
	p, err := k.PersonByIdentifier(bg, fhir.Identifier{System: fhir.SystemINSTest, Value: "000000000000001"})
	if err != nil || p.N != r.N || p.Given[0] != "Zoé" || !p.Active {
		t.Errorf("by identifier: %+v, %v", p, err)
	}
	if _, err := k.PersonByIdentifier(bg, fhir.Identifier{System: "other", Value: "000000000000001"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another system: %v", err)
	}
	all, err := k.PersonsByMatch(bg, "lefevre|zoe|F|1962-03-12")
	if err != nil || len(all) != 1 {
		t.Errorf("by match: %+v, %v", all, err)
	}
	for words, want := range map[string]int{"lef": 1, "zo": 1, "efevre": 0, "lefevrez": 0} {
		all, total, err := k.PersonsByTraits(bg, store.TraitQuery{Words: []string{words}, BirthDate: "1962", Limit: 5})
		if err != nil || len(all) != want || total != want {
			t.Errorf("by %s: %+v, %d, %v", words, all, total, err)
		}
	}
	k.do(func(tx store.Tx) error { return tx.SetRecord(r.N, store.RecordState{State: consent.StateClosed}) })
	if all, _, err := k.PersonsByTraits(bg, store.TraitQuery{Words: []string{"lef"}, Limit: 5}); err != nil || len(all) != 0 {
		t.Errorf("a closed record by trait: %+v, %v", all, err)
	}
}
