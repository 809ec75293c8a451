package sqlite

import (
	"errors"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

// erasures removes the rows of a record, ?1, table by table: those that name
// others first. A table with a column patient that is not here fails a test.
//
// What stays, by intent: the person's row without traits (its number and its
// logical id, so that neither is given to another), the record's row without
// state, the life's row that says when, and the entries of the log, whose
// bodies are sealed under the key that is destroyed.
var erasures = []struct{ table, text string }{
	{"content", `DELETE FROM content WHERE document IN (SELECT n FROM document WHERE patient = ?1)`},
	{"received", `DELETE FROM received WHERE document IN (SELECT n FROM document WHERE patient = ?1)`},
	{"submission", `DELETE FROM submission WHERE document IN (SELECT n FROM document WHERE patient = ?1)`},
	{"once", `DELETE FROM once WHERE document IN (SELECT n FROM document WHERE patient = ?1)`},
	{"document", `DELETE FROM document WHERE patient = ?1`},
	{"provision", `DELETE FROM provision WHERE patient = ?1`},
	{"visit", `DELETE FROM visit WHERE patient = ?1`},
	{"looked", `DELETE FROM looked WHERE patient = ?1`},
	{"access", `DELETE FROM access WHERE patient = ?1`},
	{"notice", `DELETE FROM notice WHERE patient = ?1`},
	{"notice_read", `DELETE FROM notice_read WHERE patient = ?1`},
	{"mail", `DELETE FROM mail WHERE patient = ?1`},
	{"complaint", `DELETE FROM complaint WHERE patient = ?1`},
	{"offline_read", `DELETE FROM offline_read WHERE patient = ?1`},
	{"copied", `DELETE FROM copied WHERE lease IN (SELECT n FROM lease WHERE patient = ?1)`},
	{"lease", `DELETE FROM lease WHERE patient = ?1`},
	{"export", `DELETE FROM export WHERE patient = ?1`},
	{"mandate", `DELETE FROM mandate WHERE patient = ?1`},
	{"choice", `DELETE FROM choice WHERE patient = ?1`},
	{"contest", `DELETE FROM contest WHERE patient = ?1`},
	{"wish", `DELETE FROM wish WHERE patient = ?1`},
	{"item", `DELETE FROM item WHERE patient = ?1`},
	{"message_chain", `DELETE FROM message_chain WHERE patient = ?1`},
	{"dialogue_words", `DELETE FROM dialogue_words WHERE patient = ?1`},
	{"message_read", `DELETE FROM message_read WHERE patient = ?1`},
	{"message", `DELETE FROM message WHERE patient = ?1`},
	{"dialogue_member", `DELETE FROM dialogue_member WHERE patient = ?1`},
	{"dialogue", `DELETE FROM dialogue WHERE patient = ?1`},
	{"patient_identifier", `DELETE FROM patient_identifier WHERE patient = ?1`},
	{"patient_word", `DELETE FROM patient_word WHERE patient = ?1`},
	{"patient", `UPDATE patient SET ins_system = '', ins = '', birth_name = '', used_name = '', given = '[]', gender = '', birth_date = '',
		birth_place = '', city = '', reliability = '', sort_name = '', match_key = '', version = version + 1 WHERE n = ?1`},
	{"record", `UPDATE record SET closed_at = 0, mt = '', oppose_btg = 0, oppose_c15 = 0, masked_emergency = 0, key = x'', docs = docs + 1 WHERE patient = ?1`},
}

// EraseRecord removes everything of a record that may go.
func (t *tx) EraseRecord(n int64, at time.Time) (documents int, err error) {
	if err := t.w.row(`SELECT count(*) FROM document WHERE patient = ?1`, []any{&documents}, n); err != nil {
		return 0, err
	}
	if err := t.forgetDocuments(n); err != nil {
		return 0, err
	}
	runs, err := t.runsOf(n)
	if err != nil {
		return 0, err
	}
	var version int64
	err = t.w.row(`SELECT version FROM life WHERE patient = ?1`, []any{&version}, n)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	// While the rows that say who is concerned are there.
	if err := t.setState(n, consent.StateNone, time.Time{}); err != nil {
		return 0, err
	}
	for _, e := range erasures {
		if _, err := t.run(e.text, n); err != nil {
			return 0, err
		}
	}
	_, err = t.run(`INSERT INTO life VALUES (?1,?2,?3,0,?4,NULL)
		ON CONFLICT (patient) DO UPDATE SET state = ?2, version = ?3, due = 0, at = ?4, body = NULL`,
		n, stateErased, version+1, millis(at))
	if err != nil {
		return 0, err
	}
	// On the writer's goroutine, after the commit: what was in clear is in the log
	// no longer than a reader needs it there.
	t.onCommit(func() {
		t.w.db.numbers.Purge()
		_, _ = t.w.exec(`PRAGMA wal_checkpoint(TRUNCATE)`) // tried again with the next one
		for _, run := range runs {
			t.w.db.files.Erase(run)
		}
	})
	return documents, t.sealFacts(n)
}

// runsOf gives where the bytes of a record's documents and messages lie.
func (t *tx) runsOf(n int64) (runs []segment.Run, err error) {
	err = each(t.w.queries(), `SELECT segment, start, head, size FROM document WHERE patient = ?1 AND segment <> 0
		UNION ALL SELECT segment, start, head, size FROM message WHERE patient = ?1 AND segment <> 0`, []any{n}, func(r rows) error {
		var s store.Stored
		err := r.Scan(&s.Segment, &s.Start, &s.Head, &s.Size)
		runs = append(runs, runOf(s))
		return err
	})
	return runs, err
}

// MandatesFor lists the mandates of a person.
func (t *tx) MandatesFor(person string) ([]store.Mandate, error) {
	return readMandates(t.w.queries(), `WHERE person = ?1`, person)
}

// forgetDocuments drops what memory holds of a record's documents.
func (t *tx) forgetDocuments(n int64) error {
	var keys []string
	err := each(t.w.queries(), `SELECT id, unique_id FROM document WHERE patient = ?1`, []any{n}, func(r rows) error {
		var id, unique string
		err := r.Scan(&id, &unique)
		for _, by := range [][2]string{{id, ""}, {"", unique}} {
			column, value := byID(by[0], by[1])
			keys = append(keys, column+value)
		}
		return err
	})
	t.onCommit(func() {
		for _, k := range keys {
			t.w.db.known.forget(k)
		}
	})
	return err
}
