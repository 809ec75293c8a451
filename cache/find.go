package cache

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"carnet/client"
	"carnet/client/fhir"
)

// fold makes text comparable: lower case, no accents, œ as oe, signs as spaces.
func fold(s string) string {
	s = strings.NewReplacer("œ", "oe", "Œ", "oe", "æ", "ae", "Æ", "ae", "'", " ", "’", " ", "-", " ").Replace(s)
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		out = s
	}
	return strings.ToLower(out)
}

// newEntry prepares a head for being found.
func newEntry(record string, h head) *entry {
	p := h.Patient
	names := strings.Fields(fold(p.BirthName + " " + p.UsedName + " " + strings.Join(p.Given, " ") + " " + p.FirstGiven))
	day := p.BirthDate
	if t, err := time.Parse(time.DateOnly, p.BirthDate); err == nil {
		day = t.Format("02/01/2006")
	}
	return &entry{head: h, record: record, words: " " + strings.Join(names, " "), day: day, ins: strings.ToLower(p.INS.Value)}
}

// typed are the words of a search, each after a space.
func typed(text string) []string {
	words := strings.Fields(fold(text))
	for i, w := range words {
		words[i] = " " + w
	}
	return words
}

// matches tells whether every word starts a name, is part of the birth date, or
// starts the INS.
func (e *entry) matches(words []string) bool {
	for _, spaced := range words {
		w := spaced[1:]
		if !strings.Contains(e.words, spaced) && !strings.Contains(e.day, w) &&
			!strings.HasPrefix(e.Patient.BirthDate, w) && !strings.HasPrefix(e.ins, w) {
			return false
		}
	}
	return true
}

// row is the patient of a copy, sharing no memory.
func (e *entry) row() client.Patient {
	p := e.Patient
	p.Given = slices.Clone(p.Given)
	p.New = 0
	return p
}

// running gives the copies whose lease runs and that fit; Offline with words when
// no copy runs at all.
func (c *Cache) running(cause error, fits func(*entry) bool) ([]*entry, error) {
	now, ok := c.clock.now()
	if !ok {
		return nil, clockError(cause)
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []*entry
	some := false
	for _, e := range c.entries {
		if !now.Before(e.Lease.Until) || c.shutOut(e, now) {
			continue
		}
		if some = true; fits(e) {
			out = append(out, e)
		}
	}
	if !some {
		return nil, noCopy(cause)
	}
	return out, nil
}

// MyPatients is the server's list; without one, the patients whose copy runs, the
// one opened last first.
func (c *Cache) MyPatients(ctx context.Context, q client.PatientQuery) (client.PatientPage, error) {
	// A page of the copy's list continues in the copy.
	var cause error = fhir.E(fhir.Offline, "Le serveur ne répond pas. Réessayez dans un moment.")
	if !strings.HasPrefix(q.Page, pagePrefix) {
		p, err := c.Records.MyPatients(ctx, q)
		if !offline(err) {
			c.meet(p.Patients...)
			return p, err
		}
		cause, q.Page = err, ""
	}
	done, err := c.use()
	if err != nil {
		return client.PatientPage{}, err
	}
	defer done()
	words := typed(q.Text)
	hits, err := c.running(cause, func(e *entry) bool { return e.matches(words) })
	if err != nil {
		return client.PatientPage{}, err
	}
	slices.SortFunc(hits, func(a, b *entry) int {
		if d := b.Opened.Compare(a.Opened); d != 0 {
			return d
		}
		return strings.Compare(a.record, b.record)
	})
	rows, next, err := cut(hits, q.Page, q.Limit, 20)
	if err != nil {
		return client.PatientPage{}, err
	}
	out := client.PatientPage{Total: len(hits), Next: next, Provenance: client.Provenance{Cached: true}}
	for _, e := range rows {
		out.Patients = append(out.Patients, e.row())
		if out.AsOf.IsZero() || e.AsOf.Before(out.AsOf) {
			out.AsOf = e.AsOf
		}
	}
	return out, nil
}

// pagePrefix begins the cursors of the copy's lists.
const pagePrefix = "copie-"

// cut gives one page of rows; its cursor is the place of the next row.
func cut[T any](rows []T, cursor string, limit, usual int) (page []T, next string, err error) {
	if limit <= 0 {
		limit = usual
	}
	start := 0
	if cursor != "" {
		start, err = strconv.Atoi(strings.TrimPrefix(cursor, pagePrefix))
		if err != nil || start < 0 || start > len(rows) {
			return nil, "", fhir.E(fhir.BadValue, "Cette page n’existe plus. Revenez à la première.")
		}
	}
	end := min(start+limit, len(rows))
	if end < len(rows) {
		next = pagePrefix + strconv.Itoa(end)
	}
	return rows[start:end], next, nil
}

// FindByINS is the server's answer; without one, somebody whose copy runs.
func (c *Cache) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	p, err := c.Records.FindByINS(ctx, ins)
	return c.lookup(p, err, func(e *entry) bool { return ins.Value != "" && e.Patient.INS == ins })
}

