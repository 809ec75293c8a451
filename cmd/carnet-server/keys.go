package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// keysSave copies the keys apart from the store.
func (m *Main) keysSave(ctx context.Context, args []string) error {
	set := m.flags("keys save")
	dir := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	to := set.String("to", "", "file of the copy; one that is there is replaced and overwritten")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*dir); err != nil {
		return err
	}
	if *to == "" {
		return usageError("-to is missing")
	}
	if inside, err := within(*dir, *to); err != nil || inside {
		return usageError("-to lies in the data directory; keep the copy of the keys elsewhere")
	}
	if err := idp.EnsureKey(ctx, *dir); err != nil {
		return err
	}
	if err := record.SaveKeys(*dir, *to, idp.KeyFile); err != nil {
		return err
	}
	_, err := fmt.Fprintln(m.Stdout, "The keys are saved. Keep this one copy, apart from the backups, and save it anew after each backup and each erasure.")
	return err
}

// within tells whether a file would lie in a directory.
func within(dir, file string) (bool, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return false, err
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return false, err
	}
	a, err := os.Stat(at)
	if err != nil {
		return false, err
	}
	b, err := os.Stat(folder)
	return err == nil && os.SameFile(a, b), nil
}

// keysRestore puts saved keys into a copy of the store.
func (m *Main) keysRestore(_ context.Context, args []string) error {
	set := m.flags("keys restore")
	from := set.String("from", "", "file that keys save made")
	dir := set.String("data", m.Getenv("CARNET_DATA"), "directory that backup made")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*dir); err != nil {
		return err
	}
	if *from == "" {
		return usageError("-from is missing")
	}
	if err := record.RestoreKeys(*from, *dir); err != nil {
		return err
	}
	_, err := fmt.Fprintln(m.Stdout, "The keys are in place. Check with carnet-server verify -data on this directory.")
	return err
}
