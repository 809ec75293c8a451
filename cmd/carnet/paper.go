package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
)

// paper prints through the system's queue, CUPS's lp, which takes PDF, images
// and text on its standard input: nothing is written to disk by Carnet. The job
// has a name without meaning, for it is shown in queues.
type paper struct {
	look func(string) (string, error)                                         // exec.LookPath
	run  func(ctx context.Context, path string, in []byte, a ...string) error // see lp
}

func newPaper() paper { return paper{look: exec.LookPath, run: lp} }

// lp runs a program with in on its standard input.
func lp(ctx context.Context, path string, in []byte, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = bytes.NewReader(in)
	return cmd.Run()
}

// Print implements record.Printer.
func (p paper) Print(ctx context.Context, c client.Content) error {
	if !printable(c.Type) {
		return fhir.E(fhir.UnsupportedMedia, "this kind of document cannot be printed")
	}
	path, err := p.look("lp")
	if err != nil {
		return fhir.E(fhir.Unavailable, "there is no printing system on this computer")
	}
	if err := p.run(ctx, path, c.Bytes, "-t", "Carnet", "-"); err != nil {
		if ctx.Err() != nil {
			return fhir.Wrap(fhir.Canceled, ctx.Err())
		}
		return fhir.Wrap(fhir.Unavailable, err)
	}
	return nil
}

// printable tells what lp knows how to print.
func printable(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, ";")
	switch strings.TrimSpace(kind) {
	case "application/pdf", "image/jpeg", "image/png", "image/tiff", "text/plain":
		return true
	}
	return false
}
