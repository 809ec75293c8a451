package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"carnet/cmd/carnet-server/internal/record"
)

// directoryImport adds professionals and structures to the directory that
// patients search, and renews those that are there.
func (m *Main) directoryImport(ctx context.Context, args []string) error {
	return m.importList(ctx, "directory import", args, func(service *record.Service, list io.Reader) error {
		n, err := service.ImportDirectory(ctx, list)
		_, e := fmt.Fprintf(m.Stdout, "Professionals and structures taken: %d\n", n)
		return errors.Join(err, e)
	})
}

// importList runs a command that takes a list, from the file that its one
// argument names or, for "-", from standard input, into the records of a server
// that is stopped.
func (m *Main) importList(ctx context.Context, name string, args []string, take func(*record.Service, io.Reader) error) error {
	set := m.flags(name)
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
	return errors.Join(take(service, from), service.Close())
}
