package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Types are numbered from 1; a filter's types are a set of bits in four words
// of 62, so that each word stays a positive SQL integer.
const (
	typeWords   = 4
	typeBits    = 62
	highestType = typeWords*typeBits - 1
)

// typeTable numbers the document types, as table doctype does.
type typeTable struct {
	mu     sync.RWMutex
	number map[string]int64
	code   map[int64]string
	sets   map[*string]typeSet // of the lists that were asked for: professions have few
}

// typeSet is the bits of a list of types that is never written to.
type typeSet struct {
	codes []string
	bits  [typeWords]int64
}

// largestSets bounds what is remembered of lists.
const largestSets = 256

func (t *typeTable) load(query queryFunc) error {
	t.number, t.code = map[string]int64{}, map[int64]string{}
	return each(query, `SELECT ord, code FROM doctype`, nil, func(r rows) error {
		var n int64
		var code string
		err := r.Scan(&n, &code)
		t.number[code], t.code[n] = n, code
		return err
	})
}

func (t *typeTable) add(code string, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number[code], t.code[n] = n, code
	t.sets = nil
}

func (t *typeTable) name(n int64) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.code[n]
}

// set gives the bits of some types. A type that no document has needs no bit.
// A filter's types are shared by all decisions about a profession and never
// written to (consent.Filter), so that where a list lies tells which it is.
func (t *typeTable) set(codes []string) (bits [typeWords]int64) {
	if len(codes) == 0 {
		return bits
	}
	t.mu.RLock()
	known, ok := t.sets[&codes[0]]
	t.mu.RUnlock()
	if ok && len(known.codes) == len(codes) {
		return known.bits
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range codes {
		if n, ok := t.number[c]; ok {
			bits[n/typeBits] |= 1 << (n % typeBits)
		}
	}
	if len(t.sets) >= largestSets || t.sets == nil {
		t.sets = map[*string]typeSet{}
	}
	t.sets[&codes[0]] = typeSet{codes, bits}
	return bits
}

// typeNumber gives the number of a type, making one for a new type.
func (t *tx) typeNumber(code string) (int64, error) {
	types := &t.w.db.types
	types.mu.RLock()
	n, ok := types.number[code]
	types.mu.RUnlock()
	if ok {
		return n, nil
	}
	err := t.w.row(`SELECT ord FROM doctype WHERE code = ?1`, []any{&n}, code)
	if errors.Is(err, store.ErrNotFound) {
		n, err = t.run(`INSERT INTO doctype (code) VALUES (?1)`, code)
	}
	if err == nil && n > highestType {
		err = fmt.Errorf("sqlite: more than %d document types", highestType)
	}
	t.onCommit(func() { types.add(code, n) })
	return n, err
}

func (d *DB) loadTypes(ctx context.Context) error { return d.types.load(d.queries(ctx)) }
