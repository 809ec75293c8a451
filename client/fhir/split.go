package fhir

import (
	"bufio"
	"bytes"
	"crypto/sha1" // the integrity field of IHE MHD 4.2.4
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"os"
	"sync"
)

// SplitLimits bound what SplitData takes in.
type SplitLimits struct {
	Data   int64  // decoded content, bytes
	Body   int    // the rest of the body, bytes
	Memory int    // content kept in memory; above it goes to a spool file
	Expect int64  // length of the whole body where it is known, so that memory is taken once
	Dir    string // of the spool file; "" means the system's
}

// DefaultSplitLimits are those of the server: 25 MiB a document, 1 MiB of
// description, 1 MiB of content in memory.
func DefaultSplitLimits() SplitLimits {
	return SplitLimits{Data: 25 << 20, Body: 1 << 20, Memory: 1 << 20}
}

// Split is a DocumentReference whose content was taken out while it was read.
// Close it.
type Split struct {
	Body    []byte // the body, the value of attachment.data replaced by the base64 of its SHA-256
	HasData bool   // there was an attachment.data
	Data    io.ReaderAt
	File    *os.File // the unlinked spool file behind Data, nil when it stayed in memory
	Size    int64    // bytes of the content
	SHA1    [20]byte
	SHA256  [32]byte
}

// Close frees the spool file. Closing twice is no error.
func (s *Split) Close() error {
	if s.File == nil {
		return nil
	}
	err := s.File.Close()
	s.File = nil
	return err
}

// SplitData reads a DocumentReference as a stream and takes the base64 of
// content.attachment.data out of it, decoded and hashed. It follows only the
// structure: the body must still go through Parse and Check. Base64 may hold
// white space, escaped slashes and loose trailing bits, which published
// examples do.
//
// Errors: TooLarge; Malformed when the structure breaks off or a second
// attachment.data comes; Invalid when the base64 is none; Unavailable when the
// spool file cannot be written; and r's own *Error.
func SplitData(r io.Reader, lim SplitLimits) (*Split, error) { return splitAt(r, lim, dataPath, nil) }

// SplitMessage is SplitData for a Communication: the file of a payload, or that
// of the document which it contains.
func SplitMessage(r io.Reader, lim SplitLimits) (*Split, error) {
	return splitAt(r, lim, []string{"payload", "contentAttachment", "data"}, []string{"contained", "content", "attachment", "data"})
}

func splitAt(r io.Reader, lim SplitLimits, path, also []string) (*Split, error) {
	work, _ := scratches.Get().(*scratch)
	defer scratches.Put(work)
	work.in.Reset(r)
	defer work.in.Reset(nil)
	s := &splitter{
		scratch: work, lim: lim, path: path, also: also,
		body: make([]byte, 0, 4096), sha1: sha1.New(), sha256: sha256.New(),
	}
	err := s.run()
	if err != nil {
		_ = s.out.Close()
		return nil, err
	}
	s.out.Body = s.body
	return &s.out, nil
}

// dataPath is where the content is; an array adds nothing to the path.
var dataPath = []string{"content", "attachment", "data"}

// scratch is what one request after the other uses; nothing of it outlives
// SplitData.
type scratch struct {
	in      *bufio.Reader
	decoded []byte
}

var scratches = sync.Pool{New: func() any {
	return &scratch{in: bufio.NewReaderSize(nil, 32<<10), decoded: make([]byte, 32<<10)}
}}

type splitter struct {
	*scratch
	lim    SplitLimits
	path   []string  // of what is taken out
	also   []string  // another path of it; nil: none
	lot    *LotSplit // of a transaction; nil for one document
	body   []byte
	stack  []level
	memory []byte
	sha1   hash.Hash
	sha256 hash.Hash
	out    Split
}

// level is one open object or array.
type level struct {
	object  bool
	wantKey bool // in an object: the next string is a key
	key     string
	index   int // in an array: of the item at hand
}

func (s *splitter) run() error {
	for {
		c, err := s.in.ReadByte()
		if err == io.EOF {
			if len(s.stack) > 0 {
				return E(Malformed, "Le corps de la requête est tronqué.")
			}
			return nil
		}
		if err != nil {
			return readError(err)
		}
		if c == '"' {
			if err := s.quoted(); err != nil {
				return err
			}
			continue
		}
		if err := s.put(c); err != nil {
			return err
		}
		if err := s.structure(c); err != nil {
			return err
		}
	}
}

// structure follows objects, arrays and the turn from key to value.
func (s *splitter) structure(c byte) error {
	switch c {
	case '{', '[':
		if len(s.stack) > MaxDepth {
			return E(Malformed, "JSON refusé : imbrication trop profonde.")
		}
		s.stack = append(s.stack, level{object: c == '{', wantKey: c == '{'})
	case '}', ']':
		if len(s.stack) == 0 || s.top().object != (c == '}') {
			return E(Malformed, "JSON refusé : une parenthèse ne correspond pas.")
		}
		s.stack = s.stack[:len(s.stack)-1]
	case ',':
		if len(s.stack) > 0 && s.top().object {
			s.top().wantKey = true
		} else if len(s.stack) > 0 {
			s.top().index++
		}
	}
	return nil
}

func (s *splitter) top() *level { return &s.stack[len(s.stack)-1] }

