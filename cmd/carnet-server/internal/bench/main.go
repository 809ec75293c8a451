// Program bench measures the server under load, as the README's figures have
// it: real HTTP over loopback, the server as its own process, a store of
// 10,000 patients and 200,000 documents (2,000 of them real PDF files of 100
// KiB, the rest 1 KiB), every right decided, every access logged durably before
// its answer, every PDF checked before it is stored.
//
//	go run ./cmd/carnet-server/internal/bench              all figures
//	go run ./cmd/carnet-server/internal/bench -slow-fsync  with 2 ms more in every fsync (needs strace)
//	go run ./cmd/carnet-server/internal/bench -uploads 100x20MiB   memory while that much arrives at once
//
// A Go HTTP server that does nothing but answer the same number of bytes is
// measured in the same run, with the same clients: it says what the machine
// and the clients cost. The store is built once and kept in -dir.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are how much is measured.
type options struct {
	dir       string
	server    string
	patients  int
	documents int
	pdfs      int
	conns     []int
	duration  time.Duration
	slowFsync bool
	only      string
	profile   string
	fresh     bool
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "do-nothing" {
		exit(doNothing())
		return
	}
	var o options
	conns := flag.String("conns", "1,16,64", "connections, one column each")
	flag.StringVar(&o.dir, "dir", defaultDir(), "where the store is built and kept")
	flag.StringVar(&o.server, "server", "", "the server's program; left out: built from source")
	flag.IntVar(&o.patients, "patients", 10_000, "patients")
	flag.IntVar(&o.documents, "documents", 200_000, "documents")
	flag.IntVar(&o.pdfs, "pdfs", 2_000, "documents that are PDF files of 100 KiB")
	flag.DurationVar(&o.duration, "duration", 8*time.Second, "of each figure")
	flag.BoolVar(&o.slowFsync, "slow-fsync", false, "add 2 ms to every fsync of the server")
	flag.StringVar(&o.only, "only", "", "measure only what has this in its name")
	flag.BoolVar(&o.fresh, "fresh", false, "build the store anew (needed after a change of its schema)")
	flag.StringVar(&o.profile, "profile", "", "write the server's CPU profile there")
	many := flag.String("uploads", "", "measure instead the server's memory while that many uploads arrive at once, as 100x20MiB")
	flag.Parse()
	for _, c := range strings.Split(*conns, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(c))
		if err != nil || n < 1 {
			exit(fmt.Errorf("-conns: %q is no number of connections", c))
			return
		}
		o.conns = append(o.conns, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *many != "" {
		err = uploads(ctx, o, *many)
	} else {
		err = run(ctx, o)
	}
	stop()
	exit(err)
}

// defaultDir is a place that survives a reboot: building takes a minute.
func defaultDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "carnet-bench")
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run builds the store, starts both servers, measures and prints the tables.
func run(ctx context.Context, o options) error {
	data, err := dataset(ctx, o)
	if err != nil {
		return fmt.Errorf("building the store: %w", err)
	}
	idle, err := startDoNothing(ctx)
	if err != nil {
		return err
	}
	defer idle.stop()
	srv, err := startServer(ctx, o, data)
	if err != nil {
		return err
	}
	defer srv.stop()
	before := srv.memory("RssAnon")
	token, err := srv.token(ctx, "gp")
	if err != nil {
		return err
	}
	rows, err := measureAll(ctx, o, append(newYardsticks(idle), newWorkloads(srv, token, data)...))
	if err != nil {
		return err
	}
	report(os.Stdout, o, rows)
	fmt.Printf("\nServer's memory: %d MiB of its own after the start, %d MiB after the run; with the mapped pages of the database file, which the system takes back when it needs them, %d MiB.\n",
		before, srv.memory("RssAnon"), srv.memory("VmRSS"))
	return nil
}
