package pdfcheck

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/pdfium"
)

// The corpus run: go test ./client/pdfcheck -run Corpus -timeout 2h -v \
//
//	-corpus DIR -reference judged.tsv -results results.tsv
//
// judges every PDF under DIR and holds the verdicts against qpdf's and
// Poppler's, which it asks for the files that judged.tsv does not know yet.
// Without -reference they are not asked and only our own verdicts are counted.
// Without -corpus it runs over a small set of files of our own.
var (
	corpusDir     = flag.String("corpus", "", "directory of PDF files to judge")
	referenceFile = flag.String("reference", "", "file that keeps what qpdf and Poppler said")
	resultsFile   = flag.String("results", "", "file that gets one line for each PDF")
)

// opinion is what the two reference readers say of a file: exit codes, whether
// they complained, and what qpdf's rewriting shows of forbidden content.
type opinion struct {
	qpdf, info, draw       int
	infoSaid, drawSaid     bool
	pages, flags, duration string
}

// clean tells whether both read the file from end to end.
func (o opinion) clean() bool { return o.duration != "" && o.qpdf == 0 && o.info == 0 && o.draw == 0 }

// spotless tells whether neither said anything either.
func (o opinion) spotless() bool { return o.clean() && !o.infoSaid && !o.drawSaid }

// unreadable tells whether neither can read it.
func (o opinion) unreadable() bool { return o.qpdf == 2 && (o.info != 0 || o.draw != 0) }

func (o opinion) forbidden() bool { return o.flags != "-" }

func (o opinion) String() string {
	said := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s", o.qpdf, o.info, said(o.infoSaid), o.draw, said(o.drawSaid), o.pages, o.flags, o.duration)
}

// references reads what an earlier run learned.
func references(tb testing.TB, path string) map[string]opinion {
	known := map[string]opinion{}
	if path == "" {
		return known
	}
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		var o opinion
		var name string
		var infoSaid, drawSaid int
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 9 {
			continue
		}
		name = f[0]
		if _, err := fmt.Sscan(strings.Join(f[1:6], " "), &o.qpdf, &o.info, &infoSaid, &o.draw, &drawSaid); err != nil {
			tb.Fatal(name, err)
		}
		o.infoSaid, o.drawSaid = infoSaid == 1, drawSaid == 1
		o.pages, o.flags, o.duration = f[6], f[7], f[8]
		known[name] = o
	}
	return known
}

// forbiddenMarks are what qpdf's plain rewriting shows of what a record refuses.
var forbiddenMarks = []struct{ flag, text string }{
	{"js", "/S /JavaScript"},
	{"js", "/JS "},
	{"launch", "/S /Launch"},
	{"import", "/S /ImportData"},
	{"submit", "/S /SubmitForm"},
	{"ef", "/EF "},
	{"rich", "/RichMedia"},
	{"rich", "/Flash"},
	{"xfa", "/XFA "},
}

// askReaders has qpdf and Poppler read one file.
func askReaders(ctx context.Context, path string) opinion {
	said := func(args ...string) (int, []byte, bool) {
		ctx, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode(), out.Bytes(), complaint.Len() > 0
	}
	var o opinion
	begin := time.Now()
	o.qpdf, _, _ = said("qpdf", "--check", path)
	o.duration = fmt.Sprintf("%.4f", time.Since(begin).Seconds())
	var info, plain []byte
	o.info, info, o.infoSaid = said("pdfinfo", path)
	o.draw, _, o.drawSaid = said("pdftoppm", "-r", "8", "-gray", path)
	o.pages = "-"
	for line := range strings.Lines(string(info)) {
		if n, ok := strings.CutPrefix(line, "Pages:"); ok {
			o.pages = strings.TrimSpace(n)
		}
	}
	_, plain, _ = said("qpdf", "--qdf", "--object-streams=disable", "--stream-data=preserve", path, "-")
	var flags []string
	for _, m := range forbiddenMarks {
		if bytes.Contains(plain, []byte(m.text)) && !slices.Contains(flags, m.flag) {
			flags = append(flags, m.flag)
		}
	}
	raw, _ := os.ReadFile(path)
	if bytes.Contains(raw, []byte("/Encrypt")) {
		flags = append(flags, "enc")
	}
	o.flags = cmp.Or(strings.Join(flags, ","), "-")
	return o
}

