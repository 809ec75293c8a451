package client

import (
	"context"
	"crypto/sha1" // the specification's integrity field (IHE MHD 4.2.4)
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"carnet/client/fhir"
)

// formatSufficient says that the media type alone says how to read a document
// (IHE format codes; what PDSm's own examples carry).
var formatSufficient = fhir.Coding{
	System: "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
	Code:   "urn:ihe:iti:xds:2017:mimeTypeSufficient", Display: "mimeType Sufficient",
}

// File files a document (ITI-105). The bytes are encoded while they leave:
// nothing holds a second copy of them. It uses the http.Client behind resty,
// which would read the whole body into memory first.
func (h *HTTP) File(ctx context.Context, a Access, d Draft, p Progress) (Document, error) {
	if ctx.Err() != nil {
		return Document{}, canceled(ctx)
	}
	if d.Size > MaxDocument {
		return Document{}, fhir.E(fhir.TooLarge, "Le document dépasse 25 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
	}
	hash, err := measure(d)
	if err != nil {
		return Document{}, err
	}
	before, after := describe(d, hash, h.now()).SplitJSON()
	tell := monotone(p, d.Size)
	var kept answer
	err = h.withToken(ctx, false, func(token string) error {
		kept, err = h.upload(ctx, token, a, d, body{before: before, after: after, tell: tell})
		return err
	})
	if err != nil {
		return Document{}, err
	}
	if len(kept.body) > 0 && fhir.ResourceType(kept.body) == "DocumentReference" {
		return fhir.ParseDocumentReference(kept.body)
	}
	return h.Document(ctx, a, fhir.RefID(kept.header.Get("Location"), "DocumentReference"))
}

// measure gives the hash of the draft's bytes: the one that the draft carries,
// which is proven while they leave, or else that of the bytes, whose number is
// compared with what the draft says. A file that changed since it was checked is
// not sent.
func measure(d Draft) (hash string, err error) {
	if d.Content == nil {
		return "", fhir.E(fhir.Required, "Il manque le fichier du document.")
	}
	if d.Hash != "" {
		return d.Hash, nil
	}
	if _, err := d.Content.Seek(0, io.SeekStart); err != nil {
		return "", &Error{Code: fhir.Invalid, Message: "Le fichier ne se relit pas. Choisissez-le de nouveau.", Err: err}
	}
	sum := sha1.New()
	n, err := io.Copy(sum, io.LimitReader(d.Content, MaxDocument+1))
	if err != nil {
		return "", &Error{Code: fhir.Invalid, Message: "Le fichier ne se lit pas. Choisissez-le de nouveau.", Err: err}
	}
	if n != d.Size {
		return "", fhir.E(fhir.Invalid, "Le fichier a changé depuis qu'il a été choisi. Choisissez-le de nouveau.")
	}
	return base64.StdEncoding.EncodeToString(sum.Sum(nil)), nil
}

// describe makes the PDSm comprehensive DocumentReference of a draft (contract,
// section 4), without its bytes.
func describe(d Draft, hash string, now time.Time) Document {
	unique := d.UniqueID
	if unique == "" {
		unique = "urn:uuid:" + d.ID
	}
	at := now.UTC().Format(time.RFC3339)
	out := Document{
		UniqueID: unique, Status: "current", Type: d.Type, Category: d.Class,
		PatientID: d.PatientID, PatientINS: d.PatientINS, Date: at,
		Author: d.Author, Custodian: fhir.Party{OrgID: d.Author.OrgID, OrgName: d.Author.OrgName},
		Confidential: "N", Masked: d.Masked, HiddenPatient: d.HiddenPatient,
		Attachment: fhir.Attachment{
			ContentType: d.ContentType, Language: "fr-FR", Size: d.Size, Hash: hash, Title: d.Title, Creation: at,
		},
		Format: formatSufficient, PeriodStart: d.ActDate.Format(time.RFC3339), Facility: d.Facility, Practice: d.Practice,
	}
	if d.Replaces != nil {
		out.Replaces = []string{"DocumentReference/" + d.Replaces.ID}
		if d.Replaces.ID == "" {
			out.Replaces = []string{d.Replaces.UniqueID}
		}
	}
	return out
}

// body is a request's body in three parts, of which the middle is the content
// in base64.
type body struct {
	before, after []byte
	tell          func(sent int64)
}

// upload sends a draft once and reads the answer.
func (h *HTTP) upload(ctx context.Context, token string, a Access, d Draft, b body) (answer, error) {
	if _, err := d.Content.Seek(0, io.SeekStart); err != nil {
		return answer{}, &Error{Code: fhir.Invalid, Message: "Le fichier ne se relit pas. Choisissez-le de nouveau.", Err: err}
	}
	ctx, watch := newWatch(ctx, h.wait)
	defer watch.stop()
	stream := &uploadStream{leaving: leaving{closed: make(chan struct{})}, before: b.before, content: d.Content, left: d.Size, after: b.after, tell: b.tell}
	stream.prove(d)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address("DocumentReference"), watchedBody{watched{stream, watch}, stream})
	if err != nil {
		return answer{}, h.failed(watch.parent, "File", err)
	}
	r.ContentLength = int64(len(b.before)) + int64(base64.StdEncoding.EncodedLen(int(d.Size))) + int64(len(b.after))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", typeFHIR)
	r.Header.Set("Accept", typeFHIR)
	r.Header.Set("Prefer", "return=representation")
	r.Header.Set("User-Agent", "carnet")
	if d.ID != "" {
		r.Header.Set(fhir.HeaderIdempotency, d.ID)
	}
	if a.Session != "" {
		r.Header.Set(fhir.HeaderSession, a.Session)
	}
	if d.Size > waitFirst {
		r.Header.Set("Expect", "100-continue")
	}
	resp, err := h.stream.GetClient().Do(r)
	// The transport may still be reading when the answer is there: whoever owns
	// the content gets it back only after that.
	defer func() { <-stream.closed }()
	if err != nil {
		if errors.Is(err, errContent) {
			return answer{}, &Error{Code: fhir.Invalid, Message: "Le fichier a changé pendant l'envoi. Choisissez-le de nouveau.", Err: errContent}
		}
		return answer{}, h.failed(watch.parent, "File", err)
	}
	defer resp.Body.Close()
	data, err := readAll(watch.reader(io.LimitReader(resp.Body, maxAnswer)), resp.ContentLength)
	if err != nil {
		return answer{}, h.failed(watch.parent, "File", err)
	}
	got := answer{status: resp.StatusCode, header: resp.Header, body: data}
	return got, h.refused("File", got)
}

