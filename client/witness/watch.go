package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/fhir"
)

// Server is what a witness asks of a server. None of it needs a sign-in.
type Server interface {
	Key(ctx context.Context) (string, error)
	Head(ctx context.Context) (signed string, err error)
	// Proof is from a size to a larger one. fhir.BadValue means that the log is
	// smaller than to.
	Proof(ctx context.Context, from, to int64) (tlog.TreeProof, error)
}

// Store keeps a State. Load gives the zero State when there is none.
type Store interface {
	Load() (State, error)
	Save(State) error
}

// Watch witnesses one server's log.
type Watch struct {
	Store  Store
	Server Server
}

// Check asks for the present head, checks that it goes on from the last one,
// and keeps it. The first time it trusts the key. Errors: *Alarm when the log
// does not hold (what is kept stays as it was, so that it is raised again);
// any other when it could not be checked.
func (w Watch) Check(ctx context.Context) (State, error) {
	last, err := w.Store.Load()
	if err != nil {
		return State{}, err
	}
	key, err := w.Server.Key(ctx)
	if err != nil {
		return last, err
	}
	if last.Key == "" {
		if last, err = Trust(key); err != nil {
			return State{}, err
		}
	}
	was, seen := last.Last()
	if strings.TrimSpace(key) != last.Key {
		return last, &Alarm{Code: AlarmKey, Last: was}
	}
	signed, err := w.Server.Head(ctx)
	if err != nil {
		return last, err
	}
	now, err := last.Parse(signed)
	var proof tlog.TreeProof
	if err == nil && seen && now.Size != was.Size {
		proof, err = w.Server.Proof(ctx, min(was.Size, now.Size), max(was.Size, now.Size))
		if fhir.CodeOf(err) == fhir.BadValue {
			proof, err = nil, nil // it says that the log is smaller than it was: Advance judges
		}
		if err != nil {
			return last, err
		}
	}
	next, err := Advance(last, signed, proof)
	if err != nil || next == last {
		return next, err
	}
	return next, w.Store.Save(next)
}

// Present gives the State of a log as it stands, as if it were seen for the first
// time, and its head. Nothing is kept: a person decides whether a witness starts
// over from there, with Save.
func (w Watch) Present(ctx context.Context) (State, Head, error) {
	key, err := w.Server.Key(ctx)
	if err != nil {
		return State{}, Head{}, err
	}
	fresh, err := Trust(key)
	if err != nil {
		return State{}, Head{}, err
	}
	signed, err := w.Server.Head(ctx)
	if err != nil {
		return State{}, Head{}, err
	}
	h, err := fresh.Parse(signed)
	return State{Key: fresh.Key, Head: signed}, h, err
}

// Doer sends requests; *http.Client is one.
type Doer interface {
	Do(r *http.Request) (*http.Response, error)
}

// HTTP asks a server at its public address (without a path).
type HTTP struct {
	Base   string
	Client Doer
}

// maxAnswer bounds an answer: a key, a head and a proof are far shorter.
const maxAnswer = 64 << 10

// Key implements Server.
func (h HTTP) Key(ctx context.Context) (string, error) { return h.get(ctx, "/log/key", nil) }

// Head implements Server.
func (h HTTP) Head(ctx context.Context) (string, error) { return h.get(ctx, "/log/head", nil) }

// Proof implements Server.
func (h HTTP) Proof(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	text, err := h.get(ctx, "/log/consistency", url.Values{"from": {fmt.Sprint(from)}, "to": {fmt.Sprint(to)}})
	if err != nil {
		return nil, err
	}
	return parseProof(text)
}

// parseProof reads hashes in base64, one a line.
func parseProof(text string) (tlog.TreeProof, error) {
	proof := tlog.TreeProof{}
	for line := range strings.Lines(text) {
		h, err := tlog.ParseHash(strings.TrimSuffix(line, "\n"))
		if err != nil || len(proof) == 128 {
			return nil, errors.New("witness: the server's answer is not a proof")
		}
		proof = append(proof, h)
	}
	return proof, nil
}

func (h HTTP) get(ctx context.Context, path string, query url.Values) (string, error) {
	address := strings.TrimSuffix(h.Base, "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	res, err := h.Client.Do(r)
	if err != nil {
		return "", &fhir.Error{Code: fhir.Unavailable, Message: "Le journal des accès ne répond pas : la vérification reprendra plus tard.", Err: err}
	}
	defer func() { _ = res.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil, len(body) > maxAnswer:
		return "", &fhir.Error{Code: fhir.Unavailable, Message: "La réponse du journal des accès ne se lit pas : la vérification reprendra plus tard.", Err: err}
	case res.StatusCode == http.StatusBadRequest:
		return "", fhir.E(fhir.BadValue, "Le journal des accès n’a pas cette taille.")
	case res.StatusCode != http.StatusOK:
		return "", fhir.E(fhir.Unavailable, "Le journal des accès ne répond pas : la vérification reprendra plus tard.")
	}
	return string(body), nil
}

// File keeps a State in a file that its owner alone reads (mode 0600); it is
// replaced whole.
type File struct{ Path string }

// Load implements Store. A file that does not read is an error, not a first
// time: whoever spoils it does not make the witness forget.
func (f File) Load() (State, error) {
	data, err := os.ReadFile(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil || s.Key == "" {
		return State{}, errState
	}
	if _, ok := s.Last(); s.Head != "" && !ok {
		return State{}, errState
	}
	return s, nil
}

// Save implements Store.
func (f File) Save(s State) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".witness-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(data, '\n'))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.Path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error is told
	}
	return err
}
