package cache

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// Some stories need a process that may die: the test binary starts itself.
func TestMain(m *testing.M) {
	switch os.Getenv("CARNET_CACHE_CHILD") {
	case "":
		os.Exit(m.Run())
	case "check":
		os.Exit(childCheck(os.Getenv("CARNET_CACHE_DIR")))
	case "measure":
		os.Exit(childMeasure(os.Getenv("CARNET_CACHE_DIR")))
	case "read":
		os.Exit(childRead(os.Getenv("CARNET_CACHE_DIR")))
	}
	os.Exit(9)
}

const childDocuments = 40

var childPatients = []string{clienttest.PatientLea, clienttest.PatientHelene, clienttest.PatientLeaYounger}

// verdict is what a child saw.
type verdict struct {
	Report     Report
	Copies     int // records that could be read as they were
	Shown      int // documents and contents shown before the server was back
	Wrong      int // of them, not what the server has
	WrongAfter int
	After      int // contents shown once all was fetched again
}

// world gives a bench without a test around it, over the folder of a vault and a cache.
func world(dir string) (*bench, error) {
	b := &bench{clock: newClock()}
	seal, reads, v, err := sealersIn(dir)
	if err != nil {
		return nil, err
	}
	b.fake, b.vault = clienttest.New(clienttest.Options{Now: b.clock.now, Documents: childDocuments}), v
	b.copies = &leases{fake: b.fake, now: b.clock.now, held: map[string]*lease{}, span: 72 * time.Hour}
	b.cfg = Config{Dir: filepath.Join(dir, "cache"), Seal: seal, Reads: reads, Records: b.fake, Copies: b.copies, Auto: true, Rate: -1, Now: b.clock.now}
	b.Cache, err = Open(b.cfg)
	return b, err
}

// fill copies the child's patients.
func (b *bench) fill(ctx context.Context) error {
	if _, err := b.MyPatients(ctx, client.PatientQuery{Limit: 1000}); err != nil {
		return err
	}
	for _, id := range childPatients {
		if _, err := b.Cache.Open(ctx, id, client.OpenRequest{}); err != nil {
			return err
		}
	}
	_, err := b.Sync(ctx)
	return err
}

// compare reads everything offline and counts what is not as the server has it.
func (b *bench) compare(ctx context.Context) (records, shown, wrong int) {
	for _, id := range childPatients {
		a := client.Access{PatientID: id}
		b.offline(false)
		truth, err := b.fake.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
		if err != nil {
			wrong++
		}
		bytesOf := map[string][]byte{}
		for _, d := range truth.Documents {
			if c, err := b.fake.Content(ctx, a, d); err == nil {
				bytesOf[d.ID] = c.Bytes
			}
		}
		b.offline(true)
		page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
		if err != nil {
			continue
		}
		records++
		if len(page.Documents) != len(truth.Documents) {
			wrong++
			continue
		}
		for i, d := range page.Documents {
			shown++
			if !reflect.DeepEqual(d, truth.Documents[i]) {
				wrong++
			}
			if c, err := b.Content(ctx, a, d); err == nil {
				shown++
				if !bytes.Equal(c.Bytes, bytesOf[d.ID]) {
					wrong++
				}
			}
		}
	}
	b.offline(false)
	return records, shown, wrong
}

// childCheck opens a cache, reads all of it offline, fetches again, reads again.
func childCheck(dir string) int {
	ctx := context.Background()
	b, err := world(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "open:", err)
		return 3
	}
	v := verdict{Report: b.Report()}
	v.Copies, v.Shown, v.Wrong = b.compare(ctx)
	if err := b.fill(ctx); err != nil { // what was held is unknown to this server: it goes
		fmt.Fprintln(os.Stderr, "sync:", err)
		return 4
	}
	if err := b.fill(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sync:", err)
		return 4
	}
	records, after, wrong := b.compare(ctx)
	v.After, v.WrongAfter = after, wrong
	if records != len(childPatients) {
		fmt.Fprintln(os.Stderr, "records after:", records)
		return 5
	}
	if err := b.Shut(); err != nil {
		fmt.Fprintln(os.Stderr, "shut:", err)
		return 6
	}
	if json.NewEncoder(os.Stdout).Encode(v) != nil {
		return 7
	}
	return 0
}

// child runs a mode of this binary on a folder.
func child(t *testing.T, mode, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	ok(t, "executable", err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "CARNET_CACHE_CHILD="+mode, "CARNET_CACHE_DIR="+dir)
	return cmd
}

// template fills a folder; with running, it is copied while Badger still has it
// open, as a power cut leaves it.
func template(t *testing.T, running bool) string {
	t.Helper()
	dir := t.TempDir()
	b, err := world(dir)
	ok(t, "world", err)
	ok(t, "fill", b.fill(t.Context()))
	b.offline(true)
	_, err = b.Documents(t.Context(), client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
	ok(t, "an offline read", err)
	if !running {
		ok(t, "shut", b.Shut())
		return dir
	}
	cut := t.TempDir()
	ok(t, "copy", os.CopyFS(cut, os.DirFS(dir)))
	ok(t, "lock the key", os.Chmod(filepath.Join(cut, "key"), 0o600))
	ok(t, "shut", b.Shut())
	return cut
}

// targets are the files of a cache, one folder of contents being enough.
func targets(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	root := filepath.Join(dir, "cache")
	ok(t, "walk", filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") || d.Name() == "LOCK" {
			return err
		}
		if strings.Contains(path, contentsName) && strings.Count(strings.Join(all, "\n"), contentsName) >= 2 {
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		all = append(all, rel)
		return err
	}))
	return all
}

