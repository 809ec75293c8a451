package batch

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/cache/killtest"
	"carnet/cache/notebook"
	"carnet/cache/outbox"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

func TestMain(m *testing.M) { killtest.Main(m, child) }

// disk is a server in a folder, so that what it took outlives whoever is killed:
// one file a document, named by its unique id and made in one step. Now and then
// it takes a document and its answer is lost, or it is too busy.
type disk struct {
	*clienttest.Fake
	dir string
}

// filed is what the server keeps of a document.
type filed struct {
	Patient string
	Sum     [sha256.Size]byte
}

func (d disk) Submit(ctx context.Context, lot client.Lot) ([]client.LotResult, error) {
	out := make([]client.LotResult, len(lot.Drafts))
	if rand.IntN(10) == 0 {
		return out, &client.Error{Code: fhir.Throttled, RetryAfter: 5 * time.Millisecond}
	}
	for i, draft := range lot.Drafts {
		sum := sha256.New()
		if _, err := draft.Content.Seek(0, io.SeekStart); err != nil {
			return out, fhir.Wrap(fhir.Invalid, err)
		}
		if _, err := io.Copy(sum, draft.Content); err != nil {
			return out, fhir.Wrap(fhir.Invalid, err)
		}
		data, err := json.Marshal(filed{draft.PatientID, [sha256.Size]byte(sum.Sum(nil))})
		if err != nil {
			return out, err
		}
		name := strings.TrimPrefix(draft.UniqueID, "urn:uuid:")
		tmp := filepath.Join(d.dir, ".part-"+newID())
		if err := os.WriteFile(tmp, data, 0o600); err != nil {
			return out, fhir.Wrap(fhir.Unavailable, err)
		}
		err = os.Link(tmp, filepath.Join(d.dir, name)) // fails when it is there
		_ = os.Remove(tmp)                             // swept by nobody needs
		out[i] = client.LotResult{DocumentID: "d-" + name, Existed: err != nil}
	}
	if rand.IntN(10) == 0 {
		return make([]client.LotResult, len(lot.Drafts)), &client.Error{Code: fhir.Offline}
	}
	return out, nil
}

// bench is an engine on disk, with all that it needs.
type bench struct {
	e     *Engine
	box   *outbox.Outbox
	notes *notebook.Notebook
}

func openBench(dir string) (b bench, err error) {
	v, err := killtest.Vault(dir)
	if err != nil {
		return b, err
	}
	fake := clienttest.New(clienttest.Options{Documents: 3})
	to := disk{fake, filepath.Join(dir, "server")}
	if b.box, err = outbox.Open(outbox.Config{Dir: filepath.Join(dir, "outbox"), Seal: v.For("outbox"), Sender: outbox.NewSender(to, nil), Random: func() float64 { return rand.Float64() / 100 }}); err != nil {
		return b, err
	}
	if b.notes, err = notebook.Open(notebook.Config{Dir: filepath.Join(dir, "notes"), Seal: v.For("notebook")}); err != nil {
		return b, err
	}
	b.e, err = New(Config{
		Finder: fake, Outbox: b.box, Notes: b.notes, Checker: &plain{}, Sender: "1510000001", Test: true,
		Responsible: fhir.Party{ID: "899700218896", OrgID: "499700218896000"},
	})
	return b, err
}

