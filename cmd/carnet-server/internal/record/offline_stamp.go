package record

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A stamp says up to which answer a copy is, and what its reader could see then.
// It is sealed for its lease and looks like noise: two of one state are two
// texts. What it stands for moves with what the reader may see and with nothing
// else: documents and items of the profile that the filter lets pass, their
// versions, who cares for the patient, the rights. A hidden document or item that
// comes or goes moves nothing.

const stateSize = 16

// copyStamp is a stamp opened. From and Batch are the first and the last answer
// of CopyChanges that the copy has, zero when it has nothing; State is zero
// while there is more to be asked for.
type copyStamp struct {
	From, Batch int64
	State       [stateSize]byte
}

// has tells whether the copy has what it was given with an answer.
func (at copyStamp) has(batch int64) bool { return at.From <= batch && batch <= at.Batch }

func stampBinding(lease string) string { return "copy\x00" + lease }

func (s *Service) sealStamp(lease string, at copyStamp) string {
	clear := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(at.From)), uint64(at.Batch))
	clear = append(clear, at.State[:]...)
	return base64.RawURLEncoding.EncodeToString(s.st.Keys().SealCursor(stampBinding(lease), clear))
}

// openStamp opens a stamp of a lease; any other is one of a copy that has
// nothing.
func (s *Service) openStamp(lease, text string) (at copyStamp) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return copyStamp{}
	}
	clear, err := s.st.Keys().OpenCursor(stampBinding(lease), sealed)
	if err != nil || len(clear) != 16+stateSize {
		return copyStamp{}
	}
	at.From, at.Batch = int64(binary.BigEndian.Uint64(clear)), int64(binary.BigEndian.Uint64(clear[8:]))
	copy(at.State[:], clear[16:])
	return at
}

// stampOf gives the stamp that was asked with while it holds. Another one says
// only that something changed: what, CopyChanges tells from the stamp before.
func (s *Service) stampOf(ctx context.Context, lease, asked string, c copying) (string, error) {
	state, err := s.stateOf(ctx, c)
	if err != nil {
		return "", err
	}
	at := s.openStamp(lease, asked)
	if asked != "" && at.State == state {
		return asked, nil
	}
	return s.sealStamp(lease, copyStamp{From: at.From, Batch: at.Batch}), nil
}

// stateKey names a state that holds as long as its record does not change.
type stateKey struct {
	record, epoch, docs int64
	who                 consent.Requester
	mode, basis         string
}

// copyStates remembers states: a check of copies that did not change reads no
// document.
type copyStates struct {
	all    *lru.Cache[stateKey, [stateSize]byte]
	bodies *lru.Cache[string, leaseBody] // of leases by id: they never change
}

const rememberedStates = 100_000

func newCopyStates() (c copyStates) {
	var err, bodyErr error
	c.all, err = lru.New[stateKey, [stateSize]byte](rememberedStates)
	c.bodies, bodyErr = lru.New[string, leaseBody](rememberedStates)
	if err := errors.Join(err, bodyErr); err != nil { // only for a size below one
		panic(err)
	}
	return c
}

// bodyOf gives the body of a lease that leasesNow found.
func (s *Service) bodyOf(ctx context.Context, l store.LeaseNow) (b leaseBody, err error) {
	if b, ok := s.states.bodies.Get(l.ID); ok {
		return b, nil
	}
	if l.Body == nil { // it was remembered, and is no longer
		if l.Lease, err = s.st.Lease(ctx, l.ID); err != nil {
			return b, err
		}
	}
	if err := json.Unmarshal(l.Body, &b); err != nil {
		return b, err
	}
	s.states.bodies.Add(l.ID, b)
	return b, nil
}

// leasesNow gives leases, the bodies of those that are not remembered.
func (s *Service) leasesNow(ctx context.Context, ids []string) (map[string]store.LeaseNow, error) {
	return s.st.LeasesNow(ctx, ids, s.states.bodies.Contains)
}

// stateOf gives what the reader of a copy could see of its record now.
func (s *Service) stateOf(ctx context.Context, c copying) ([stateSize]byte, error) {
	key := stateKey{c.rec.N, c.rec.Facts.Epoch, c.rec.Docs, c.p.requester(), c.mode, c.d.Basis}
	if state, ok := s.states.all.Get(key); ok {
		return state, nil
	}
	_, state, err := s.look(ctx, c)
	if err != nil {
		return [stateSize]byte{}, err
	}
	// What was read may be newer than the record it was asked with: then the state
	// is of another moment, and is not remembered under this one.
	now, err := s.st.Fresh(ctx, c.rec.N)
	if err == nil && now.Facts.Epoch == c.rec.Facts.Epoch && now.Docs == c.rec.Docs {
		s.states.all.Add(key, state)
	}
	return state, err
}

// look gives what the reader of a copy may see now, and the state that it is.
func (s *Service) look(ctx context.Context, c copying) (marks []store.DocMark, state [stateSize]byte, err error) {
	if marks, err = s.st.Marks(ctx, c.d.Grant, c.rec); err != nil {
		return nil, state, err
	}
	items, err := s.st.ItemMarks(ctx, c.d.Grant, c.rec)
	return marks, c.state(marks, items, s.now()), err
}

// state hashes what the reader may see.
func (c copying) state(marks []store.DocMark, items []store.ItemMark, now time.Time) (out [stateSize]byte) {
	sum := sha256.New()
	f := c.d.Grant.Filter()
	fmt.Fprintf(sum, "%q %q %q %v %v\n", c.d.Basis, c.d.Rights, f.Types, f.Own != "", f.Masked)
	line := make([]byte, 0, 16)
	for _, m := range marks {
		line = binary.BigEndian.AppendUint64(line[:0], uint64(m.N))
		sum.Write(binary.BigEndian.AppendUint64(line, uint64(m.Version)))
	}
	fmt.Fprintf(sum, "\nitems %v\nteam %q", items, c.rec.Facts.MT)
	for _, m := range caring(c.rec, now) {
		fmt.Fprintf(sum, " %q until %d", m.ID, m.End.Unix())
	}
	copy(out[:], sum.Sum(nil))
	return out
}
