package main

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"
)

// report prints the table of the README.
func report(w io.Writer, o options, rows []row) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
	fsync := "as the disk does them"
	if o.slowFsync {
		fsync = "with 2 ms added to every fsync"
	}
	p("%d patients, %d documents (%d of 100 KiB), %d cores, %s/%s, writes %s; requests per second, p50 / p99 in ms.\n\n", o.patients, o.documents, o.pdfs, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, fsync)
	p("| |")
	for _, c := range o.conns {
		p(" %d connections |", c)
	}
	p(" wanted at 16 |\n|---|")
	for range o.conns {
		p("---:|")
	}
	p("---:|\n")
	for _, r := range rows {
		p("| %s |", r.name)
		for _, f := range r.figures {
			p(" %.0f/s, %s / %s |", f.perS, ms(f.p50), ms(f.p99))
		}
		if t, ok := targets[r.name]; ok {
			p(" %.0f/s, p99 < %s |\n", t.perS, ms(t.p99))
		} else {
			p(" |\n")
		}
	}
}

// reportRoom tells what the store takes on the disk.
func reportRoom(w io.Writer, dir string, documents int) error {
	var database, contents int64
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		switch {
		case err != nil:
		case filepath.Ext(path) == ".seg":
			contents += info.Size()
		case e.Name() == "carnet.db":
			database = info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nThe store when it was built: %d MiB in the database (%d bytes a document), %d MiB of contents.\n",
		database>>20, database/int64(documents), contents>>20)
	return err
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