// child reads the folder and sends, until it is killed or everything is final.
func child(dir string, say io.Writer) error {
	b, err := openBench(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	go b.e.Run(ctx)
	go b.box.Run(ctx)
	fmt.Fprintln(say, "open")
	if err := b.e.Add(ctx, filepath.Join(dir, "results")); err != nil {
		return err
	}
	fmt.Fprintln(say, "added")
	moved := make(chan struct{}, 1)
	b.e.Follow(func(Event) {
		select {
		case moved <- struct{}{}:
		default:
		}
	})
	for {
		if _, err := b.e.Send(ctx); err != nil {
			return err
		}
		c := b.e.Counts()
		fmt.Fprintln(say, "sent", c.By[Sent]+c.By[Already])
		if c.By[Sent]+c.By[Already]+c.By[NoRecord]+c.By[Refused] == c.Total && c.Total > 0 {
			fmt.Fprintln(say, "done")
			return b.e.Close()
		}
		<-moved
	}
}

// A program killed at random points, again and again over the same evening:
// every file arrives at its patient, once, byte for byte, and every row says so.
// CARNET_KILLS sets how many kills; 20 is the sample of the suite.
func TestCampaignOfKills(t *testing.T) {
	kills := killtest.Kills(t, 20)
	files, evenings, killed := 0, 0, 0
	for killed < kills {
		n, k := evening(t, kills-killed)
		files, killed, evenings = files+n, killed+k, evenings+1
	}
	t.Logf("%d kills over %d evenings, %d files: lost 0, twice 0", killed, evenings, files)
}

// evening writes files, and kills who sends them until all are sent.
func evening(t *testing.T, kills int) (files, killed int) {
	t.Helper()
	dir := t.TempDir()
	ok(t, "server", os.Mkdir(filepath.Join(dir, "server"), 0o700))
	fake := clienttest.New(clienttest.Options{Documents: 3})
	people := []string{clienttest.PatientLea, clienttest.PatientStranger, clienttest.PatientGisele, clienttest.PatientNoah}
	want := map[string]filed{}
	ok(t, "results", os.Mkdir(filepath.Join(dir, "results"), 0o700))
	for i := range 30 {
		id := people[i%len(people)]
		data := pdf(report(fake.Patient(id), fmt.Sprint(newID(), strings.Repeat("x", rand.IntN(60_000)))))
		ok(t, "write", os.WriteFile(filepath.Join(dir, "results", fmt.Sprintf("r%03d.pdf", i)), data, 0o600))
		sum := sha256.Sum256(data)
		want[strings.TrimPrefix(documentID("1510000001", fake.Patient(id).INS, sum), "urn:uuid:")] = filed{id, sum}
	}
	for done := false; !done; {
		lines := rand.IntN(8) // of what it says, about a tenth of a second each
		if killed >= kills {
			lines = 1 << 30
		}
		last := ""
		ended := killtest.Life(t, dir, lines, 50*time.Millisecond, func(line string) { last = line })
		if done = ended && last == "done"; !done {
			killed++
		}
	}
	judgeEvening(t, dir, want)
	return len(want), killed
}

// judgeEvening compares what the server has, and what the rows say, with what
// was in the folder.
func judgeEvening(t *testing.T, dir string, want map[string]filed) {
	t.Helper()
	b, err := openBench(dir)
	ok(t, "open after the last kill", err)
	if r := b.box.Report(); r.Damaged != 0 {
		t.Errorf("a kill looks like damage: %+v", r)
	}
	rows, total := b.e.Rows(Query{States: States()})
	if total != len(want) {
		t.Errorf("%d rows of %d files", total, len(want))
	}
	for _, r := range rows {
		if r.State != Sent && r.State != Already {
			t.Errorf("%s ended as %s %v", r.Path, r.State, r.Problems)
		}
		if _, err := os.Stat(filepath.Join(dir, "server", strings.TrimPrefix(r.DocumentID, "d-"))); err != nil || r.DocumentID == "" {
			t.Errorf("%s says %s, and the server has it not", r.Path, r.State)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "server"))
	ok(t, "server", err)
	n := 0
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".part-") {
			continue
		}
		n++
		var got filed
		data, err := os.ReadFile(filepath.Join(dir, "server", entry.Name()))
		ok(t, "read", err)
		ok(t, "decode", json.Unmarshal(data, &got))
		if got != want[entry.Name()] {
			t.Errorf("a document that nobody sent, changed, or at another patient's")
		}
	}
	if n != len(want) {
		t.Errorf("the server has %d of %d", n, len(want))
	}
	ok(t, "close", b.e.Close())
	ok(t, "close", b.box.Close())
	ok(t, "close", b.notes.Close())
}
