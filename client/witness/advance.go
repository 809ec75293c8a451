package witness

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is what a log says of itself at a moment: so many entries under this
// hash.
type Head struct {
	Origin string // name of the log
	Size   int64
	Hash   tlog.Hash
	Time   time.Time // when it was signed
}

// State is what a witness keeps: the log's public key as first seen (a note
// verifier key) and the last head that held, as signed.
type State struct {
	Key  string
	Head string // signed note; "" before the first
}

// Alarm says that the log does not hold: its past was changed, or somebody else
// signs. Code is one of the Alarm… words, for the application to tell by.
type Alarm struct {
	Code string
	Last Head // that held; its zero value when there was none
	Now  Head // that does not go on from it; zero when it does not read
}

// The alarms.
const (
	AlarmKey       = "log-key"       // the key is another than the one first seen
	AlarmSignature = "log-signature" // the head is not signed by the key
	AlarmShorter   = "log-shorter"   // there are fewer entries than there were
	AlarmRewritten = "log-rewritten" // the entries that there were are not those at its beginning
)

// Error implements error: for a log file, without any data.
func (a *Alarm) Error() string {
	return "witness: the server's log of accesses does not hold: " + a.Code
}

// Trust begins to witness a log whose key is seen for the first time.
func Trust(key string) (State, error) {
	key = strings.TrimSpace(key)
	if _, err := note.NewVerifier(key); err != nil {
		return State{}, errKey
	}
	return State{Key: key}, nil
}

var errKey = errors.New("witness: the server's answer is not the key of a log")

// Parse reads a signed head against the key of a State. It is an Alarm when the
// key did not sign it.
func (s State) Parse(signed string) (Head, error) {
	key, err := note.NewVerifier(s.Key)
	if err != nil {
		return Head{}, errKey
	}
	n, err := note.Open([]byte(signed), note.VerifierList(key))
	if err != nil {
		return Head{}, &Alarm{Code: AlarmSignature}
	}
	h, ok := parseHead(n.Text)
	if !ok || h.Origin != key.Name() {
		return Head{}, &Alarm{Code: AlarmSignature}
	}
	return h, nil
}

// parseHead reads a note's text: origin, size, hash, time, one a line.
func parseHead(text string) (h Head, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return h, false
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	hash, hashErr := base64.StdEncoding.DecodeString(lines[2])
	at, atErr := time.Parse(time.RFC3339, lines[3])
	if err != nil || hashErr != nil || atErr != nil || size < 1 || len(hash) != tlog.HashSize {
		return h, false
	}
	return Head{Origin: lines[0], Size: size, Hash: tlog.Hash(hash), Time: at}, true
}

// Last gives the last head that held; ok is false when there was none.
func (s State) Last() (h Head, ok bool) {
	if s.Head == "" {
		return h, false
	}
	h, err := s.Parse(s.Head)
	return h, err == nil
}

// Advance checks that a newly signed head goes on from the last one and gives
// what to keep from now on. proof is the log's from the size of the last head
// to that of the new one; it is not looked at before the first head, nor
// between heads of the same size. It is an Alarm when the new head does not
// hold; the State that was is then the one to keep.
func Advance(last State, signed string, proof tlog.TreeProof) (State, error) {
	now, err := last.Parse(signed)
	if err != nil {
		if alarm := (*Alarm)(nil); errors.As(err, &alarm) {
			alarm.Last, _ = last.Last()
		}
		return last, err
	}
	next := State{Key: last.Key, Head: signed}
	was, ok := last.Last()
	switch {
	case last.Head != "" && !ok:
		return last, errState
	case !ok:
		return next, nil
	case now.Size < was.Size:
		// An answer that was long under way is older, not shorter: it is part of what
		// is known if the newer one goes on from it. Signed later and yet shorter, it
		// is not.
		if now.Time.After(was.Time) || tlog.CheckTree(proof, was.Size, was.Hash, now.Size, now.Hash) != nil {
			return last, &Alarm{Code: AlarmShorter, Last: was, Now: now}
		}
		return last, nil
	case now.Size == was.Size:
		if now.Hash != was.Hash {
			return last, &Alarm{Code: AlarmRewritten, Last: was, Now: now}
		}
		return next, nil
	case tlog.CheckTree(proof, now.Size, now.Hash, was.Size, was.Hash) != nil:
		return last, &Alarm{Code: AlarmRewritten, Last: was, Now: now}
	}
	return next, nil
}

var errState = errors.New("witness: what was kept of the log does not read")
