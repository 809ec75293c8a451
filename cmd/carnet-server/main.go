// Program carnet-server holds health records, decides every access by the
// patient's consent and logs every access into the patient's own history.
//
// This package only wires: flags and environment (options.go), the commands
// (commands.go, and a file each), the listener and its life (serve.go, tls.go,
// deadlines.go), and which part gets which other (assemble.go; portal.go,
// patient.go and inside.go of the patients' side, mail.go of what is sent). What
// the server does is in internal/record and what stands around it.
//
//	carnet-server -demo                      try it, with fictional people
//	carnet-server init -data /var/lib/carnet then: user add, and serve with TLS
//	carnet-server -help                      every flag and command
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"carnet/client/pdfcheck"
)

func main() {
	// A PDF is checked in a child process of this same program.
	pdfcheck.RunWorkerIfAsked()
	protectProcess()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	m := &Main{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
	err := m.Run(ctx, os.Args[1:])
	stop()
	os.Exit(exitCode(m, err))
}

// exitCode says an error to the person and gives the exit code: 2 for a wrong
// use, 1 for a failure.
func exitCode(m *Main, err error) int {
	var misuse usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &misuse):
		_, _ = fmt.Fprintln(m.Stderr, "carnet-server:", err)
		_, _ = fmt.Fprintln(m.Stderr, "See carnet-server -help.")
		return 2
	}
	_, _ = fmt.Fprintln(m.Stderr, "carnet-server:", err)
	return 1
}
