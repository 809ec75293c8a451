package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/client/witness"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/record"
)

// logServer serves the log of a data directory.
func logServer(t *testing.T, dir string) (*record.Service, *httptest.Server) {
	t.Helper()
	s, err := record.Open(context.Background(), record.Config{Dir: dir, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetLevel(logrus.PanicLevel)
	server := httptest.NewServer(httpapi.New(httpapi.Config{Records: s, Log: log, URL: "http://localhost", SpoolDir: t.TempDir()}))
	t.Cleanup(func() {
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, server
}

// A desktop that kept a head notices a server that went back to an old copy of
// its files, by the server's own answers.
func TestADesktopWitnessesTheServer(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, server := logServer(t, filepath.Join(dir, "data"))
	seeder, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(seeder.AddPatient(record.PatientSeed{
		ID: "p1", INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "162037500000110"},
		BirthName: "LEFÈVRE", Given: []string{"Zoé"}, Gender: "female", BirthDate: "1962-03-12",
	}), seeder.SetRecord(record.RecordSeed{PatientID: "p1"}),
		seeder.SetLife(record.Life{Patient: "p1", State: record.LifeActivated, Activated: time.Now()}), seeder.Close())
	if err != nil {
		t.Fatal(err)
	}
	visit := func(s *record.Service) {
		t.Helper()
		if _, err := s.History(ctx, record.Citizen{ID: "p1"}, "p1", record.HistoryQuery{}); err != nil {
			t.Fatal(err)
		}
	}
	kept := witness.File{Path: filepath.Join(dir, "witness.json")}
	desktop := witness.Watch{Store: kept, Server: witness.HTTP{Base: server.URL, Client: server.Client()}}
	for i := range 12 {
		visit(s)
		state, err := desktop.Check(ctx)
		if err != nil {
			t.Fatalf("check %d: %v", i, err)
		}
		if last, ok := state.Last(); !ok || last.Size != int64(i+2) {
			t.Fatalf("check %d: %+v", i, last)
		}
		if i == 6 {
			from, keys, to := filepath.Join(dir, "data"), filepath.Join(dir, "keys"), filepath.Join(dir, "copy")
			if err := errors.Join(record.BackupData(ctx, from, to), record.SaveKeys(from, keys), record.RestoreKeys(keys, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	old, restored := logServer(t, filepath.Join(dir, "copy"))
	desktop.Server = witness.HTTP{Base: restored.URL, Client: restored.Client()}
	for i, want := range []string{witness.AlarmShorter, witness.AlarmRewritten} {
		var alarm *witness.Alarm
		if _, err := desktop.Check(ctx); !errors.As(err, &alarm) || alarm.Code != want {
			t.Errorf("the restored copy, %d: %v, want %s", i, err, want)
		}
		for range 9 {
			visit(old)
		}
	}
}
