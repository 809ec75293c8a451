// Program carnet-lab files a laboratory's results, without a screen: a folder, a
// list of files or a manifest goes to the right records, once each, over crashes
// and cut networks, and tells what became of every file.
//
//	carnet-lab init                 make the keys and a model of the configuration
//	carnet-lab send FOLDER          send what is there, and say what became of it
//	carnet-lab watch FOLDER         send what comes, for as long as it runs
//	carnet-lab report -from DATE    what went where, what did not, and why
//	carnet-lab -help                every command, setting and exit code
//
// This package wires: settings (options.go), the parts of a run (lab.go: the
// engine of client/batch, the durable outbox and notebook of cache, the sign-in of
// client/session), the commands (a file each), their words (words.go) and what is
// kept of every file (history.go). What is done to the laboratory's folder is in
// internal/folder. A second carnet-lab asks the one that runs (control.go).
//
// On disk, outside the laboratory's own folders, everything is sealed; the log
// holds neither file names nor identifiers.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"carnet/client/pdfcheck"
)

func main() {
	// A PDF is checked in a child process of this same program.
	pdfcheck.RunWorkerIfAsked()
	protectProcess()
	os.Exit(program(time.Now))
}

// program runs the program by a clock.
func program(now func() time.Time) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once: what was acknowledged is on disk.
	context.AfterFunc(ctx, stop)
	m := &Main{
		Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: now,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	defer stop()
	return m.Run(ctx, os.Args[1:])
}

// Main is the program as a value, so that a test starts it whole.
type Main struct {
	Stdout   io.Writer // what was asked for
	Stderr   io.Writer // progress, the log, and what went wrong
	Getenv   func(string) string
	Now      func() time.Time
	Terminal bool // Stderr is one: progress is drawn there
}
