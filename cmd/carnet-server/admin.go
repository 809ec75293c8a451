package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
	"carnet/cmd/internal/buildinfo"
)

// claimFlags are the flags by which an account or a client says who it is.
func claimFlags(set *flag.FlagSet) *idp.Claims {
	var c idp.Claims
	set.StringVar(&c.Name, "name", "", "as it stands in the patient's history")
	set.StringVar(&c.Role, "profession", "", "TRE_G15 code: 10 doctor, 21 pharmacist, 60 nurse …")
	set.StringVar(&c.Organisation, "org", "", "national id of the structure")
	set.StringVar(&c.OrgName, "org-name", "", "its name")
	set.StringVar(&c.Sector, "sector", "", "JDV_J02 code of its kind, e.g. SA07")
	return &c
}

// existing refuses a directory that init has not made.
func (m *Main) existing(dir string) error {
	if dir == "" {
		return usageError("-data is missing: the directory that init made")
	}
	if _, err := os.Stat(filepath.Join(dir, idp.FileName)); err != nil {
		return usageError("this is not a data directory: run carnet-server init -data DIR first")
	}
	return ownDirectory(dir)
}

// notOpened says why a command cannot have the record store, and what to do.
func notOpened(err error) error {
	if record.InUse(err) {
		return usageError("a server uses this data directory: stop it (SIGTERM, it finishes what is under way), run this command again, then start the server; nothing was changed")
	}
	return fmt.Errorf("the record store cannot be opened: %w", err)
}

// initialise makes a data directory. Doing it twice is an error: nothing is
// ever overwritten.
func (m *Main) initialise(ctx context.Context, args []string) error {
	set := m.flags("init")
	dir := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if *dir == "" {
		return usageError("-data is missing")
	}
	if _, err := os.Stat(filepath.Join(*dir, kindFile)); err == nil {
		return usageError("there is already a data directory here; it was left as it is")
	}
	if err := ownDirectory(*dir); err != nil {
		return err
	}
	service, err := record.Open(ctx, record.Config{Dir: *dir, Now: m.Now})
	if err != nil {
		return fmt.Errorf("the record store cannot be made: %w", err)
	}
	if err := service.Close(); err != nil {
		return err
	}
	// The issuer is not kept: any will do to make the file and its key.
	provider, err := idp.Open(ctx, idp.Config{Dir: *dir, Issuer: "https://localhost/oidc", Now: m.Now})
	if err != nil {
		return fmt.Errorf("the accounts cannot be made: %w", err)
	}
	if err := provider.Close(); err != nil {
		return err
	}
	if err := writeKind(*dir, kindInstalled); err != nil {
		return err
	}
	_, err = fmt.Fprintln(m.Stdout, "The data directory was made. Keep its keys apart from its backups; next: carnet-server user add.")
	return err
}

// verify checks the log and the store against each other.
func (m *Main) verify(ctx context.Context, args []string) error {
	set := m.flags("verify")
	dir := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*dir); err != nil {
		return err
	}
	report, err := record.Verify(ctx, *dir)
	if err != nil {
		return err
	}
	return m.printVerified(report)
}

// shownProblems is how many problems are told one by one.
const shownProblems = 20

// printVerified prints a report; a log or a store that was touched is an error.
func (m *Main) printVerified(r record.VerifyReport) error {
	head := "none yet"
	if !r.HeadTime.IsZero() {
		head = r.HeadTime.UTC().Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(m.Stdout, "log entries: %d, latest signed head: %s, documents that are as filed and changed: %d\n", r.Leaves, head, r.Documents)
	shown := min(len(r.Problems), shownProblems)
	for _, p := range r.Problems[:shown] {
		_, e := fmt.Fprintf(m.Stdout, "problem at %d: %s\n", p.Place, p.What)
		err = errors.Join(err, e)
	}
	if more := len(r.Problems) - shown; more > 0 {
		_, e := fmt.Fprintf(m.Stdout, "… and %d more\n", more)
		err = errors.Join(err, e)
	}
	if err == nil && len(r.Problems) > 0 {
		err = fmt.Errorf("%d problem(s): somebody or something changed the data; keep it as it is and compare with a backup", len(r.Problems))
	}
	return err
}

// backup copies the store and the accounts into a new directory.
func (m *Main) backup(ctx context.Context, args []string) error {
	set := m.flags("backup")
	dir := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	to := set.String("to", "", "directory of the copy; must not exist")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*dir); err != nil {
		return err
	}
	if *to == "" {
		return usageError("-to is missing")
	}
	if _, err := os.Lstat(*to); !errors.Is(err, os.ErrNotExist) {
		return usageError("-to exists already; nothing was copied")
	}
	if err := record.BackupData(ctx, *dir, *to); err != nil {
		return err
	}
	if err := ownDirectory(*to); err != nil {
		return err
	}
	if err := idp.Backup(ctx, *dir, filepath.Join(*to, idp.FileName)); err != nil {
		return err
	}
	kind, err := os.ReadFile(filepath.Join(*dir, kindFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(*to, kindFile), kind, 0o600)
	}
	if err != nil {
		return fmt.Errorf("the copy cannot be completed: %w", err)
	}
	_, err = fmt.Fprintln(m.Stdout, "The copy is complete, without keys. Save them apart, now: carnet-server keys save. To use or check a copy, carnet-server keys restore first.")
	return err
}

// version prints the version.
func (m *Main) version(_ context.Context, args []string) error {
	if err := parse(m.flags("version"), args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(m.Stdout, buildinfo.Version())
	return err
}