// Match is the server's answer; without one, somebody whose copy runs and whose
// strict traits are these.
func (c *Cache) Match(ctx context.Context, t client.Traits) (client.Patient, error) {
	p, err := c.Records.Match(ctx, t)
	return c.lookup(p, err, func(e *entry) bool {
		x := e.Patient
		sex := map[string]string{"female": "F", "male": "M"}[x.Gender]
		return t.BirthName != "" && fold(x.BirthName) == fold(t.BirthName) && fold(x.FirstGiven) == fold(t.FirstGiven) && sex == t.Sex &&
			x.BirthDate == t.BirthDate && (t.BirthPlace == "" || t.BirthPlace == x.BirthPlace)
	})
}

// lookup gives the server's answer or the one copy that fits. Who is not among
// the copies may exist all the same: that is Offline, never NotFound.
func (c *Cache) lookup(p client.Patient, cause error, fits func(*entry) bool) (client.Patient, error) {
	if !offline(cause) {
		if cause == nil {
			c.meet(p)
		}
		return p, cause
	}
	done, err := c.use()
	if err != nil {
		return client.Patient{}, err
	}
	defer done()
	hits, err := c.running(cause, fits)
	if err != nil {
		return client.Patient{}, err
	}
	if len(hits) != 1 {
		return client.Patient{}, &client.Error{Code: fhir.Offline, Message: "Le serveur ne répond pas, et cette personne n’a pas de copie sur ce poste. Réessayez au retour du réseau.", Err: errors.Join(client.ErrNoCopy, cause)}
	}
	return hits[0].row(), nil
}

// maxMet is how many people of this run's answers are remembered.
const maxMet = 5000

// meet remembers people: opening a record tells an id alone.
func (c *Cache) meet(people ...client.Patient) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range people {
		if len(c.people) >= maxMet {
			clear(c.people)
		}
		p.Given = slices.Clone(p.Given)
		c.people[p.ID] = p
	}
}

// offline tells the errors that the copy is for: no answer, or that of a gateway which
// stands before a server that gives none (502, 503, 504).
func offline(err error) bool {
	code := fhir.CodeOf(err)
	return code == fhir.Offline || code == fhir.Unavailable
}

func clockError(cause error) error {
	return &client.Error{Code: fhir.Offline, Message: "L’heure de ce poste a reculé : les copies restent fermées jusqu’à ce que le serveur donne l’heure. Réglez l’horloge, puis reconnectez-vous.", Err: errors.Join(client.ErrClockBack, cause)}
}

// unconfirmed is the error for a copy that waits for the server's word.
func unconfirmed(cause error) error {
	return &client.Error{Code: fhir.Offline, Message: "La copie de ce dossier attend que le serveur la confirme. Elle se rouvre au retour du réseau.", Err: errors.Join(client.ErrCopyEnded, cause)}
}

// noCopy is the error for what has no copy here; that it is Offline says that the
// server may well have it.
func noCopy(cause error) error {
	return &client.Error{Code: fhir.Offline, Message: "Le serveur ne répond pas, et ce poste n’en a pas de copie. Réessayez au retour du réseau.", Err: errors.Join(client.ErrNoCopy, cause)}
}
