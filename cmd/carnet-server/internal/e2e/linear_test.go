package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// revocations is how many are tried under load; the figures take 1,000.
var revocations = flag.Int("revocations", 24, "revocations to try under 64 readers")

// may is whether one reader may read one document: the state that everybody
// must agree on, whatever the order in which the answers come.
type may struct{ granted, masked, blocked bool }

func (m may) reads() bool { return m.granted && !m.masked && !m.blocked }

// deed is what somebody does about it.
type deed string

// The deeds. What the patient or a colleague does changes the state; a read
// tells it.
const (
	doRead     deed = "read"
	doMask     deed = "mask"
	doUnmask   deed = "unmask"
	doWithdraw deed = "withdraw"
	doDeclare  deed = "declare"
	doBlock    deed = "block"
	doUnblock  deed = "unblock"
)

// outcome is how a deed ended.
type outcome int

const (
	yes     outcome = iota // done; of a read, the content came
	no                     // refused
	unknown                // no answer: it may have taken effect, or not
)

// after gives the states that a deed with an outcome may lead to; none when it
// could not have ended so.
func (m may) after(d deed, o outcome) []any {
	then := m
	allowed := true
	switch d {
	case doRead:
		if o == unknown || (o == yes) == m.reads() {
			return []any{m}
		}
		return nil
	case doMask, doUnmask:
		then.masked = d == doMask
	case doWithdraw:
		then.granted = false
	case doDeclare:
		then.granted, allowed = true, !m.blocked // a consent never lifts a block
	case doBlock, doUnblock:
		then.blocked = d == doBlock
	}
	switch {
	case o == unknown && allowed:
		return []any{m, then}
	case o == unknown, o == no && !allowed:
		return []any{m}
	case o == yes && allowed:
		return []any{then}
	}
	return nil
}

// linear is the model: one register of what may be read.
func linear(start may) porcupine.Model {
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{start} },
		Step: func(state, input, output any) []any {
			m, _ := state.(may)
			d, _ := input.(deed)
			o, _ := output.(outcome)
			return m.after(d, o)
		},
	}
	return model.ToModel()
}

// history is what many did at once.
type history struct {
	mu    sync.Mutex
	start time.Time
	ops   []porcupine.Operation
}

// do does a deed and notes when it began and ended. What had no answer may take
// effect at any later time.
func (h *history) do(who int, d deed, f func() outcome) outcome {
	call := time.Since(h.start).Nanoseconds()
	o := f()
	ended := time.Since(h.start).Nanoseconds()
	if o == unknown {
		if d == doRead {
			return o // tells nothing
		}
		ended = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: who, Input: d, Call: call, Output: o, Return: ended})
	return o
}

// check fails when no order of the deeds explains what was answered.
func (h *history) check(t *testing.T, start may) {
	t.Helper()
	count := map[string]int{}
	for _, op := range h.ops {
		count[fmt.Sprint(op.Input, " ", op.Output)]++
	}
	t.Logf("%d operations: %v", len(h.ops), count)
	if count["read 0"] == 0 || count["read 1"] == 0 {
		t.Error("the readers saw one state only: this proves nothing")
	}
	if got := porcupine.CheckOperationsTimeout(linear(start), h.ops, time.Minute); got != porcupine.Ok {
		t.Errorf("the history is %s: somebody read what was revoked, or not what was given back", got)
	}
}

// place is one reader, one document, and those who decide about them.
type place struct {
	at   func() (base string) // where the server is now
	ask  func(who string) (token string)
	doc  string
	rec  string
	pro  string // who reads, and declares and withdraws their own consent
	head string // the médecin traitant, who masks
	deed func(d deed) outcome
}

var traffic = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, Timeout: 30 * time.Second}

// send sends a request and gives its status, 0 without an answer.
func (p *place) send(who, method, path, kind, body string) int {
	r, err := http.NewRequest(method, p.at()+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+p.ask(who))
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := traffic.Do(r)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

// outcomeOf reads a status: what is neither done nor refused is not known.
func outcomeOf(status int) outcome {
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return yes
	case http.StatusForbidden, http.StatusNotFound:
		return no
	}
	return unknown
}

// do does a deed over HTTP.
func (p *place) do(d deed) outcome {
	switch d {
	case doRead:
		return outcomeOf(p.send(p.pro, "GET", "/Binary/"+p.doc, "", ""))
	case doMask:
		return outcomeOf(p.send(p.head, "PATCH", "/DocumentReference/"+p.doc, "application/json-patch+json", labels(fhir.LabelMasked)))
	case doUnmask:
		return outcomeOf(p.send(p.head, "PATCH", "/DocumentReference/"+p.doc, "application/json-patch+json", labels()))
	case doWithdraw:
		return outcomeOf(p.send(p.pro, "POST", "/Patient/"+p.rec+"/$withdraw", "application/fhir+json", `{"resourceType":"Parameters"}`))
	case doDeclare:
		body := fhir.Consent{Status: "active", PatientID: p.rec, DateTime: time.Now(), Form: "oral", End: time.Now().Add(30 * day)}.JSON()
		return outcomeOf(p.send(p.pro, "POST", "/Consent", "application/fhir+json", string(body)))
	}
	return p.deed(d)
}

