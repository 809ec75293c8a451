package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"carnet/client/fhir"
)

// MaxLot is how many documents one lot holds at most, MaxLotSize how many bytes
// in all.
const (
	MaxLot           = fhir.MaxLot
	MaxLotSize int64 = 256 << 20
)

// lotWait is how long the server may take to check a whole lot once it has
// arrived.
const lotWait = 3 * time.Minute

// entryPrefix begins what names a draft in a refusal.
const entryPrefix = "Bundle.entry["

// Submit files the drafts of a lot as one submission set (ITI-65). The bytes
// are encoded while they leave, one file after the other: what is in memory
// does not grow with the lot.
func (h *HTTP) Submit(ctx context.Context, lot Lot) ([]LotResult, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx)
	}
	total, err := lot.check()
	if err != nil {
		return nil, err
	}
	results := make([]LotResult, len(lot.Drafts))
	docs := make([]Document, len(lot.Drafts))
	at := h.now()
	for i, d := range lot.Drafts {
		hash, err := measure(d)
		if err != nil {
			results[i].Err = err
			return results, err
		}
		docs[i] = describe(d, hash, at)
	}
	left := make([]int, len(lot.Drafts))
	for i := range left {
		left[i] = i
	}
	tell := monotone(lot.Progress, total)
	// What is found to be there is taken out, and the rest sent again; it can only
	// get shorter.
	for len(left) > 0 {
		s := sending{lot: lot, docs: docs, left: left, at: at, tell: tell}
		if err := h.submit(ctx, &s, results); fhir.CodeOf(err) != fhir.Duplicate {
			return results, err
		} else if left = s.existing(err, results); len(left) == len(s.left) || s.refused {
			return results, err
		}
	}
	return results, nil
}

