package main

import (
	"bytes"
	"context"
	"crypto/sha1" // the specification's field
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carnet/client/fhir"
)

// perLot is how many documents a submission set of the measured size has.
const perLot = 4

// parallel is what -uploads asks for: 100x20MiB.
type parallel struct {
	count int
	size  int // bytes of content, each
}

func parseParallel(s string) (p parallel, err error) {
	count, size, ok := strings.Cut(strings.TrimSuffix(s, "MiB"), "x")
	if ok && strings.HasSuffix(s, "MiB") {
		p.count, err = strconv.Atoi(count)
		if err == nil {
			p.size, err = strconv.Atoi(size)
		}
		p.size <<= 20
	}
	if !ok || err != nil || p.count < 1 || p.size < 1<<20 {
		return p, fmt.Errorf("-uploads: %q is not like 100x20MiB", s)
	}
	return p, nil
}

// uploads measures the server's memory while so many documents, then so many
// submission sets, arrive at once: on a store of its own, with real PDF files.
func uploads(ctx context.Context, o options, asked string) error {
	p, err := parseParallel(asked)
	if err != nil {
		return err
	}
	o.dir = filepath.Join(o.dir, "uploads")
	o.patients, o.documents, o.pdfs, o.fresh = 200, 200, 0, true
	s, err := dataset(ctx, o)
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		name string
		each int // documents in a request
	}{{"documents (ITI-105)", 1}, {fmt.Sprintf("submission sets of %d documents (ITI-65)", perLot), perLot}} {
		// Each on a server of its own: the peak is the process's since its start.
		srv, err := startServer(ctx, o, s)
		if err != nil {
			return err
		}
		token, err := srv.token(ctx, "gp")
		if err == nil {
			up := uploading{server: srv, token: token, store: s, each: kind.each, file: newBigFile(p.size / kind.each)}
			err = up.run(ctx, kind.name, p)
		}
		srv.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	return nil
}

// uploading is one kind of request, sent many times at once.
type uploading struct {
	server *process
	token  string
	store  store
	each   int
	file   bigFile

	refused atomic.Int64
	serial  atomic.Int64
}