// run lets readers read while deciders decide, rounds times each.
func (p *place) run(h *history, readers, rounds int, deciders ...[]deed) {
	var all sync.WaitGroup
	done := make(chan struct{})
	for i := range readers {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					h.do(i, doRead, func() outcome { return p.do(doRead) })
				}
			}
		})
	}
	var decided sync.WaitGroup
	for i, deeds := range deciders {
		decided.Go(func() {
			for range rounds {
				for _, d := range deeds {
					h.do(readers+i, d, func() outcome { return p.do(d) })
				}
			}
		})
	}
	decided.Wait()
	close(done)
	all.Wait()
}

// worldPlace is gp's place before alice's record in a world of its own.
func worldPlace(w *world) *place {
	citizen := record.Citizen{ID: alice, Name: "PAT-UN", Session: "at home"}
	p := &place{
		at: func() string { return w.base }, doc: w.document(alice, nurse), rec: alice, pro: gp, head: mt,
		deed: func(d deed) outcome {
			f := w.svc.Block
			if d == doUnblock {
				f = w.svc.Unblock
			}
			if err := f(context.Background(), citizen, alice, id(gp)); err != nil {
				return unknown
			}
			return yes
		},
	}
	tokens := map[string]string{gp: w.token(gp), mt: w.token(mt)}
	p.ask = func(who string) string { return tokens[who] }
	return p
}

// TestReadingIsLinearizable: eight read while one masks, one blocks and one
// withdraws and declares; some order of all that explains every answer, and
// respects which ended before which began (invariant 4).
func TestReadingIsLinearizable(t *testing.T) {
	w := newWorld(t)
	p := worldPlace(w)
	h := &history{start: time.Now()}
	p.run(h, 8, 6, []deed{doMask, doUnmask}, []deed{doWithdraw, doDeclare}, []deed{doBlock, doUnblock})
	h.check(t, may{granted: true})
}

// TestNoReadAfterItsRevocation: of the reads that start after a revocation was
// acknowledged, none succeeds, while 64 read as fast as they can.
func TestNoReadAfterItsRevocation(t *testing.T) {
	w := newWorld(t)
	p := worldPlace(w)
	ways := [][2]deed{{doMask, doUnmask}, {doBlock, doUnblock}, {doWithdraw, doDeclare}}
	noneLate(t, func() outcome { return p.do(doRead) }, *revocations, func(i int) way {
		pair := ways[i%len(ways)]
		if i >= 60 { // declaring over and over is throttled
			pair = ways[i%2]
		}
		return way{string(pair[0]), func() outcome { return p.do(pair[0]) }, func() outcome { return p.do(pair[1]) }}
	})
}

// way is one way to take a right to read away; give gives it back, or another
// like it.
type way struct {
	name       string
	take, give func() outcome
}

