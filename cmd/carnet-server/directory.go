package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"carnet/cmd/carnet-server/internal/record"
)

// directoryImport adds professionals and structures to the directory that
// patients search, and renews those that are there.
func (m *Main) directoryImport(ctx context.Context, args []string) (err error) {
	set := m.flags("directory import")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory; its server must be stopped")
	if err := parse(set, args, 1); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	from := m.Stdin
	if name := set.Arg(0); name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("the list cannot be read: %w", err)
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	service, err := record.Open(ctx, record.Config{Dir: *data, Now: m.Now})
	if err != nil {
		return notOpened(err)
	}
	n, err := service.ImportDirectory(ctx, from)
	if _, e := fmt.Fprintf(m.Stdout, "Professionals and structures taken: %d\n", n); e != nil {
		err = errors.Join(err, e)
	}
	return errors.Join(err, service.Close())
}
