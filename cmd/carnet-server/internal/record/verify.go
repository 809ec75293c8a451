package record

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

// VerifyReport is what Verify found. All is well when Problems is empty.
type VerifyReport struct {
	Leaves    int64     // entries of the log
	HeadTime  time.Time // when the latest head was signed
	Documents int64     // of which all is as it was filed and changed
	Problems  []VerifyProblem
}

// VerifyProblem is one thing that is not as it was written.
type VerifyProblem struct {
	Place int64 // number of the leaf, the document or the record
	What  string
}

// Verify checks a data directory, also while a server uses it: every leaf of
// the log against the tree and the signed head; every entry against its leaf;
// every document against its hash, its sealed description, what was received
// and the log; every record against its seal. The error is of reading; what is
// wrong is in the report.
func Verify(ctx context.Context, dir string) (VerifyReport, error) {
	keys, err := store.OpenKeys(dir, false)
	if err != nil {
		return VerifyReport{}, err
	}
	_, key, err := openLogKey(dir)
	if err != nil {
		return VerifyReport{}, err
	}
	r, err := sqlite.OpenReader(ctx, dir, keys)
	if err != nil {
		return VerifyReport{}, err
	}
	report, err := verifyNow(ctx, r, key)
	return report, errors.Join(err, r.Close(), keys.Close())
}

// verifyTries bounds how often a server that erases records while it is checked
// has them looked at anew.
const verifyTries = 5

// verifyNow checks what is there at one moment. A record that is erased while
// it is checked has neither its key nor its bytes any more, as it must: then,
// what was found counts for nothing and is looked for anew.
func verifyNow(ctx context.Context, r *sqlite.Reader, key note.Verifier) (VerifyReport, error) {
	for try := 1; ; try++ {
		if err := r.Snapshot(ctx); err != nil {
			return VerifyReport{}, err
		}
		v := &verifier{r: r}
		before, err := r.Erased(ctx)
		err = errors.Join(err, v.log(ctx, key), v.documents(ctx), v.records(ctx), v.erased(ctx), r.Release(ctx))
		if err != nil || len(v.report.Problems) == 0 || try == verifyTries {
			return v.report, err
		}
		if after, err := r.Erased(ctx); err != nil || len(after) == len(before) {
			return v.report, err
		}
	}
}

// verifier is a check that is under way.
type verifier struct {
	r      *sqlite.Reader
	told   told
	report VerifyReport
}

func (v *verifier) problem(place int64, what string) {
	v.report.Problems = append(v.report.Problems, VerifyProblem{place, what})
}

// log checks the log. Whatever else there is needs a head: the first thing that
// is written is logged.
func (v *verifier) log(ctx context.Context, key note.Verifier) error {
	signed, err := v.r.Head(ctx)
	if err != nil {
		return err
	}
	if signed == nil {
		empty, err := v.r.Empty(ctx)
		if err == nil && !empty {
			v.problem(0, "the log has no head")
		}
		return err
	}
	head, err := audit.Open(signed, key)
	if errors.Is(err, audit.ErrHead) {
		v.problem(0, "the head of the log is not signed by the log's key")
		return nil
	}
	if err != nil {
		return err
	}
	found, err := audit.Verify(v.told.hear(v.r.Rows(ctx)), head)
	v.report.Leaves, v.report.HeadTime = found.Leaves, head.Time
	for _, p := range found.Problems {
		v.problem(p.Seq, p.What)
	}
	v.told.whole = err == nil && len(found.Problems) == 0
	return err
}

// documents checks the documents, against the log when the log can be believed.
func (v *verifier) documents(ctx context.Context) error {
	seeded := 0
	err := v.r.Documents(ctx, func(d sqlite.Checked) {
		what := d.Bad
		if what == "" {
			what = v.compare(d)
		}
		if what == "" && v.told.whole {
			what = v.told.judge(d)
		}
		if what != "" {
			v.problem(d.N, what)
			return
		}
		v.report.Documents++
		if v.told.filer[d.ID] == "" {
			seeded++
		}
		v.told.found(d.ID)
	})
	if err != nil || !v.told.whole {
		return err
	}
	for range v.told.filer {
		v.problem(0, "a document that was filed is gone, or was changed")
	}
	if v.told.counted && (seeded > v.told.seeded || seeded < v.told.seeded-v.told.erasedDocs) {
		v.problem(0, "documents of the demonstration are gone, or were added")
	}
	return nil
}

