package main

import (
	"fmt"
	"io"
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

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