// judged is our verdict on one file of the corpus.
type judged struct {
	path   string
	report Report
	took   time.Duration
	peak   int64 // resident bytes of the worker
	lost   bool
	ref    opinion
}

func (j judged) codes() string {
	var all []string
	for _, f := range j.report.Findings {
		all = append(all, string(f.Code))
	}
	return cmp.Or(strings.Join(all, ","), "-")
}

// peakBytes reads the most memory that a process had, 0 when it is gone, and
// begins anew.
func peakBytes(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kib int64
	if _, after, ok := bytes.Cut(b, []byte("VmHWM:")); ok {
		_, _ = fmt.Sscan(string(after), &kib)
	}
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
	return kib << 10
}

// judgeAll judges files with two workers and measures each.
func judgeAll(tb testing.TB, o Options, files []string) []judged {
	var mu sync.Mutex
	var all []judged
	next := make(chan string)
	var group sync.WaitGroup
	o.Workers = 1
	for range 2 {
		c := newChecker(tb, o)
		group.Go(func() {
			for path := range next {
				j := judgeOne(tb, c, path)
				mu.Lock()
				all = append(all, j)
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		next <- f
	}
	close(next)
	group.Wait()
	return all
}

func judgeOne(tb testing.TB, c *Checker, path string) judged {
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Error(err)
		return judged{path: path}
	}
	stop := watchPeak(tb, c)
	begin := time.Now()
	r, err := c.Check(tb.Context(), data)
	if err != nil {
		tb.Errorf("%s: %v", path, err)
	}
	j := judged{path: path, report: r, took: time.Since(begin), peak: stop()}
	w := <-c.slots
	if w != nil {
		j.peak = max(j.peak, peakBytes(w.cmd.Process.Pid))
	}
	j.lost = w == nil
	c.slots <- w
	return j
}

// watchPeak follows the memory of the worker that takes the next check, for a
// worker that is lost cannot be asked afterwards. The function it gives ends it.
func watchPeak(tb testing.TB, c *Checker) func() int64 {
	w := <-c.slots
	if w == nil {
		var err error
		if w, err = startChild(c.opts.CacheDir); err != nil {
			tb.Fatal(err)
		}
	}
	c.slots <- w
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(3 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		for {
			most = max(most, residentBytes(w.cmd.Process.Pid))
			select {
			case <-tick.C:
			case <-done:
				peak <- most
				return
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-peak
	}
}

// pdfsUnder lists the files that begin as a PDF does.
func pdfsUnder(tb testing.TB, dir string) []string {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		head := make([]byte, headerWindow+5)
		n, _ := f.ReadAt(head, 0)
		if bytes.Contains(head[:n], []byte("%PDF-")) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// TestCorpus is the gate's measure: see the flags above.
func TestCorpus(t *testing.T) {
	options := Options{CacheDir: pdfium.DefaultCacheDir()}
	if *corpusDir == "" {
		ourCorpus(t, options)
		return
	}
	files := pdfsUnder(t, *corpusDir)
	if len(files) == 0 {
		t.Fatal("no PDF there")
	}
	known := references(t, *referenceFile)
	if err := newChecker(t, options).Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	all := judgeAll(t, options, files)
	took := time.Since(begun)
	var learned strings.Builder
	for i, j := range all {
		o, ok := known[j.path]
		if !ok && *referenceFile != "" {
			o = askReaders(t.Context(), j.path)
			fmt.Fprintf(&learned, "%s\t%s\n", j.path, o)
		}
		all[i].ref = o
	}
	appendTo(t, *referenceFile, learned.String())
	table(t, all, took)
}

func appendTo(tb testing.TB, path, text string) {
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		tb.Fatal(err)
	}
}

// table prints the outcome and fails on what must not be.
func table(t *testing.T, all []judged, took time.Duration) {
	slices.SortFunc(all, func(a, b judged) int { return cmp.Compare(a.path, b.path) })
	count := map[string]int{}
	var lines strings.Builder
	var peak int64
	var longest, qpdf time.Duration
	for _, j := range all {
		bad := ""
		switch {
		case j.ref.clean() && !j.ref.forbidden() && j.report.Verdict == Refused:
			bad = "clean refused"
		case j.ref.unreadable() && j.report.Verdict != Refused:
			bad = "unreadable accepted"
		case j.took > 10*time.Second+time.Second/2:
			bad = "hang"
		}
		if bad != "" {
			count[bad]++
			t.Logf("%-20s %s %s %s", bad, j.path, j.codes(), j.ref.flags)
		}
		for name, yes := range map[string]bool{
			"clean": j.ref.clean(), "spotless": j.ref.spotless(), "clean, nothing forbidden": j.ref.clean() && !j.ref.forbidden(),
			"unreadable by both": j.ref.unreadable(), "worker lost": j.lost,
			"verdict " + string(j.report.Verdict): true, "last word " + j.report.Opinion: true,
		} {
			if yes {
				count[name]++
			}
		}
		for _, f := range j.report.Findings {
			count[fmt.Sprintf("%s %s", f.Severity, f.Code)]++
		}
		peak, longest = max(peak, j.peak), max(longest, j.took)
		if d, err := time.ParseDuration(j.ref.duration + "s"); err == nil {
			qpdf += d
		}
		fmt.Fprintf(&lines, "%s\t%s\t%s\t%s\t%.4f\t%d\t%v\t%s\n", j.path, j.report.Verdict, j.codes(), j.report.Opinion, j.took.Seconds(), j.peak>>20, j.lost, j.ref)
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%6d  %s", count[name], name)
	}
	t.Logf("%d files in %s (%.0f/s); longest %s; worker memory at most %d MiB; qpdf --check alone %s (%.0f/s on two cores)",
		len(all), took.Round(time.Second), float64(len(all))/took.Seconds(), longest.Round(time.Millisecond), peak>>20, qpdf.Round(time.Second), 2*float64(len(all))/qpdf.Seconds())
	appendTo(t, *resultsFile, lines.String())
	if n := count["clean refused"] + count["unreadable accepted"] + count["hang"]; n > 0 || peak > 300<<20 {
		t.Errorf("%d verdicts that must not be; %d MiB", n, peak>>20)
	}
}

// ourCorpus holds the measure itself to a few files whose verdict is known.
func ourCorpus(t *testing.T, o Options) {
	dir := t.TempDir()
	var files []string
	write := func(name string, data []byte) {
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(files[len(files)-1], data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clean, broken := opinion{flags: "-", duration: "0.01"}, opinion{qpdf: 2, info: 1, draw: 1, flags: "-", duration: "0.01"}
	write("clean-report.pdf", report(t, 3))
	write("clean-careless.pdf", careless())
	write("clean-pages.pdf", manyPages(300))
	write("broken-half.pdf", report(t, 3)[:2000])
	write("broken-empty.pdf", []byte("%PDF-1.7\n%%EOF\n"))
	all := judgeAll(t, o, files)
	if len(all) != len(files) {
		t.Fatalf("%d of %d files judged", len(all), len(files))
	}
	for i, j := range all {
		all[i].ref = clean
		if strings.HasPrefix(filepath.Base(j.path), "broken") {
			all[i].ref = broken
		}
		if j.peak == 0 && !j.lost && j.report.Opinion != "scan" {
			t.Errorf("%s: no memory was measured", j.path)
		}
	}
	table(t, all, time.Second)
}