// compare holds the columns of a document against its sealed resource. Columns
// are what lists and rights are made from.
func (v *verifier) compare(d sqlite.Checked) string {
	view, err := fhir.ParseDocumentReference(d.Served)
	if err != nil {
		return "a document's description does not read"
	}
	want := store.Doc{Filed: d.Filed}
	describe(view, &want)
	f, g := want.Facts, d.Facts
	f.ByPatient = g.ByPatient // the resource does not say
	times := [][2]time.Time{
		{want.Date, d.Date}, {want.Creation, d.Creation}, {want.PeriodStart, d.PeriodStart}, {want.PeriodEnd, d.PeriodEnd}, {view.LastUpdated, d.Updated},
	}
	same := f == g && view.ID == d.ID && view.PatientID == d.Patient && want.UniqueID == d.UniqueID &&
		view.Version == strconv.FormatInt(d.Version, 10) && view.Attachment.Size == d.Size && (len(view.Replaces) > 0) == (d.Replaces != 0) &&
		slices.Equal(want.Events, d.Events) &&
		[...]string{want.Class, want.Family, want.GivenName, want.Conf, want.Facility, want.Setting, want.Format, want.ContentType} ==
			[...]string{d.Class, d.Family, d.GivenName, d.Conf, d.Facility, d.Setting, d.Format, d.ContentType}
	for _, t := range times {
		same = same && t[0].UnixMilli() == t[1].UnixMilli()
	}
	if !same {
		return "a document is listed as other than it is"
	}
	return ""
}

// records checks the facts of records, and that nothing belongs to nothing.
func (v *verifier) records(ctx context.Context) error {
	changed, err := v.r.Records(ctx)
	for _, n := range changed {
		v.problem(n, "a person, their record or what they decided was changed")
	}
	lost, lostErr := v.r.Orphans(ctx)
	for _, o := range lost {
		v.problem(o.Place, o.What)
	}
	sealed, sealedErr := v.r.HeldValues(ctx)
	for _, o := range sealed {
		v.problem(o.Place, o.What)
	}
	files, filesErr := v.r.MessageFiles(ctx)
	for _, o := range files {
		v.problem(o.Place, o.What)
	}
	return errors.Join(err, lostErr, sealedErr, filesErr)
}

// told is what the log tells of documents.
type told struct {
	whole   bool // the log is as it was written, and all of it was heard
	filer   map[string]string
	changes map[string]int64
	seeded  int  // documents that a demonstration was filled with
	counted bool // whether each filling told how many
	erasures
}

// hear passes on the rows of the log and learns from them.
func (t *told) hear(rows iter.Seq2[audit.Row, error]) iter.Seq2[audit.Row, error] {
	t.filer, t.changes, t.counted, t.erasures = map[string]string{}, map[string]int64{}, true, newErasures()
	return func(yield func(audit.Row, error) bool) {
		for row, err := range rows {
			if e, bad := audit.Decode(row.Entry); bad == nil && e.Outcome == audit.OutcomeSuccess {
				t.learn(e)
				t.erasures.learn(row, e)
			}
			t.erasures.see(row)
			if !yield(row, err) {
				return
			}
		}
	}
}

func (t *told) learn(e audit.Entry) {
	switch e.Kind {
	case fhir.KindCreate, fhir.KindReplace:
		if e.Detail != detailAgain {
			t.filer[e.Document] = e.Agent.ID
		}
	case fhir.KindPatch, fhir.KindUndo:
		if e.Detail != "" { // else it was so already
			t.changes[e.Document]++
		}
	case audit.KindSeed:
		n, err := strconv.Atoi(strings.TrimPrefix(e.Detail, seedDetail))
		t.seeded += n
		t.counted = t.counted && err == nil
	}
}

// judge compares a document with what the log tells of it: who filed it, and
// how often it changed.
func (t *told) judge(d sqlite.Checked) string {
	version := 1 + t.changes[d.ID]
	if d.ReplacedBy != 0 {
		version++
	}
	filer, logged := t.filer[d.ID]
	switch {
	case !logged && t.counted && t.seeded == 0:
		return "a document that nobody filed"
	case logged && filer != d.Filer:
		return "a document is said to be filed by another than its filer"
	case version != d.Version:
		return "a document has not the changes that the log tells of it"
	}
	return ""
}

// found strikes a document off those that must be there.
func (t *told) found(id string) { delete(t.filer, id) }
