package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui"
	"carnet/ui/record"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// clearings is how many revocations each of five people sees; the figures take 20.
var clearings = flag.Int("clearings", 3, "revocations that each of five people sees")

// signedIn is a TokenSource.
type signedIn string

func (s signedIn) Token(context.Context) (string, error) { return string(s), nil }

// released is the server as it is released, built once for all stories.
var released struct {
	sync.Once
	dir string
	err error
}

func buildServer() (err error) {
	if released.dir, err = os.MkdirTemp("", "carnet-released-"); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-o", released.dir+"/", "carnet/cmd/carnet-server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// demoServer starts the real server and gives its address.
func demoServer(t testing.TB) string {
	t.Helper()
	released.Do(func() { released.err = buildServer() })
	if released.err != nil {
		t.Fatal(released.err)
	}
	cmd := exec.Command(filepath.Join(released.dir, "carnet-server"), "-demo", "-addr", "127.0.0.1:0", "-data", filepath.Join(t.TempDir(), "data"))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		begun := time.Now()
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil || time.Since(begun) > 5*time.Second {
			t.Errorf("with a record open the server took %v to stop: %v", time.Since(begun), err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ URL string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		t.Fatalf("not ready: %v %s", err, line)
	}
	return ready.URL
}

// doctor is a signed-in doctor's client.
func doctor(t testing.TB, server, account string) *client.HTTP {
	t.Helper()
	res, err := http.PostForm(server+"/demo/token", url.Values{"account": {account}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{BaseURL: server + "/fhir", Tokens: signedIn(answer.Token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clearing is a record page before the real server.
type clearing struct {
	*widgettest.Desk
	*record.Page
	label   *fynewidget.Label
	cleared time.Time
}

func (d *clearing) Content() fyne.CanvasObject       { return d.label }
func (d *clearing) Show(kind string, _ []byte)       { d.label.SetText("contenu " + kind) }
func (d *clearing) Clear()                           { d.label.SetText("") }
func (d *clearing) Shortcuts() []widget.Shortcut     { return nil }
func (d *clearing) Find() bool                       { return false }
func (d *clearing) Explain(err error) widget.Problem { return ui.Explain(err) }
func (d *clearing) Back()                            {}
func (d *clearing) Person() client.Person            { return client.Person{ID: "899700000011"} }
func (d *clearing) Mark(name string) {
	if name == "record-cleared" {
		d.cleared = time.Now()
	}
}

// shows tells whether a text is on the screen.
func (d *clearing) shows(text string) bool { return strings.Contains(d.Screen(), text) }

// TestARevocationClearsTheScreenWithinASecond measures, on the real server, from
// the acknowledgement of a withdrawal to a screen that shows nothing of the
// record: the document that was read, the list and what memory kept of them.
func TestARevocationClearsTheScreenWithinASecond(t *testing.T) {
	server := demoServer(t)
	other := doctor(t, server, "gp2")
	var took []time.Duration
	// nobody may try people who are not their patients more often than forty
	// times in a row: five take turns
	for _, account := range []string{"gp", "nurse", "pharmacist", "biologist", "regulator"} {
		took = append(took, cleared(t, doctor(t, server, account), other, *clearings)...)
	}
	slices.Sort(took)
	n := len(took)
	t.Logf("%d revocations, from the acknowledgement to a cleared screen: p50 %v, p99 %v, longest %v", n, took[n/2], took[max(0, n*99/100-1)], took[n-1])
	if took[n-1] > time.Second {
		t.Errorf("it took %v", took[n-1])
	}
}

// cleared opens a record, reads a document and loses the right to it, n times.
func cleared(t *testing.T, mine, other *client.HTTP, n int) (took []time.Duration) {
	t.Helper()
	who := stranger(t, mine, other)
	d := &clearing{Desk: widgettest.New(t), label: fynewidget.NewLabel("")}
	d.Page = record.New(record.Config{
		Scope: d.Scope(), Outlive: d.Scope(), Records: mine, Shell: d, Patient: who, Viewer: d, Upload: func(record.Filing) {},
	})
	d.Window().SetContent(d.Page.Content())
	d.Window().Resize(fyne.NewSize(1180, 760))
	d.Page.Shown()
	d.Settle()
	for range n {
		if _, err := mine.DeclareConsent(t.Context(), client.ConsentDeclaration{PatientID: who.ID, Form: "oral", Visit: true}); err != nil {
			t.Fatal(err)
		}
		d.Until("let in", func() bool { return d.shows("Ouvrir le dossier") })
		d.Press(fyne.KeyReturn)
		d.Press(fyne.KeyReturn)
		d.Until("a document is read", func() bool { return d.label.Text != "" })
		d.cleared = time.Time{}
		if err := mine.WithdrawOwn(t.Context(), who.ID); err != nil {
			t.Fatal(err)
		}
		acknowledged := time.Now()
		d.Until("cleared", func() bool { return !d.cleared.IsZero() })
		if d.label.Text != "" || d.shows("Documents ") || d.shows("Prêt à lire") {
			t.Fatal("something is still on the screen")
		}
		took = append(took, max(0, d.cleared.Sub(acknowledged)))
	}
	return took
}

// stranger finds somebody whose record the other doctor has, and not this one.
func stranger(t *testing.T, mine, other *client.HTTP) client.Patient {
	t.Helper()
	page, err := other.MyPatients(t.Context(), client.PatientQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page.Patients {
		if p.Relation != fhir.BasisMT || !p.Active {
			continue
		}
		if _, err := mine.DeclareConsent(t.Context(), client.ConsentDeclaration{PatientID: p.ID, Form: "oral", Visit: true}); err != nil {
			continue // blocked
		}
		a, err := mine.Open(t.Context(), p.ID, client.OpenRequest{})
		if err != nil {
			continue
		}
		docs, err := mine.Documents(t.Context(), a, client.DocumentQuery{})
		if err == nil && docs.Total > 0 && mine.WithdrawOwn(t.Context(), p.ID) == nil {
			return p
		}
	}
	t.Fatal("nobody fits")
	return client.Patient{}
}