// monotone tells p the progress, never going back when a body is sent a second
// time with another token.
func monotone(p Progress, size int64) func(int64) {
	if p == nil {
		return func(int64) {}
	}
	most := int64(-1)
	return func(sent int64) {
		if sent > most {
			most = sent
			p(sent, size)
		}
	}
}

// errContent is the cause when the content ends before its size, has not the hash
// that its draft says, or its file fails.
var errContent = errors.New("client: the content cannot be read to its end")

// chunk is how many bytes of content are encoded at a time: a multiple of
// three, so that base64 needs no padding between chunks.
const chunk = 24 << 10

// waitFirst is the size above which the server is asked before the bytes leave.
const waitFirst = 1 << 20

// watchedBody is a request's body under watch.
type watchedBody struct {
	watched
	io.Closer
}

// leaving is what both kinds of bodies have in common while they leave: the
// transport may close one from another goroutine than the one that reads, and
// whoever owns the content gets it back only after that.
type leaving struct {
	mu     sync.Mutex    // guards all of the body but closed
	done   bool          // Close was called
	closed chan struct{} // closed when the transport no longer reads
}

// Close says that the body is no longer needed.
func (l *leaving) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.done {
		l.done = true
		close(l.closed)
	}
	return nil
}

// uploadStream is a request's body while it leaves.
type uploadStream struct {
	leaving
	before, after []byte
	content       io.Reader
	left, sent    int64 // bytes of content
	tell          func(int64)
	sum           hash.Hash // of the content so far; nil: it was read before
	want          string    // what it must come to

	raw     [chunk]byte
	encoded [chunk / 3 * 4]byte
	pending []byte // encoded, not yet read
	stage   int    // before, content, after, end
}

// prove has the bytes of a draft summed up while they leave, when nobody did
// before: what has another sum than the draft says never leaves whole.
func (s *uploadStream) prove(d Draft) {
	s.sum, s.want = nil, d.Hash
	if d.Hash != "" {
		s.sum = sha1.New()
	}
}

// proven tells whether the content that was given is the one that was meant.
func (s *uploadStream) proven() bool {
	return s.sum == nil || base64.StdEncoding.EncodeToString(s.sum.Sum(nil)) == s.want
}

// Read gives the next bytes of the body.
func (s *uploadStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return 0, io.ErrClosedPipe
	}
	for len(s.pending) == 0 {
		switch {
		case s.stage == 0:
			s.pending, s.stage = s.before, 1
			s.tell(0)
		case s.stage == 1 && s.left == 0 && !s.proven():
			return 0, errContent // without its end, the body is none
		case s.stage == 1 && s.left == 0:
			s.pending, s.stage = s.after, 2
			s.tell(s.sent)
		case s.stage == 1:
			n := min(int64(chunk), s.left)
			if _, err := io.ReadFull(s.content, s.raw[:n]); err != nil {
				return 0, errContent
			}
			s.tell(s.sent) // what was given before has left
			s.left, s.sent = s.left-n, s.sent+n
			if s.sum != nil {
				s.sum.Write(s.raw[:n])
			}
			base64.StdEncoding.Encode(s.encoded[:], s.raw[:n])
			s.pending = s.encoded[:base64.StdEncoding.EncodedLen(int(n))]
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, s.pending)
	s.pending = s.pending[n:]
	return n, nil
}
