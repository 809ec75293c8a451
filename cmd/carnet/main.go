// Carnet is the professional's side of the health record, on the desktop. This
// package wires the parts together and does nothing else: the record (client),
// the sign-in (client/session), the screens (ui).
//
//	carnet -server https://carnet.example
//
// See carnet -help for the flags. Preferences (theme, size of texts, language,
// window) are kept by the toolkit under the application's id, fr.carnet.desktop;
// nothing about a patient is among them.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"carnet/client"
	"carnet/client/pdfcheck"
	"carnet/client/pdfium"
	"carnet/client/session"
	"carnet/cmd/internal/buildinfo"
	"carnet/cmd/internal/logging"
	"carnet/ui"
	"carnet/ui/settings"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/app"
	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
)

// appID names the application to the desktop and its preferences.
const appID = "fr.carnet.desktop"

func main() {
	pdfcheck.RunWorkerIfAsked()
	start := processStart()
	forbidCoreDumps()
	o, err := parse(os.Args[1:], os.Getenv, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	case o.version:
		fmt.Println("carnet", buildinfo.Version())
		return
	}
	os.Exit(run(o, start))
}

// run opens the window and returns when it is closed: the exit code.
func run(o options, start time.Time) (code int) {
	log := logging.New(os.Stderr, logrus.InfoLevel)
	defer func() { code = max(code, containPanic(recover(), log)) }()
	mine, err := profile(o.server)
	if err != nil {
		return elsewhere(log, err)
	}
	defer mine.Close()
	a := app.NewWithID(appID)
	a.SetIcon(widget.AppIcon())
	values := o.over(settings.Load(a.Preferences()))
	if err := speak(values.Language); err != nil {
		return fail(log, err)
	}
	config, err := wire(o, values, log)
	if err != nil {
		return fail(log, err)
	}
	records := config.Records
	config.Records = ui.Listen(records)
	kept, err := newKeep(o.server, records, config.Records, log)
	if err != nil {
		return fail(log, err)
	}
	defer kept.Close()
	many := pdfcheck.New(pdfcheck.Options{Workers: 2, Text: true, CacheDir: pdfium.DefaultCacheDir()})
	defer many.Close()
	config.Keep, config.Batch = kept, lots{records, many}.open
	marks, err := newMarks(o.marks, start)
	if err != nil {
		return fail(log, err)
	}
	defer marks.Close()
	config.App, config.Marks = a, marks
	var closing func()
	config.Parts, closing = parts()
	defer closing()
	shell := ui.New(config)
	defer mine.Serve(shell, log)()
	stop := dumpOnSignal(o.dump, shell)
	defer stop()
	a.Lifecycle().SetOnStarted(func() {
		shell.Mark("first-window")
		warm(config.Runner.Scope(), config.Parts)
	})
	shell.Run()
	if !config.Runner.Close(2 * time.Second) {
		log.Warn("some work did not end in time")
	}
	return 0
}

// profile takes this person's profile of a server.
func profile(server string) (*instance, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return claim(filepath.Join(config, appID), server)
}

// elsewhere ends a start that another instance answers for: it is no failure when
// that one has come to the front.
func elsewhere(log *logrus.Logger, err error) int {
	if errors.Is(err, errRunning) {
		fmt.Fprintln(os.Stderr, "carnet:", err)
		return 0
	}
	return fail(log, err)
}

// wire makes everything that does not need the application.
func wire(o options, values settings.Values, log *logrus.Logger) (ui.Config, error) {
	tables, err := tablesOf(o.tables)
	if err != nil {
		return ui.Config{}, err
	}
	trust, err := trusted(o.ca)
	if err != nil {
		return ui.Config{}, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	signIn := session.New(session.Config{
		Base: o.server, Issuer: o.issuer, Lang: values.Language,
		HTTP:    &http.Client{Transport: transport, Timeout: 20 * time.Second},
		Browser: openBrowser,
	})
	records, err := client.New(client.Config{BaseURL: o.server + "/fhir", Tokens: signIn, TLS: trust, Log: log})
	if err != nil {
		return ui.Config{}, err
	}
	dog, err := newWatchdog(o.server, &http.Client{Transport: transport, Timeout: 20 * time.Second}, records)
	if err != nil {
		return ui.Config{}, err
	}
	runner := task.New(task.Config{Clock: clock(), OnPanic: func(stack []byte) { logPanic(log, stack) }})
	return ui.Config{
		Runner: runner, Records: records, Messages: records, Profiles: records, SignIn: signIn, Seats: signIn, Settings: values, Tables: tables,
		Server: o.server, Version: buildinfo.Version(), Account: o.account, Chance: rand.Float64,
		Witness: dog,
	}, nil
}

// parts gives the pages what they use of this computer. Closing gives back the
// sandboxes and the workers.
func parts() (p ui.Parts, closing func()) {
	cache := pdfium.DefaultCacheDir()
	// as many as records can be gone back to, and the preview of an upload
	engine := pdfium.New(pdfium.Options{CacheDir: cache, Documents: 6})
	checker := pdfcheck.New(pdfcheck.Options{Workers: 1, Text: true, CacheDir: cache})
	return ui.Parts{
			Checker: checker, Preview: preview{engine}, Engine: engine,
			Printer: newPaper(), Saver: newCopies(), NewID: uuid.NewString, Draw: drawHandout,
		}, func() {
			_ = engine.Close()
			_ = checker.Close()
		}
}

// warm makes the first document open as quickly as the others.
func warm(scope *task.Scope, p ui.Parts) {
	engine, ok := p.Engine.(*pdfium.Engine)
	if !ok {
		return
	}
	task.Run(scope, func(context.Context) (struct{}, error) {
		err := engine.Prepare()
		debug.FreeOSMemory() // compiling takes 200 MB and more that nobody needs again
		return struct{}{}, err
	}, func(struct{}, error) {})
}

// fail tells the person at the terminal what to do.
func fail(log *logrus.Logger, err error) int {
	log.WithError(err).Error("the desktop cannot start")
	fmt.Fprintln(os.Stderr, "carnet:", err)
	return 1
}

// trusted gives the certificates to trust: the system's, and those of a file.
func trusted(ca string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca == "" {
		return config, nil
	}
	pool, err := poolWith(ca)
	if err != nil {
		return nil, err
	}
	config.RootCAs = pool
	return config, nil
}

var (
	_ ui.Marks  = (*marks)(nil)
	_ io.Closer = (*marks)(nil)
)