func (s *splitter) put(cs ...byte) error {
	if len(s.body)+len(cs) > s.lim.Body {
		return E(TooLarge, "La description du document est trop longue.")
	}
	s.body = append(s.body, cs...)
	return nil
}

// quoted passes a string on, or decodes it where it is the content.
func (s *splitter) quoted() error {
	if len(s.stack) > 0 && s.top().object && !s.top().wantKey && s.atData() {
		if s.lot != nil {
			return s.part()
		}
		return s.content()
	}
	start := len(s.body)
	if err := s.put('"'); err != nil {
		return err
	}
	for escaped := false; ; {
		chunk, err := s.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return readError(err)
		}
		if perr := s.put(chunk...); perr != nil {
			return perr
		}
		escaped = endsEscaped(chunk, escaped)
		if err == nil && !escaped {
			break
		}
		if err == nil {
			escaped = false // the quote itself was the escaped character
		}
	}
	if len(s.stack) > 0 && s.top().object && s.top().wantKey {
		key, err := Parse(s.body[start:])
		if err != nil {
			return err
		}
		s.top().key, s.top().wantKey = key.Text, false
	}
	return nil
}

// endsEscaped says whether the last quote of chunk is escaped or, where chunk
// ends within the string, whether its end leaves an escape open.
func endsEscaped(chunk []byte, open bool) bool {
	body := chunk
	if n := len(chunk); n > 0 && chunk[n-1] == '"' {
		body = chunk[:n-1]
	}
	slashes := 0
	for i := len(body) - 1; i >= 0 && body[i] == '\\'; i-- {
		slashes++
	}
	if slashes == len(body) && open {
		slashes++
	}
	return slashes%2 == 1
}

func (s *splitter) atData() bool { return s.at(s.path) || s.also != nil && s.at(s.also) }

// at tells whether the value at hand is that of a path.
func (s *splitter) at(path []string) bool {
	i := 0
	for _, l := range s.stack {
		if !l.object {
			continue
		}
		if i >= len(path) || l.key != path[i] {
			return false
		}
		i++
	}
	return i == len(path)
}

// content decodes the base64 up to the closing quote.
func (s *splitter) content() error {
	if s.out.HasData {
		return E(Malformed, "Un seul contenu par document : content.attachment.data est donné deux fois.")
	}
	s.out.HasData = true
	d := decoder{sink: s.sink, buf: s.decoded}
	for {
		chunk, err := s.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return readError(err)
		}
		done := err == nil
		if done {
			chunk = chunk[:len(chunk)-1]
		}
		if err := d.write(chunk); err != nil {
			return err
		}
		if done {
			break
		}
	}
	if err := d.close(); err != nil {
		return err
	}
	return s.finish()
}

// finish gives the sums and puts the SHA-256 where the content was.
func (s *splitter) finish() error {
	s.sha1.Sum(s.out.SHA1[:0])
	s.sha256.Sum(s.out.SHA256[:0])
	switch {
	case s.lot != nil:
		s.out.Data = io.NewSectionReader(s.lot.File, s.lot.Size, s.out.Size)
	case s.out.File != nil:
		s.out.Data = s.out.File
	default:
		s.out.Data = bytes.NewReader(s.memory)
	}
	if s.out.Size == 0 {
		return &Error{Code: Invalid, Message: "Le document est vide.", Issues: []Issue{{
			Code: Invalid, Expression: "DocumentReference.content[0].attachment.data", Message: "Le contenu est vide.",
		}}}
	}
	if err := s.put('"'); err != nil {
		return err
	}
	s.body = base64.StdEncoding.AppendEncode(s.body, s.out.SHA256[:])
	return s.put('"')
}

// sink takes decoded bytes: to memory, then to the spool file.
func (s *splitter) sink(p []byte) error {
	if s.out.Size += int64(len(p)); s.out.Size > s.lim.Data {
		return E(TooLarge, "Le document dépasse %d Mio : réduisez-le ou envoyez-le en plusieurs documents.", s.lim.Data>>20)
	}
	s.sha1.Write(p)
	s.sha256.Write(p)
	if s.lot != nil {
		return s.lot.spool(p, s.lim.Dir)
	}
	// A body that says how long it is goes where it will end up at once.
	expect := s.lim.Expect / 4 * 3
	if s.out.File == nil && len(s.memory)+len(p) <= s.lim.Memory && expect <= int64(s.lim.Memory+s.lim.Body) {
		if s.memory == nil && expect > 0 {
			s.memory = make([]byte, 0, min(expect, int64(s.lim.Memory)))
		}
		s.memory = append(s.memory, p...)
		return nil
	}
	if s.out.File == nil {
		f, err := spool(s.lim.Dir)
		if err != nil {
			return noRoom(err)
		}
		s.out.File = f
		p = append(s.memory, p...)
		s.memory = nil
	}
	if _, err := s.out.File.Write(p); err != nil {
		return noRoom(err)
	}
	return nil
}

// noRoom is of a spool file that cannot be written.
func noRoom(err error) error {
	return &Error{Code: Unavailable, Message: "Le serveur ne peut pas recevoir ce document pour l'instant : réessayez plus tard.", Err: err}
}

// spool makes a file without a name: it is gone when it is closed, or when the
// process dies.
func spool(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "carnet-spool-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// readError names what ended a body early.
func readError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Malformed, Message: "Le corps de la requête est tronqué.", Err: err}
}
