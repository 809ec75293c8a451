package main

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/ui/batch"
	"carnet/ui/unlock"
)

// strict is a checker that refuses everything.
type strict struct{}

func (strict) CheckReader(context.Context, io.ReaderAt, int64) (pdfcheck.Report, error) {
	return pdfcheck.Report{Verdict: pdfcheck.Refused}, nil
}

var hugo = client.Person{ID: "899700000044", Name: "Dr Hugo LEFÈVRE", OrgID: "1750000012", OrgName: "Laboratoire", Sector: "SA25"}

// theLot opens somebody's lot.
func theLot(t *testing.T, k *keep) batch.Engine {
	t.Helper()
	lot, who, err := lots{clienttest.New(clienttest.Options{}), strict{}}.open(context.Background(), k.Kept(), hugo, fhir.Party{})
	if err != nil || who.ID != hugo.ID {
		t.Fatalf("the lot of %q: %v", who.ID, err)
	}
	return lot
}

// readOne adds a file to a running lot, and returns at the moment when it is refused:
// before the lot has written that down. over is closed when Run has returned.
func readOne(t *testing.T, lot batch.Engine) (over chan struct{}) {
	t.Helper()
	refused := make(chan struct{}, 1)
	lot.Follow(func(engine.Event) {
		if lot.Counts().By[engine.Refused] == 1 {
			select {
			case refused <- struct{}{}:
			default:
			}
		}
	})
	over = make(chan struct{})
	go func() {
		defer close(over)
		if err := lot.Run(context.Background()); err != nil {
			t.Errorf("running: %v", err)
		}
	}()
	file := filepath.Join(t.TempDir(), "résultat.pdf")
	write(t, file, []byte("%PDF-1.4"))
	if err := lot.Add(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	<-refused
	return over
}

// Who signs out or quits while files are being read loses nothing of what was found:
// the lot ends and writes it down before the notebook is closed, although nobody else
// told it to.
func TestALotIsWrittenDownBeforeItsNotebookCloses(t *testing.T) {
	for name, leave := range map[string]func(*keep){
		"signing out":    func(k *keep) { k.Leave() },
		"quitting":       func(k *keep) { _ = k.Close() },
		"somebody else":  func(k *keep) { wantNeed(t, k, louis, unlock.Nothing) },
		"the page first": func(k *keep) { k.Leave() },
	} {
		t.Run(name, func(t *testing.T) {
			dir, r := t.TempDir(), &ring{kept: map[string]string{}}
			k := newTestKeep(t, dir, r, false)
			wantNeed(t, k, hugo, unlock.Nothing)
			lot := theLot(t, k)
			over := readOne(t, lot)
			if name == "the page first" {
				if err := lot.(io.Closer).Close(); err != nil {
					t.Fatal(err)
				}
			}
			leave(k)
			<-over // nobody else told the lot to end
			k = newTestKeep(t, dir, r, false)
			wantNeed(t, k, hugo, unlock.Nothing)
			rows, _ := theLot(t, k).Rows(engine.Query{})
			if len(rows) != 1 || rows[0].Verdict != pdfcheck.Refused {
				t.Fatalf("after coming back the lot is %+v", rows)
			}
		})
	}
}

// What was opened before leaving is of no use afterwards: no lot is made over it.
func TestNoLotOverAClosedNotebook(t *testing.T) {
	k := newTestKeep(t, t.TempDir(), &ring{kept: map[string]string{}}, false)
	wantNeed(t, k, hugo, unlock.Nothing)
	kept := k.Kept()
	k.Leave()
	l := lots{clienttest.New(clienttest.Options{}), strict{}}
	if _, _, err := l.open(context.Background(), kept, hugo, fhir.Party{}); err == nil {
		t.Fatal("a lot was opened over a closed notebook")
	}
}
