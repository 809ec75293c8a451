// Program load measures a laboratory's evening: real results, varied and of real
// size (50 to 400 KiB), for as many patients, through carnet-lab to a server on
// this machine. It tells files per second, how much of the processor's time was
// the check of PDFs, on both sides, and how many times the whole of France that
// is: 420 million documents a year, 13.3 a second.
//
//	go run ./cmd/carnet-lab/internal/load              800 results
//	go run ./cmd/carnet-lab/internal/load -files 3000
//
// The server's store of patients is built by cmd/carnet-server/internal/bench in
// -dir, once; each run files into a copy of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"carnet/client"
	"carnet/cmd/carnet-lab/internal/sample"
)

// france is how many documents a second the whole country files.
const france = 13.3

// options are how much is measured, and with what.
type options struct {
	dir     string
	files   int
	workers int
	keep    bool
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "where programs, store and results are built; left out: a temporary folder")
	flag.IntVar(&o.files, "files", 800, "results, each for another patient (1,000 at most)")
	flag.IntVar(&o.workers, "workers", 2, "of carnet-lab")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run builds everything, sends, and prints the figures.
func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "carnet-load-*"); err != nil {
			return err
		}
		if !o.keep {
			defer func() { _ = os.RemoveAll(o.dir) }()
		}
	}
	p, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	srv, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer srv.stop()
	people, err := patients(ctx, srv.base, o.files)
	if err != nil {
		return err
	}
	in := filepath.Join(o.dir, "results")
	size, err := draw(in, people)
	if err != nil {
		return err
	}
	fmt.Printf("%d results for %d patients, %.1f MiB, %d KiB on average\n", len(people), len(people), float64(size)/(1<<20), size/int64(len(people))>>10)
	for _, what := range []string{"sent", "the same folder again"} {
		r, err := p.send(ctx, srv, in)
		if err != nil {
			return err
		}
		r.print(what, len(people))
	}
	return nil
}

// parts are the programs and folders of a run.
type parts struct {
	o                options
	lab, server      string
	made, data, work string // the store as built, the copy that is filed into, what carnet-lab keeps
	labOrg, labOwner string
}

// command runs a program to its end.
func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, out)
	}
	return nil
}

// prepare builds programs and store, and adds the laboratory to the server.
func prepare(ctx context.Context, o options) (*parts, error) {
	p := &parts{
		o: o, lab: filepath.Join(o.dir, "carnet-lab"), server: filepath.Join(o.dir, "carnet-server"),
		made: filepath.Join(o.dir, "bench"), data: filepath.Join(o.dir, "data"), work: filepath.Join(o.dir, "work"), labOrg: "1750000018", labOwner: "10001234567",
	}
	list := filepath.Join(o.dir, "directory.csv")
	text := "kind,id,name,profession,specialty,org_id,org_name,sector,city\n" +
		"org," + p.labOrg + ",Laboratoire du Port,,,,,SA25,Nantes\npro,8" + p.labOwner + ",Dr Bruno KLEIN,21,," + p.labOrg + ",Laboratoire du Port,SA25,Nantes\n"
	steps := []func() error{
		func() error { return command(ctx, "go", "build", "-o", p.lab, "carnet/cmd/carnet-lab") },
		func() error { return command(ctx, "go", "build", "-o", p.server, "carnet/cmd/carnet-server") },
		func() error { return p.build(ctx) },
		func() error { return errors.Join(os.RemoveAll(p.work), os.RemoveAll(p.data)) },
		func() error { return command(ctx, "cp", "-a", filepath.Join(p.made, "data"), p.data) }, // with the rights that keys have
		func() error { return command(ctx, p.lab, "init", "-data", p.work) },
		func() error {
			return command(ctx, p.server, "client", "add", "-data", p.data, "-client", "labo", "-keys", filepath.Join(p.work, "client-jwks.json"),
				"-name", "Laboratoire du Port", "-profession", "21", "-org", p.labOrg, "-org-name", "Laboratoire du Port")
		},
		func() error { return os.WriteFile(list, []byte(text), 0o600) },
		func() error { return command(ctx, p.server, "directory", "import", "-data", p.data, list) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// build builds the store, unless it is there whole.
func (p *parts) build(ctx context.Context) error {
	whole := filepath.Join(p.made, "whole")
	if _, err := os.Stat(whole); err == nil {
		return nil
	}
	if err := os.RemoveAll(p.made); err != nil {
		return err
	}
	// It measures what has this in its name: nothing.
	if err := command(ctx, "go", "run", "carnet/cmd/carnet-server/internal/bench", "-dir", p.made, "-server", p.server,
		"-patients", "1000", "-documents", "1000", "-pdfs", "10", "-only", "no figure"); err != nil {
		return err
	}
	return os.WriteFile(whole, nil, 0o600)
}

// draw makes the results of some patients in a new folder.
func draw(dir string, people []client.Patient) (size int64, err error) {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return 0, err
	}
	day := time.Now().UTC().Truncate(24 * time.Hour)
	for i, p := range people {
		data, err := sample.Result(sample.Patient{
			INS: p.INS.Value, BirthName: p.BirthName, Given: p.Given, Born: p.BirthDate, Female: p.Gender == "female",
		}, sample.Varied(i, day))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "result-"+strconv.Itoa(i)+".pdf"), data, 0o600)
		}
		if err != nil {
			return 0, err
		}
		size += int64(len(data))
	}
	return size, nil
}
