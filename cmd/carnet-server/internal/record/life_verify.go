package record

import (
	"context"
	"slices"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
)

// erasures is what the log tells of records that were erased: their entries do
// not open any more, which is right only when the erasure is in the log, too.
type erasures struct {
	silent     map[int64]bool  // records whose entries do not open, by number
	told       map[string]bool // records whose erasure is told, by logical id
	erasedDocs int             // documents that went with them
}

func newErasures() erasures {
	return erasures{silent: map[int64]bool{}, told: map[string]bool{}}
}

// see notes a row of the log that does not open.
func (e *erasures) see(row audit.Row) {
	if row.Erased {
		e.silent[row.Record] = true
	}
}

// learn takes from an entry that was done what it tells of an erasure. It is
// about no record, or it would not open.
func (e *erasures) learn(row audit.Row, entry audit.Entry) {
	details := []string{detailErase, detailArchiveEnd, detailErasedAgain}
	if entry.Kind != fhir.KindLife || row.Record != 0 || !slices.Contains(details, entry.Detail) {
		return
	}
	e.told[entry.Patient] = true
	e.erasedDocs += entry.Count
}

// erased checks that whatever does not open any more was erased, and told.
func (v *verifier) erased(ctx context.Context) error {
	ids, err := v.r.Erased(ctx)
	if err != nil || !v.told.whole {
		return err
	}
	for n := range v.told.silent {
		if _, ok := ids[n]; !ok {
			v.problem(n, "the key of a record is destroyed, and the record is not erased (of a copy that was put back: start the server once)")
		}
	}
	for n, id := range ids {
		if !v.told.told[id] {
			v.problem(n, "a record is erased, and the log does not tell of it")
		}
	}
	return nil
}
