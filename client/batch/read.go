package batch

import (
	"bytes"
	"context"
	"crypto/sha1" // the specification's integrity field (IHE MHD 4.2.4)
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// source is where a file is.
type source struct {
	path         string // absolute
	root, inside string // the folder with which it came, and the place in it; empty for a single file
}

func (x *entry) source() source {
	return source{string(x.Path), string(x.Root), string(x.Inside)}
}

// open opens a regular file. A file of a folder is opened in it: no link, and
// none put in its place meanwhile, leads out.
func (s source) open() (f *os.File, info fs.FileInfo, err error) {
	if s.root == "" {
		if info, err = os.Stat(s.path); err == nil && info.Mode().IsRegular() { // a pipe would be waited for
			f, err = os.Open(s.path)
		}
	} else {
		var root *os.Root
		if root, err = os.OpenRoot(s.root); err != nil {
			return nil, nil, err
		}
		defer root.Close()
		if info, err = root.Stat(s.inside); err == nil && info.Mode().IsRegular() {
			f, err = root.Open(s.inside)
		}
	}
	if err == nil && f == nil {
		err = &fs.PathError{Op: "open", Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
	}
	return f, info, err
}

// stampOf gives what tells a file from a later one.
func stampOf(info fs.FileInfo) stamp {
	return stamp{Size: info.Size(), Time: info.ModTime().UnixNano(), Inode: inode(info)}
}

// seen is what reading a file told.
type seen struct {
	problem  Problem
	stamp    stamp
	sum      [sha256.Size]byte
	sentSum  [sha256.Size]byte
	sentHash string // SHA-1, in base64
	image    bool
	report   pdfcheck.Report
}

// problemOf says in one word why a file could not be read.
func problemOf(err error) Problem {
	if errors.Is(err, fs.ErrNotExist) {
		return Missing
	}
	return Unreadable
}

// examine reads a file once and has it checked; the sums are of exactly the
// bytes that were checked. Errors: Canceled, Unavailable when the check could not
// be made.
func (e *Engine) examine(ctx context.Context, src source) (seen, error) {
	f, info, err := src.open()
	if err != nil {
		return seen{problem: problemOf(err), stamp: stamp{Size: -1}}, nil
	}
	defer f.Close()
	s := seen{stamp: stampOf(info)}
	if s.stamp.Size > client.MaxDocument {
		s.report = refusal(pdfcheck.CodeTooLarge)
		return s, nil
	}
	in := &summing{r: f, sum: sha256.New(), sha1: sha1.New(), end: s.stamp.Size}
	if s.image, err = isImage(f); err == nil && s.image && e.c.Image != nil {
		err = e.examineImage(ctx, in, &s)
	} else if err == nil {
		s.report, err = e.c.Checker.CheckReader(ctx, in, s.stamp.Size)
	}
	if err == nil {
		err = in.rest()
	}
	after, gone := f.Stat()
	switch {
	case ctx.Err() != nil:
		return s, canceled(ctx)
	case gone != nil || stampOf(after) != s.stamp || in.moved:
		return seen{problem: Changed, stamp: s.stamp}, nil
	case in.failed != nil:
		return seen{problem: Unreadable, stamp: s.stamp}, nil
	case err != nil:
		return s, err
	}
	in.sum.Sum(s.sum[:0])
	if !s.image || e.c.Image == nil {
		s.sentSum, s.sentHash = s.sum, base64.StdEncoding.EncodeToString(in.sha1.Sum(nil))
	}
	return s, nil
}

// examineImage makes a PDF of a picture and checks that.
func (e *Engine) examineImage(ctx context.Context, in *summing, s *seen) error {
	data := make([]byte, in.end)
	if _, err := in.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	pdf, err := e.c.Image(ctx, data)
	switch code := fhir.CodeOf(err); {
	case code == fhir.Canceled, code == fhir.Unavailable:
		return err
	case code == fhir.TooLarge, code == "" && len(pdf) > client.MaxDocument:
		s.report = refusal(pdfcheck.CodeTooLarge)
		return nil
	case code != "":
		s.report = refusal(pdfcheck.CodeUnreadable)
		return nil
	}
	s.report, err = e.c.Checker.CheckReader(ctx, bytes.NewReader(pdf), int64(len(pdf)))
	sum := sha1.Sum(pdf)
	s.sentSum, s.sentHash = sha256.Sum256(pdf), base64.StdEncoding.EncodeToString(sum[:])
	return err
}

// refusal is the report of what is refused before the check.
func refusal(c pdfcheck.Code) pdfcheck.Report {
	return pdfcheck.Report{Verdict: pdfcheck.Refused, Findings: []pdfcheck.Finding{{Code: c, Severity: pdfcheck.Refuse}}}
}

// isImage tells whether a file begins as a JPEG, PNG or TIFF does.
func isImage(r io.ReaderAt) (bool, error) {
	var head [8]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(head[:n], []byte(magic)) {
			return true, nil
		}
	}
	return false, nil
}

// summing sums up what is read through it from the start to the end; beginning
// anew begins the sum anew.
type summing struct {
	r      io.ReaderAt
	sum    hash.Hash
	sha1   hash.Hash
	at     int64 // up to where the sum is
	end    int64
	failed error // of the file
	moved  bool  // the file ended too soon
}

// ReadAt reads and sums up.
func (s *summing) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(p, off)
	if off == 0 {
		s.sum.Reset()
		s.sha1.Reset()
		s.at = 0
	}
	if off <= s.at && off+int64(n) > s.at {
		s.sum.Write(p[s.at-off : n])
		s.sha1.Write(p[s.at-off : n])
		s.at = off + int64(n)
	}
	if n < len(p) && err != nil {
		if !errors.Is(err, io.EOF) {
			s.failed = err
		} else if off+int64(n) < s.end {
			s.moved = true
		}
	}
	return n, err
}

