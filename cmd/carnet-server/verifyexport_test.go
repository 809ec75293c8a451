package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// exports makes two exports of one history, and the log's key.
func exports(t *testing.T) (older, newer, key string) {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	s, err := record.Open(ctx, record.Config{Dir: filepath.Join(dir, "data"), Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	seeder, err := s.Seed()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		seeder.AddPatient(record.PatientSeed{
			ID: "p1", INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "162037500000110"},
			BirthName: "LEFÈVRE", Given: []string{"Zoé"}, Gender: "female", BirthDate: "1962-03-12",
		}),
		seeder.SetRecord(record.RecordSeed{PatientID: "p1"}),
		seeder.SetLife(record.Life{Patient: "p1", State: record.LifeActivated, Activated: time.Now()}), seeder.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	who := record.Citizen{ID: "p1", Session: "s"}
	for _, name := range []string{"older", "newer"} {
		if _, err := s.History(ctx, who, "p1", record.HistoryQuery{}); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := s.ExportHistory(ctx, who, "p1", &b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if key, err = s.LogKey(ctx); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "older"), filepath.Join(dir, "newer"), key
}

func TestVerifyExportSaysWhetherAHistoryHolds(t *testing.T) {
	older, newer, key := exports(t)
	changed := filepath.Join(t.TempDir(), "changed")
	text, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().UTC().Format(time.DateOnly)
	if !strings.Contains(string(text), day) {
		t.Fatal("no day in the file")
	}
	if err := os.WriteFile(changed, []byte(strings.ReplaceAll(string(text), day, "2020-01-01")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		says   string
		exit   int
		errors string
	}{
		"says until when":       {args: []string{newer}, says: "whole until " + day},
		"an empty key":          {args: []string{"-key", "", newer}, exit: 2},
		"a key file of nothing": {args: []string{"-key", os.DevNull, newer}, exit: 2},
		"an empty older one":    {args: []string{newer, "-since", ""}, exit: 2},
		"an empty proof":        {args: []string{newer, "-since", older, "-proof", ""}, exit: 2},
		"a folder":              {args: []string{filepath.Dir(newer)}, exit: 2},
		"an older folder":       {args: []string{newer, "-since", filepath.Dir(newer)}, exit: 2},
		"whole":                 {args: []string{newer}, says: "GET /log/key"},
		"by its key":            {args: []string{"-key", key, newer}, says: "HOLDS: all 4 entries"},
		"since the older":       {args: []string{newer, "-since", older}, says: "its past was not rewritten"},
		"the wrong way round":   {args: []string{older, "-since", newer}, exit: 1, errors: "DOES NOT HOLD"},
		"changed":               {args: []string{changed}, exit: 1, errors: "data-protection officer"},
		"another key":           {args: []string{"-key", key + "A", newer}, exit: 1, errors: "another key"},
		"no file":               {args: nil, exit: 2},
		"a file that is not":    {args: []string{"nowhere"}, exit: 2},
		"a key that is not":     {args: []string{"-key", "nowhere", newer}, exit: 2},
		"a proof without since": {args: []string{"-proof", older, newer}, exit: 2},
	} {
		out, err := run(t, "", append([]string{"verify-export"}, c.args...)...)
		var errs buffer
		if got := exitCode(&Main{Stderr: &errs}, err); got != c.exit {
			t.Errorf("%s: exit %d, %v", name, got, err)
		}
		if !strings.Contains(out, c.says) || !strings.Contains(errs.String(), c.errors) {
			t.Errorf("%s: %q %q", name, out, errs.String())
		}
	}
}