// check refuses a lot that no server takes.
func (l Lot) check() (total int64, err error) {
	switch {
	case len(l.Drafts) == 0:
		return 0, fhir.E(fhir.Required, "Ce lot ne contient aucun document. Ajoutez-en.")
	case len(l.Drafts) > MaxLot:
		return 0, fhir.E(fhir.TooLarge, "Un lot contient %d documents au plus. Envoyez le reste dans un autre lot.", MaxLot)
	}
	unique := map[string]bool{}
	for _, d := range l.Drafts {
		first := l.Drafts[0]
		id := d.UniqueID
		if id == "" {
			id = d.ID
		}
		switch {
		case d.PatientID != first.PatientID || d.PatientINS != first.PatientINS:
			return 0, fhir.E(fhir.Invalid, "Un lot ne concerne qu'un seul patient. Faites un lot par patient.")
		case d.Size > MaxDocument:
			return 0, fhir.E(fhir.TooLarge, "Un document dépasse 25 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
		case unique[id]:
			return 0, fhir.E(fhir.Invalid, "Un document est deux fois dans ce lot. Gardez-le une fois.")
		}
		unique[id] = true
		total += d.Size
	}
	if total > MaxLotSize {
		return 0, fhir.E(fhir.TooLarge, "Ce lot dépasse 256 Mo. Envoyez-le en plusieurs lots.")
	}
	return total, nil
}

// sending is one attempt to send what is left of a lot.
type sending struct {
	lot     Lot
	docs    []Document
	left    []int // drafts that are sent
	at      time.Time
	tell    func(int64)
	refused bool // a document is there with another content, or filed by somebody else
}

// key is the idempotency key: of the lot and of what of it is sent.
func (s *sending) key() string {
	h := sha256.New()
	_, _ = io.WriteString(h, s.lot.ID) // never fails
	for _, i := range s.left {
		_, _ = io.WriteString(h, "\x00"+s.docs[i].UniqueID)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pieces gives the transaction around the contents.
func (s *sending) pieces() [][]byte {
	docs := make([]Document, len(s.left))
	for i, at := range s.left {
		docs[i] = s.docs[at]
	}
	d := s.lot.Drafts[s.left[0]]
	key := s.key()
	return fhir.SplitLotJSON(fhir.SubmissionSet{
		UniqueID:  "urn:uuid:" + strings.Join([]string{key[:8], key[8:12], key[12:16], key[16:20], key[20:32]}, "-"),
		PatientID: d.PatientID, PatientINS: d.PatientINS, Date: s.at.UTC().Format(time.RFC3339), Source: d.Author,
	}, docs)
}

// draftOf gives the draft that a finding names, -1 for none.
func (s *sending) draftOf(expression string) int {
	entry, n := 0, 0
	rest, ok := strings.CutPrefix(expression, entryPrefix)
	for ; ok && n < len(rest) && n < 5 && rest[n] >= '0' && rest[n] <= '9'; n++ {
		entry = entry*10 + int(rest[n]-'0')
	}
	if n == 0 {
		return -1
	}
	if at := fhir.LotEntryOf(entry); at >= 0 && at < len(s.left) {
		return s.left[at]
	}
	return -1
}

// existing notes the drafts that the server has, and gives those that it has
// not.
func (s *sending) existing(err error, results []LotResult) (left []int) {
	var e *Error
	if !errors.As(err, &e) {
		return s.left
	}
	for _, issue := range e.Issues {
		at, ref := s.draftOf(issue.Expression), e.Existing[issue.Expression]
		switch {
		case at < 0:
		case ref == "":
			s.refused = true
			results[at].Err = &Error{Code: issue.Code, Message: issue.Message}
		default:
			results[at] = LotResult{DocumentID: fhir.RefID(ref, "DocumentReference"), Existed: true}
		}
	}
	for _, at := range s.left {
		if !results[at].Existed {
			left = append(left, at)
		}
	}
	return left
}

// submit sends what is left of a lot once, and notes what became of it.
func (h *HTTP) submit(ctx context.Context, s *sending, results []LotResult) error {
	var kept answer
	pieces := s.pieces()
	err := h.withToken(ctx, false, func(token string) (err error) {
		stream := newLotStream(s, pieces)
		kept, err = h.sendLot(ctx, token, s.key(), stream)
		return err
	})
	var e *Error
	if errors.As(err, &e) && e.Code != fhir.Duplicate {
		for _, issue := range e.Issues {
			if at := s.draftOf(issue.Expression); at >= 0 && results[at].Err == nil {
				results[at].Err = &Error{Code: issue.Code, Message: issue.Message, Issues: []fhir.Issue{issue}, Location: e.Existing[issue.Expression]}
			}
		}
	}
	if err != nil {
		return err
	}
	b, err := fhir.ParseBundle(kept.body)
	if err != nil {
		return err
	}
	if b.Type != fhir.BundleResponse || len(b.Entries) != 1+2*len(s.left) {
		return fhir.E(fhir.Malformed, "La réponse du serveur ne se lit pas. Renvoyez le lot : rien n'est déposé deux fois.")
	}
	for i, at := range s.left {
		location, _, _ := strings.Cut(b.Entries[1+2*i].Location, "/_history/")
		results[at] = LotResult{DocumentID: fhir.RefID(location, "DocumentReference")}
	}
	return nil
}

// sendLot sends a transaction and reads the answer.
func (h *HTTP) sendLot(ctx context.Context, token, key string, stream *lotStream) (answer, error) {
	const op = "Submit"
	ctx, watch := newWatch(ctx, lotWait)
	defer watch.stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(h.base.String(), "/"), watchedBody{watched{stream, watch}, stream})
	if err != nil {
		return answer{}, h.failed(watch.parent, op, err)
	}
	r.ContentLength = stream.length()
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": typeFHIR, "Accept": typeFHIR, "User-Agent": "carnet", fhir.HeaderIdempotency: key,
	} {
		r.Header.Set(name, value)
	}
	if r.ContentLength > waitFirst {
		r.Header.Set("Expect", "100-continue")
	}
	resp, err := h.lots.Do(r)
	defer func() { <-stream.closed }() // see upload
	if err != nil {
		if errors.Is(err, errContent) {
			return answer{}, &Error{Code: fhir.Invalid, Message: "Un fichier a changé pendant l'envoi. Choisissez-le de nouveau.", Err: errContent}
		}
		return answer{}, h.failed(watch.parent, op, err)
	}
	defer resp.Body.Close()
	data, err := readAll(watch.reader(io.LimitReader(resp.Body, maxAnswer)), resp.ContentLength)
	if err != nil {
		return answer{}, h.failed(watch.parent, op, err)
	}
	got := answer{status: resp.StatusCode, header: resp.Header, body: data}
	return got, h.refused(op, got)
}

// lotStream is a transaction while it leaves: pieces and contents in turn, by
// one uploadStream that is used again for each.
type lotStream struct {
	leaving
	pieces [][]byte
	drafts []Draft
	next   int   // piece to begin
	sent   int64 // bytes of content before the one at hand
	tell   func(int64)
	part   uploadStream
}

func newLotStream(s *sending, pieces [][]byte) *lotStream {
	out := &lotStream{leaving: leaving{closed: make(chan struct{})}, pieces: pieces, tell: s.tell}
	for _, at := range s.left {
		out.drafts = append(out.drafts, s.lot.Drafts[at])
	}
	out.part.stage = 2 // nothing yet
	out.part.tell = func(sent int64) { out.tell(out.sent + sent) }
	return out
}

// length is how long the whole body is.
func (s *lotStream) length() (n int64) {
	for _, piece := range s.pieces {
		n += int64(len(piece))
	}
	for _, d := range s.drafts {
		n += int64(base64.StdEncoding.EncodedLen(int(d.Size)))
	}
	return n
}

// Read gives the next bytes of the body.
func (s *lotStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return 0, io.ErrClosedPipe
	}
	for {
		n, err := s.part.Read(p)
		if err != io.EOF || n > 0 {
			return n, err
		}
		if s.next == len(s.pieces) {
			return 0, io.EOF
		}
		if err := s.begin(); err != nil {
			return 0, err
		}
	}
}

// begin turns to the next piece and the content behind it.
func (s *lotStream) begin() error {
	s.sent += s.part.sent
	s.part.before, s.part.content, s.part.left, s.part.sent, s.part.stage = s.pieces[s.next], nil, 0, 0, 0
	if s.next < len(s.drafts) {
		d := s.drafts[s.next]
		if _, err := d.Content.Seek(0, io.SeekStart); err != nil {
			return errContent
		}
		s.part.content, s.part.left = d.Content, d.Size
		s.part.prove(d)
	}
	s.next++
	return nil
}