// rest sums up what the check had no need to read.
func (s *summing) rest() error {
	if s.at >= s.end {
		return nil
	}
	piece := make([]byte, 64<<10)
	for s.at < s.end {
		before := s.at
		if _, err := s.ReadAt(piece[:min(int64(len(piece)), s.end-s.at)], s.at); s.at == before {
			return err
		}
	}
	return nil
}

// content opens what goes into the outbox: the bytes that were checked, or the
// PDF made of them, and no others. Reading fails at the end when they are not.
func (e *Engine) content(ctx context.Context, src source, sum [sha256.Size]byte, image bool) (io.ReadCloser, error) {
	f, _, err := src.open()
	if err != nil {
		return nil, fileError(err)
	}
	if !image || e.c.Image == nil {
		return &proven{ReadCloser: f, sum: sha256.New(), want: sum}, nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, client.MaxDocument+1))
	if err != nil {
		return nil, fileError(err)
	}
	pdf, err := e.c.Image(ctx, data)
	if err != nil {
		return nil, fileError(err)
	}
	return &proven{ReadCloser: io.NopCloser(bytes.NewReader(pdf)), sum: sha256.New(), want: sum}, nil
}

// fileError is an error of the file and not of the outbox.
func fileError(err error) error {
	return &client.Error{Code: fhir.Invalid, Message: "Le fichier a changé ou ne se lit plus. Il est relu.", Err: err}
}

// errOther means that the bytes are not those that were checked.
var errOther = errors.New("the file is not the one that was checked")

// proven is a content that ends in an error unless its sum is the one wanted.
type proven struct {
	io.ReadCloser
	sum  hash.Hash
	want [sha256.Size]byte
}

// Read reads on.
func (p *proven) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.sum.Write(b[:n])
	if errors.Is(err, io.EOF) && [sha256.Size]byte(p.sum.Sum(nil)) != p.want {
		err = errOther
	}
	return n, err
}