// noneLate fails when a read that starts after a right was taken away succeeds,
// while 64 read as fast as they can. way gives the way of the i-th of n trials.
func noneLate(t *testing.T, read func() outcome, n int, of func(i int) way) {
	t.Helper()
	// even: readable, or about to be revoked or given back; odd: a revocation is
	// acknowledged, and giving back has not begun
	var moment atomic.Int64
	var late, served, refused atomic.Int64
	within := make(chan struct{}, 64) // reads that began and ended while it was odd
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 64 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				before := moment.Load()
				o := read()
				switch inside := before%2 == 1 && moment.Load() == before; {
				case inside && o == yes:
					late.Add(1)
				case o == yes:
					served.Add(1)
				case o == no:
					refused.Add(1)
				}
				if before%2 == 1 {
					select {
					case within <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	for i := range n {
		way := of(i)
		if o := way.take(); o != yes {
			t.Errorf("%s ended %d", way.name, o)
			break
		}
		for len(within) > 0 { // of the revocation before
			<-within
		}
		moment.Add(1)
		if o := read(); o != no { // one of one's own, at once
			t.Errorf("right after %s: %d", way.name, o)
		}
		for range 64 { // as many of theirs
			<-within
		}
		moment.Add(1) // what ends from now on may have seen what comes next
		if o := way.give(); o != yes {
			t.Errorf("what undoes %s ended %d", way.name, o)
			break
		}
		if o := read(); o != yes {
			t.Errorf("given back after %s: %d", way.name, o)
			break
		}
	}
	close(done)
	readers.Wait()
	t.Logf("%d revocations: %d reads started after one and succeeded; %d served before, %d refused", n, late.Load(), served.Load(), refused.Load())
	if late.Load() != 0 || served.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d reads after a revocation; %d served, %d refused", late.Load(), served.Load(), refused.Load())
	}
}

// process is the real program.
type process struct {
	*testing.T
	program, data string

	mu     sync.Mutex
	cmd    *exec.Cmd
	base   string
	tokens map[string]string
}

func (p *process) start() {
	p.Helper()
	cmd := exec.Command(p.program, "-demo", "-addr", "127.0.0.1:0", "-data", p.data)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var ready struct{ URL string }
	if err != nil || json.Unmarshal(line, &ready) != nil {
		p.Fatalf("not ready: %v %s", err, line)
	}
	tokens := map[string]string{}
	for _, who := range []string{"gp", "gp2"} {
		res, err := http.PostForm(ready.URL+"/demo/token", url.Values{"account": {who}})
		if err != nil {
			p.Fatal(err)
		}
		var answer struct {
			Token string `json:"access_token"`
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		if err != nil {
			p.Fatal(err)
		}
		tokens[who] = answer.Token
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.base, p.tokens = cmd, ready.URL+"/fhir", tokens
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) at() string { p.mu.Lock(); defer p.mu.Unlock(); return p.base }

func (p *process) token(who string) string { p.mu.Lock(); defer p.mu.Unlock(); return p.tokens[who] }

// search gives the ids that a search finds.
func (p *process) search(who, kind, form string) []string {
	p.Helper()
	r, err := http.NewRequest("POST", p.at()+"/"+kind+"/_search", strings.NewReader(form))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token(who))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := traffic.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		p.Fatal(err)
	}
	b, err := fhir.ParseBundle(data)
	if err != nil {
		p.Fatalf("%v %.200s", err, data)
	}
	var ids []string
	for _, e := range b.Entries {
		var v struct{ ID string }
		if err := json.Unmarshal(e.Resource, &v); err != nil {
			p.Fatal(err)
		}
		ids = append(ids, v.ID)
	}
	return ids
}

// readable finds a record of which gp2 is the médecin traitant and gp, once
// they have declared a consent, reads a document.
func (p *process) readable() *place {
	p.Helper()
	for _, rec := range p.search("gp2", "Patient", "_count=50") {
		pl := &place{at: p.at, ask: p.token, rec: rec, pro: "gp", head: "gp2"}
		mine := p.search("gp2", "DocumentReference", "status=current&patient="+rec)
		if len(mine) == 0 || pl.do(doDeclare) != yes {
			continue
		}
		for _, doc := range p.search("gp", "DocumentReference", "status=current&patient="+rec) {
			if pl.doc = doc; slices.Contains(mine, doc) && pl.do(doRead) == yes && pl.do(doUnmask) == yes {
				return pl
			}
		}
	}
	p.Fatal("no record fits")
	return nil
}

// TestReadingIsLinearizableThroughAKill: the same before the real program, which
// is killed in the middle and started again: what it had acknowledged holds, and
// what it had not is one or the other for everybody.
func TestReadingIsLinearizableThroughAKill(t *testing.T) {
	dir := t.TempDir()
	p := &process{T: t, program: filepath.Join(dir, "carnet-server"), data: filepath.Join(dir, "data")}
	build := exec.Command("go", "build", "-o", p.program, "carnet/cmd/carnet-server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.start()
	t.Cleanup(func() { p.kill() })
	pl := p.readable()
	h := &history{start: time.Now()}
	enough := make(chan struct{})
	var once sync.Once
	var acts atomic.Int64
	goOn := make(chan struct{})
	killed := make(chan struct{})
	go func() { // kill, once enough was done, in the middle of whatever is under way
		defer close(killed)
		<-enough
		p.kill()
		p.start()
		close(goOn)
	}()
	inner := pl.at
	pl.at = func() string {
		if acts.Add(1) == 300+rand.Int64N(20) || acts.Load() > 320 {
			once.Do(func() { close(enough) })
		}
		return inner()
	}
	pl.run(h, 6, 12, []deed{doMask, doUnmask}, []deed{doWithdraw, doDeclare})
	once.Do(func() { close(enough) })
	<-killed
	<-goOn
	pl.run(h, 6, 4, []deed{doMask, doUnmask}, []deed{doWithdraw, doDeclare})
	h.check(t, may{granted: true})
	if out, err := verified(p); err != nil {
		t.Errorf("verify: %v %s", err, out)
	}
}

// verified stops the program and checks what it left.
func verified(p *process) ([]byte, error) {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
	return exec.Command(p.program, "verify", "-data", p.data).CombinedOutput()
}
