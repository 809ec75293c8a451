package sqlite

import (
	"context"
	"slices"
	"testing"
	"time"
)

// Whatever table comes to hold something of a record, erasing a record empties
// it, or it is named here as one whose rows outlive it.
func TestErasingKnowsEveryTable(t *testing.T) {
	db, err := Open(context.Background(), options(t, time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	outlives := []string{"entry", "life"} // the log; that and when it was erased
	var erased []string
	for _, e := range erasures {
		erased = append(erased, e.table)
	}
	found := 0
	err = each(db.queries(context.Background()), `SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name IN ('patient', 'document', 'record')`, nil, func(r rows) error {
		var table string
		err := r.Scan(&table)
		found++
		if !slices.Contains(erased, table) && !slices.Contains(outlives, table) {
			t.Errorf("erasing a record leaves its rows in %s", table)
		}
		return err
	})
	if err != nil || found < 15 {
		t.Errorf("%d tables, %v", found, err)
	}
}
