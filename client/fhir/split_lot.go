package fhir

import (
	"crypto/sha1" // the integrity field of IHE MHD 4.2.4
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strconv"
)

// MaxLot is how many documents one submission set holds at most.
const MaxLot = 50

// LotSplit is a transaction (ITI-65) whose contents were taken out while it was
// read. Close it.
type LotSplit struct {
	Body  []byte   // the Bundle, each Binary.data replaced by the base64 of its SHA-256
	Parts []Split  // the contents in the order of their entries; their Body and File are not set
	File  *os.File // the unlinked spool file behind all contents, nil without any
	Size  int64    // bytes of all contents
}

// Close frees the spool file. Closing twice is no error.
func (l *LotSplit) Close() error {
	if l.File == nil {
		return nil
	}
	err := l.File.Close()
	l.File = nil
	return err
}

// DefaultLotLimits are those of the server for a transaction: 25 MiB a
// document, 4 MiB of descriptions. Contents are never kept in memory.
func DefaultLotLimits() SplitLimits { return SplitLimits{Data: 25 << 20, Body: 4 << 20} }

// binaryPath is where the content of a transaction's Binary is.
var binaryPath = []string{"entry", "resource", "data"}

// SplitLot reads a transaction as a stream and takes the base64 of each
// Binary.data out of it, decoded and hashed, into one spool file. It follows
// only the structure, as SplitData does.
//
// Errors: those of SplitData, with the element of the entry; TooLarge for more
// contents than a submission set has documents and replaced documents.
func SplitLot(r io.Reader, lim SplitLimits) (*LotSplit, error) {
	work, _ := scratches.Get().(*scratch)
	defer scratches.Put(work)
	work.in.Reset(r)
	defer work.in.Reset(nil)
	lot := &LotSplit{}
	s := &splitter{
		scratch: work, lim: lim, path: binaryPath, lot: lot,
		body: make([]byte, 0, 16<<10), sha1: sha1.New(), sha256: sha256.New(),
	}
	if err := s.run(); err != nil {
		_ = lot.Close()
		return nil, err
	}
	lot.Body = s.body
	return lot, nil
}

// part takes one content of a transaction out.
func (s *splitter) part() error {
	if len(s.lot.Parts) == 2*MaxLot {
		return s.inEntry(E(TooLarge, "Un lot contient 50 documents au plus : envoyez le reste dans un autre lot."))
	}
	s.out = Split{}
	s.sha1.Reset()
	s.sha256.Reset()
	if err := s.content(); err != nil {
		return s.inEntry(err)
	}
	s.lot.Size += s.out.Size
	s.lot.Parts = append(s.lot.Parts, s.out)
	return nil
}

// inEntry names the element of the entry in an error of its content.
func (s *splitter) inEntry(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Code == Unavailable || e.Code == Malformed {
		return err
	}
	index := 0
	for _, l := range s.stack {
		if !l.object {
			index = l.index
			break
		}
	}
	out := *e
	out.Issues = []Issue{{Code: e.Code, Expression: "Bundle.entry[" + strconv.Itoa(index) + "].resource.data", Message: e.Message}}
	return &out
}

// spool writes decoded bytes behind those of the contents before.
func (l *LotSplit) spool(p []byte, dir string) error {
	if l.File == nil {
		f, err := spool(dir)
		if err != nil {
			return noRoom(err)
		}
		l.File = f
	}
	if _, err := l.File.Write(p); err != nil {
		return noRoom(err)
	}
	return nil
}