// harm damages a file in one of five ways and names it.
func harm(t *testing.T, path string, r *rand.Rand) string {
	t.Helper()
	data, err := os.ReadFile(path)
	ok(t, "read", err)
	used := len(bytes.TrimRight(data, "\x00")) // Badger's files are longer than what they hold
	how := r.IntN(5)
	if used == 0 {
		how = 4
	}
	switch how {
	case 0:
		data[r.IntN(used)] ^= 1 << r.IntN(8)
	case 1:
		for range 20 {
			data[r.IntN(used)] ^= byte(1 + r.IntN(255))
		}
	case 2:
		data = data[:r.IntN(used)]
	case 3:
		clear(data)
	case 4:
		ok(t, "delete", os.Remove(path))
		return "deleted"
	}
	ok(t, "write", os.WriteFile(path, data, 0o600))
	return []string{"a bit", "twenty bytes", "cut", "zeros"}[how]
}

// cases is how many cases of a campaign are run.
func cases(t *testing.T, name string, sample int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return sample
	}
	n, err := strconv.Atoi(s)
	ok(t, name, err)
	return n
}

// Whatever is damaged: a crash is contained at the next start, no wrong byte is
// shown, and in the end the cache works. CARNET_DAMAGE is the number of cases.
func TestDamage(t *testing.T) {
	n := cases(t, "CARNET_DAMAGE", 12)
	r := rand.New(rand.NewPCG(20261121, uint64(n)))
	dirs := []string{template(t, false), template(t, true)}
	files := [][]string{targets(t, dirs[0]), targets(t, dirs[1])}
	crashes, rebuilt, lost, shown := 0, 0, 0, 0
	for i := range n {
		which := i % 2
		dir := filepath.Join(t.TempDir(), "case")
		ok(t, "copy", os.CopyFS(dir, os.DirFS(dirs[which])))
		ok(t, "lock the key", os.Chmod(filepath.Join(dir, "key"), 0o600))
		file := files[which][i/2%len(files[which])]
		name := fmt.Sprintf("case %d: %s, %s", i, filepath.Base(file), harm(t, filepath.Join(dir, file), r))
		out, err := child(t, "check", dir).Output()
		if err != nil {
			crashes++
			if out, err = child(t, "check", dir).Output(); err != nil {
				t.Errorf("%s: it does not open again: %v", name, err)
				if e, isExit := err.(*exec.ExitError); isExit {
					t.Logf("%.2000s", e.Stderr)
				}
				continue
			}
		}
		var v verdict
		ok(t, name, json.Unmarshal(out, &v))
		if v.Wrong != 0 || v.WrongAfter != 0 || v.After == 0 {
			t.Errorf("%s: %+v", name, v)
		}
		shown += v.Shown
		if v.Report.Rebuilt {
			rebuilt++
		}
		if v.Report.Lost > 0 {
			lost++
		}
		ok(t, "remove", os.RemoveAll(dir))
	}
	t.Logf("%d cases: %d ended a process and opened at the next start, %d rebuilt, %d lost copies, %d pieces shown before the server was back", n, crashes, rebuilt, lost, shown)
}

// childRead shows documents offline for ever, and tells each one once it was shown.
func childRead(dir string) int {
	ctx := context.Background()
	b, err := world(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "open:", err)
		return 3
	}
	// The server keeps none of the reads, so that the journal alone tells.
	b.copies.receipt = func(r client.OfflineRead) client.ReadReceipt {
		return client.ReadReceipt{ID: r.ID, Code: fhir.Unavailable}
	}
	for {
		b.offline(false)
		if err := b.fill(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "sync:", err)
			return 4
		}
		b.offline(true)
		for _, id := range childPatients {
			a, err := b.Cache.Open(ctx, id, client.OpenRequest{})
			if err != nil {
				continue
			}
			page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 3})
			if err != nil {
				continue
			}
			for _, d := range page.Documents {
				if _, err := b.Content(ctx, a, d); err == nil {
					fmt.Println("shown")
				}
			}
		}
	}
}

// Killed at any instant: what was shown offline is in the journal, and the cache
// opens. CARNET_KILLS is the number of kills.
func TestKilledAtAnyInstant(t *testing.T) {
	n := cases(t, "CARNET_KILLS", 6)
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(7, uint64(n)))
	shown := 0
	for i := range n {
		cmd := child(t, "read", dir)
		out, err := cmd.StdoutPipe()
		ok(t, "pipe", err)
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		ok(t, "start", cmd.Start())
		lines, upTo := bufio.NewScanner(out), r.IntN(40)
		if i%3 == 2 { // before anything is shown: while it opens or synchronises
			timer := time.AfterFunc(time.Duration(r.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
			defer timer.Stop()
			upTo = 1 << 30
		}
		told := 0
		for told <= upTo && lines.Scan() {
			told++
		}
		cmd.Process.Kill()
		for lines.Scan() {
			told++
		}
		if err := cmd.Wait(); err == nil || complaint.Len() > 0 {
			t.Fatalf("kill %d: %v, %s", i, err, complaint.String())
		}
		shown += told
	}
	b, err := world(dir)
	ok(t, "open after all kills", err)
	defer b.Shut()
	reads, err := b.Unreported(t.Context())
	ok(t, "journal", err)
	kept, ids := 0, map[string]bool{}
	for _, x := range reads {
		if x.DocumentID != "" {
			kept++
		}
		ids[x.ID] = true
	}
	if kept < shown || len(ids) != len(reads) {
		t.Errorf("%d contents were shown, %d are in the journal", shown, kept)
	}
	if _, _, wrong := b.compare(t.Context()); wrong != 0 {
		t.Errorf("%d wrong", wrong)
	}
	t.Logf("%d kills, %d contents shown, %d in the journal", n, shown, kept)
}
