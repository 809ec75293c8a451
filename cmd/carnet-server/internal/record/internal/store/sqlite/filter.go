package sqlite

import (
	"encoding/json"
	"strconv"
	"strings"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Statuses are stored by number.
var statusNames = []string{consent.StatusCurrent, consent.StatusSuperseded, consent.StatusWithdrawn}

func statusNumber(name string) (int64, bool) {
	for i, s := range statusNames {
		if s == name {
			return int64(i), true
		}
	}
	return 0, false
}

const (
	hiddenPatient = 1
	hiddenReps    = 2
)

// filterText is consent.Filter.Allows in SQL, on a document d. It is one text
// for every reader: what differs are its twelve arguments. All it reads is in
// the index document_list, so hidden rows are dropped before anything is
// counted, and none of them is touched. The property test of this package
// holds it to Allows.
const filterText = `d.patient = ?1
	AND (?2 >> d.status) & 1 AND (?3 OR NOT d.archived) AND d.hidden & ?4 = 0
	AND (NOT d.masked OR ?5 OR d.author = ?6)
	AND (?7 OR d.author = ?8 OR (CASE d.type / 62 WHEN 0 THEN ?9 WHEN 1 THEN ?10 WHEN 2 THEN ?11 WHEN 3 THEN ?12 ELSE 0 END >> (d.type % 62)) & 1)`

// filterArgs gives the arguments of filterText. The statuses are those that
// are asked for and allowed.
func (d *DB) filterArgs(patient int64, f consent.Filter, statuses []string) []any {
	var status int64
	for _, s := range statuses {
		if n, ok := statusNumber(s); ok && allowsStatus(f, s) {
			status |= 1 << n
		}
	}
	hidden := int64(0)
	if !f.HiddenPatient {
		hidden |= hiddenPatient
	}
	if !f.HiddenReps {
		hidden |= hiddenReps
	}
	// A NULL author equals none: nobody's own documents are not those of nobody.
	var own, ownMasked any
	if f.Own != "" {
		own = f.Own
		if f.Masked == consent.MaskedOwn {
			ownMasked = f.Own
		}
	}
	bits := d.types.set(f.Types)
	return []any{
		patient, status, flag(f.Archived), hidden, flag(f.Masked == consent.MaskedAll), ownMasked,
		flag(f.AllTypes), own, bits[0], bits[1], bits[2], bits[3],
	}
}

// allowsStatus asks the filter itself, with a document that only its status
// could stop.
func allowsStatus(f consent.Filter, status string) bool {
	f.AllTypes = true
	return f.Allows(consent.DocFacts{Status: status})
}

// clauses collects what a query adds to the filter.
type clauses struct {
	text strings.Builder
	args []any
}

// and adds a clause; its ? are replaced by numbered arguments in order.
func (c *clauses) and(text string, args ...any) {
	c.text.WriteString(" AND ")
	for _, a := range args {
		before, after, _ := strings.Cut(text, "?")
		c.text.WriteString(before)
		c.text.WriteString(c.arg(a))
		text = after
	}
	c.text.WriteString(text)
}

// oneOf keeps rows whose column has one of the values. The list is one
// argument, so that the text does not depend on its length.
func (c *clauses) oneOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	list, err := json.Marshal(values)
	if err != nil { // strings always marshal
		panic(err)
	}
	c.and(column+" IN (SELECT value FROM json_each(?))", string(list))
}

func (c *clauses) ranges(column string, all []store.Range) {
	for _, r := range all {
		if !r.From.IsZero() {
			c.and(column+" >= ?", millis(r.From))
		}
		if !r.To.IsZero() {
			c.and(column+" < ?", millis(r.To))
		}
	}
}

// documents adds what a query narrows by.
func (c *clauses) documents(q store.DocQuery) {
	if q.UniqueID != "" {
		c.and("d.unique_id = ?", q.UniqueID)
	}
	c.oneOf("(SELECT code FROM doctype WHERE ord = d.type)", q.Types)
	c.oneOf("d.class", q.Classes)
	c.oneOf("d.facility", q.Facilities)
	c.oneOf("d.setting", q.Settings)
	c.oneOf("d.format", q.Formats)
	c.oneOf("d.conf", q.Conf)
	for _, event := range q.Events {
		c.and("instr(d.events, ?)", "|"+event+"|")
	}
	if q.Given != "" {
		c.and("d.author_given GLOB ?", globPrefix(q.Given))
	}
	if q.Family != "" {
		c.and("d.author_family GLOB ?", globPrefix(q.Family))
	}
	if q.Masked {
		c.and("d.masked")
	}
	if q.Hidden {
		c.and("d.hidden & 1")
	}
	if q.Archived != nil {
		c.and("d.archived = ?", flag(*q.Archived))
	}
	c.ranges("d.creation", q.Creation)
	c.ranges("d.doc_date", q.Date)
	for _, r := range q.Period { // the periods overlap
		c.ranges("d.period_end", []store.Range{{From: r.From}})
		c.ranges("d.period_start", []store.Range{{To: r.To}})
	}
	if q.Replaces != 0 {
		c.and("d.replaces = ?", q.Replaces)
	}
	if !q.FiledAfter.IsZero() {
		c.and("d.filed > ?", millis(q.FiledAfter))
	}
	if q.Among != nil {
		c.numbers("d.n", q.Among)
	}
	if q.NotBy != "" {
		c.and("d.author <> ?", q.NotBy)
	}
}

// globPrefix gives the pattern of what starts with s.
func globPrefix(s string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(s) + "*"
}

// limit gives the clause that ends a list. The sum keeps the planner from
// looking at the argument's value: a statement whose plan depends on it is
// parsed anew each time that it runs.
func (c *clauses) limit(n int) string { return " LIMIT 0 + " + c.arg(n) }

// arg adds an argument and gives its name.
func (c *clauses) arg(a any) string {
	c.args = append(c.args, a)
	return "?" + strconv.Itoa(len(c.args))
}

// appendKey appends an argument so that no two lists of arguments look alike.
func appendKey(b []byte, a any) []byte {
	switch v := a.(type) {
	case nil:
		return append(b, "|-"...)
	case int64:
		return strconv.AppendInt(append(b, '|'), v, 36)
	case string:
		return strconv.AppendQuote(append(b, '|'), v)
	}
	return b
}