func (u *uploading) run(ctx context.Context, name string, p parallel) error {
	u.serial.Store(time.Now().UnixMicro())
	before := u.server.memory("RssAnon")
	watch := watchMemory(u.server)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: p.count, ExpectContinueTimeout: time.Minute}}
	began := time.Now()
	took := make([]time.Duration, p.count)
	failed := make([]error, p.count)
	var all sync.WaitGroup
	for i := range p.count {
		all.Go(func() {
			failed[i] = u.one(ctx, client, i)
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	peak := watch()
	if i := slices.IndexFunc(failed, func(err error) bool { return err != nil }); i >= 0 {
		return failed[i]
	}
	slices.Sort(took)
	whole := time.Since(began)
	_, err := fmt.Fprintf(os.Stdout, "%d parallel %s of %d MiB: all filed in %s (%.0f MiB/s), half of them after %s; %d times asked to come back later.\n"+
		"Server: %d MiB of its own before, %d MiB at the most; with mapped pages of files %d MiB at the most. Its %d workers: %d MiB together at the most.\n\n",
		p.count, name, u.each*len(u.file.model)>>20, whole.Round(100*time.Millisecond), float64(p.count*u.each*len(u.file.model))/(1<<20)/whole.Seconds(),
		took[len(took)/2].Round(100*time.Millisecond), u.refused.Load(),
		before, peak.anon, u.server.memory("VmHWM"), peak.workers, peak.workersMiB)
	return err
}

// one files until the server takes it.
func (u *uploading) one(ctx context.Context, client *http.Client, i int) error {
	first := u.serial.Add(int64(u.each))
	for {
		req, err := u.request(ctx, i, first)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		switch {
		case err != nil:
			return err
		case res.StatusCode == http.StatusTooManyRequests:
			u.refused.Add(1)
			select {
			case <-time.After(fhir.ParseRetryAfter(res.Header.Get("Retry-After"), time.Now())):
			case <-ctx.Done():
				return ctx.Err()
			}
		case res.StatusCode != http.StatusCreated && res.StatusCode != http.StatusOK:
			return fmt.Errorf("%w: %s %.500s", errAnswer, res.Status, body)
		default:
			return nil
		}
	}
}

// request makes the body as a stream: the pieces of JSON and, between them, the
// contents in base64.
func (u *uploading) request(ctx context.Context, i int, first int64) (*http.Request, error) {
	var docs []fhir.DocumentReference
	for n := range u.each {
		docs = append(docs, u.describe(u.store.Patients[i%len(u.store.Patients)], first+int64(n)))
	}
	path, pieces := "/fhir", [][]byte(nil)
	if u.each == 1 {
		before, after := docs[0].SplitJSON()
		path, pieces = "/fhir/DocumentReference", [][]byte{before, after}
	} else {
		pieces = fhir.SplitLotJSON(fhir.SubmissionSet{
			UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.97.%d", first), PatientID: docs[0].PatientID, PatientINS: docs[0].PatientINS,
			Date: docs[0].Date, Source: docs[0].Author,
		}, docs)
	}
	length := 0
	var body []io.Reader
	for n, piece := range pieces {
		body, length = append(body, bytes.NewReader(piece)), length+len(piece)
		if n < u.each {
			body = append(body, u.file.encoded(first+int64(n)))
			length += base64.StdEncoding.EncodedLen(len(u.file.model))
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+u.server.addr+path, io.MultiReader(body...))
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(length)
	req.Header.Set("Authorization", "Bearer "+u.token)
	req.Header.Set("Content-Type", "application/fhir+json")
	req.Header.Set("Accept", "application/fhir+json")
	req.Header.Set("Expect", "100-continue")
	return req, nil
}

func (u *uploading) describe(p subject, n int64) fhir.DocumentReference {
	d := described(p, uint64(n), time.Now())
	sum := u.file.sum(n)
	d.Attachment.Size, d.Attachment.Hash = int64(len(u.file.model)), base64.StdEncoding.EncodeToString(sum[:])
	return d
}

// bigFile is a PDF of many scanned pages, with a number in its text that tells
// one from the next.
type bigFile struct {
	model []byte
	at    int
}

func newBigFile(size int) bigFile {
	const width = 1200
	one := len(modelPDF(width, 1))
	model := modelPDF(width, 1+max(0, size-one)/(len(modelPDF(width, 2))-one))
	return bigFile{model, bytes.Index(model, []byte(mark))}
}

// reader gives the n-th file, of which there is only the one in memory.
func (f bigFile) reader(n int64) io.Reader {
	return io.MultiReader(bytes.NewReader(f.model[:f.at]), strings.NewReader(fmt.Sprintf("%0*d", len(mark), n)), bytes.NewReader(f.model[f.at+len(mark):]))
}

func (f bigFile) sum(n int64) (out [sha1.Size]byte) {
	h := sha1.New()
	_, _ = io.Copy(h, f.reader(n)) // of memory to memory
	h.Sum(out[:0])
	return out
}

// encoded gives the n-th file in base64.
func (f bigFile) encoded(n int64) io.Reader {
	out, in := io.Pipe()
	go func() {
		e := base64.NewEncoder(base64.StdEncoding, in)
		_, err := io.CopyBuffer(struct{ io.Writer }{e}, f.reader(n), make([]byte, 48<<10))
		in.CloseWithError(errors.Join(err, e.Close()))
	}()
	return out
}

// peaks are the most memory that was seen, MiB.
type peaks struct{ anon, workers, workersMiB int }

// watchMemory looks at the server's and its workers' memory a hundred times a
// second until it is asked what it saw.
func watchMemory(p *process) func() peaks {
	stop, seen := make(chan struct{}), make(chan peaks)
	go func() {
		var most peaks
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				seen <- most
				return
			case <-tick.C:
				most.anon = max(most.anon, p.memory("RssAnon"))
				count, mib := p.workers()
				most.workers, most.workersMiB = max(most.workers, count), max(most.workersMiB, mib)
			}
		}
	}()
	return func() peaks {
		close(stop)
		return <-seen
	}
}
