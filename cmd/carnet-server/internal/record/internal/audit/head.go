package audit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is what a log says of itself at one moment: so many leaves, under this
// hash. On the wire it is a signed note in the form of a checkpoint:
//
//	carnet-log
//	1532
//	jF0Vn…base64 of the hash…=
//	2026-11-20T09:15:00.123Z
//
//	— carnet-log base64 of the key's hash and the ed25519 signature
type Head struct {
	Origin string
	Size   int64
	Hash   tlog.Hash
	Time   time.Time // when it was signed, UTC to the millisecond
}

const headTime = "2006-01-02T15:04:05.000Z"

// ErrHead is of a head that does not parse or whose signature is not the log's.
var ErrHead = errors.New("audit: not a head of this log")

// HeadOf makes the head of a tree.
func HeadOf(origin string, t *Tree, now time.Time) Head {
	return Head{Origin: origin, Size: t.Size(), Hash: t.Hash(), Time: now.UTC().Truncate(time.Millisecond)}
}

// HeadAt makes the head of the tree that a log had at an earlier size, or has.
func HeadAt(origin string, size int64, store HashStore, now time.Time) (Head, error) {
	hash, err := rangeHash(0, size, store)
	return Head{Origin: origin, Size: size, Hash: hash, Time: now.UTC().Truncate(time.Millisecond)}, err
}

// Text is the note's text, before its signature.
func (h Head) Text() string {
	var b strings.Builder
	b.WriteString(h.Origin)
	b.WriteByte('\n')
	b.WriteString(strconv.FormatInt(h.Size, 10))
	b.WriteByte('\n')
	b.WriteString(base64.StdEncoding.EncodeToString(h.Hash[:]))
	b.WriteByte('\n')
	b.WriteString(h.Time.UTC().Format(headTime))
	b.WriteByte('\n')
	return b.String()
}

// parseHead reads a note's text; only the one way of writing a head is read.
func parseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Head{}, ErrHead
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Head{}, ErrHead
	}
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return Head{}, ErrHead
	}
	at, err := time.Parse(headTime, lines[3])
	if err != nil || !canonicalTime(at) {
		return Head{}, ErrHead
	}
	h := Head{Origin: lines[0], Size: size, Hash: tlog.Hash(hash), Time: at}
	if h.Text() != text {
		return Head{}, ErrHead
	}
	return h, nil
}

// Sign gives the signed note of a head.
func Sign(h Head, signer note.Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: h.Text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("audit: sign the head: %w", err)
	}
	return msg, nil
}

// Open checks a signed note and gives its head. It answers ErrHead for a note
// of another log or key, or one that was changed.
func Open(msg []byte, verifier note.Verifier) (Head, error) {
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrHead, err)
	}
	for _, s := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := strictBase64(s.Base64); err != nil {
			return Head{}, fmt.Errorf("%w: %w", ErrHead, err)
		}
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return Head{}, err
	}
	if h.Origin != verifier.Name() {
		return Head{}, ErrHead
	}
	return h, nil
}

// NewKey makes a log's key: the file that its owner keeps with mode 0600,
// private key first, then the public key, one a line. name is the origin line
// of the heads: no spaces, no plus sign.
func NewKey(random io.Reader, name string) ([]byte, error) {
	private, public, err := note.GenerateKey(random, name)
	if err != nil {
		return nil, fmt.Errorf("audit: make the log's key: %w", err)
	}
	return []byte(private + "\n" + public + "\n"), nil
}

// ParseKey reads what NewKey made.
func ParseKey(file []byte) (note.Signer, note.Verifier, error) {
	private, public, ok := bytes.Cut(bytes.TrimSpace(file), []byte("\n"))
	if !ok {
		return nil, nil, errors.New("audit: the log's key file is cut short")
	}
	signer, err := note.NewSigner(string(private))
	if err != nil {
		return nil, nil, errors.New("audit: the log's key file has no private key")
	}
	verifier, err := note.NewVerifier(string(public))
	if err != nil || verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return nil, nil, errors.New("audit: the log's key file has no public key of its private key")
	}
	return signer, verifier, nil
}

// PublicKey gives the public key of what NewKey made, as a note verifier key:
// name, hash and key, to be told to everybody.
func PublicKey(file []byte) (string, error) {
	_, public, ok := bytes.Cut(bytes.TrimSpace(file), []byte("\n"))
	if _, err := note.NewVerifier(string(public)); !ok || err != nil {
		return "", errors.New("audit: the log's key file has no public key")
	}
	return string(public), nil
}
