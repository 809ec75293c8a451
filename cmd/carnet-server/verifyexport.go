package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// verifyExport checks a history that a patient exported, without any server.
func (m *Main) verifyExport(_ context.Context, args []string) (err error) {
	set := m.flags("verify-export")
	since := set.String("since", "", "an older export of the same record, which this one must continue")
	proof := set.String("proof", "", "with -since: the answer of GET /log/consistency between the two, when the export carries none")
	key := set.String("key", "", "public key of the log as known from elsewhere (GET /log/key), or a file that holds it")
	// The file may stand before the flags: verify-export FILE -since OLD.
	var file string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[0], args[1:]
	}
	rest := 1
	if file != "" {
		rest = 0
	}
	if err := parse(set, args, rest); err != nil {
		return err
	}
	if file == "" {
		file = set.Arg(0)
	}
	if err := noneEmpty(set); err != nil {
		return err
	}
	if *proof != "" && *since == "" {
		return usageError("-proof says nothing without -since")
	}
	var check record.ExportCheck
	for _, open := range []struct {
		path string
		to   *io.Reader
	}{{file, &check.File}, {*since, &check.Since}, {*proof, &check.Proof}} {
		if open.path == "" {
			continue
		}
		f, openErr := openFile(open.path)
		if openErr != nil {
			return usageError(openErr.Error())
		}
		defer func() { _ = f.Close() }() // it was only read
		*open.to = f
	}
	if check.Key, err = keyText(*key); err != nil {
		return err
	}
	report, err := record.VerifyExport(check)
	switch {
	case errors.Is(err, record.ErrNoProof):
		return fmt.Errorf("this history carries no proof from the older one: fetch /log/consistency?from=%d&to=%d from the server and give it with -proof", report.Since, report.LogSize)
	case errors.Is(err, record.ErrExport):
		return fmt.Errorf("DOES NOT HOLD: %w. Keep the file as it is and write to the data-protection officer", err)
	case err != nil:
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	return m.printExport(report, check.Key != "")
}

// noneEmpty refuses a flag that is given without a value: it would check less
// than was meant.
func noneEmpty(set *flag.FlagSet) (err error) {
	set.Visit(func(f *flag.Flag) {
		if f.Value.String() == "" {
			err = usageError("-" + f.Name + " is given and empty")
		}
	})
	return err
}

// openFile opens what is not a folder.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// keyText gives a key that was given as text or as a file.
func keyText(key string) (string, error) {
	if key == "" || strings.Contains(key, "+") {
		return strings.TrimSpace(key), nil
	}
	text, err := os.ReadFile(key)
	if err == nil && !strings.Contains(string(text), "+") {
		err = fmt.Errorf("%s holds no key", key)
	}
	if err != nil {
		return "", usageError("-key is neither a public key nor a file that holds one: " + err.Error())
	}
	return strings.TrimSpace(string(text)), nil
}

// printExport says what a history that holds proves, and what it does not.
func (m *Main) printExport(r record.ExportReport, pinned bool) error {
	lines := []string{
		fmt.Sprintf("HOLDS: all %d entries of this record are in the signed log, none is missing, changed or moved", r.Entries),
		fmt.Sprintf("log %s, %d entries in all, head signed %s", r.LogName, r.LogSize, r.Signed.UTC().Format(time.RFC3339)),
	}
	first, last := r.First.UTC().Format(time.RFC3339Nano), r.Last.UTC().Format(time.RFC3339Nano)
	if r.Whole {
		lines = append(lines, fmt.Sprintf("from %s, whole until %s: what came later is in a later export", first, last))
	} else {
		lines = append(lines, fmt.Sprintf("from %s to %s: a file of this older form does not prove that nothing came between its end and the head", first, last))
	}
	if r.Withheld > 0 {
		lines = append(lines, fmt.Sprintf("%d of them are withheld from the reader for now: they are counted and cannot be read", r.Withheld))
	}
	if r.Unproved > 0 {
		lines = append(lines, fmt.Sprintf("%d of them are older than the numbering of entries: there as signed, and as many as the log counted then", r.Unproved))
	}
	if r.Untagged > 0 {
		lines = append(lines, fmt.Sprintf("%d of those withheld are older than the tag of the record: that they are about this record is not proved", r.Untagged))
	}
	if r.Since > 0 {
		lines = append(lines, fmt.Sprintf("the log goes on from the one of the older history (%d entries): its past was not rewritten", r.Since))
	}
	if !pinned {
		lines = append(lines, "signed by "+r.Key+": compare with the key that the service publishes (GET /log/key), or give it with -key")
	}
	_, err := fmt.Fprintln(m.Stdout, strings.Join(lines, "\n"))
	return err
}
