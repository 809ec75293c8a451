package record

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// ListedHeader is the first line of a directory to be imported: CSV in UTF-8
// with commas (RFC 4180). kind is "pro" or "org"; id the national id; of a
// structure, profession, specialty, org_id and org_name stay empty; sector is a
// code of JDV_J02.
const ListedHeader = "kind,id,name,profession,specialty,org_id,org_name,sector,city"

// ListedActivity are two columns more that a list may have: the first and the
// last day of a professional's activity at the structure, YYYY-MM-DD or empty.
// A line of a list without them says that nothing is known of either.
const ListedActivity = ",from,until"

// Bounds of an import.
const (
	maxListedRows  = 2_000_000 // France has 1.5 million professionals
	maxListedField = 200       // characters
	listedBatch    = 1000
)

// ImportDirectory adds the lines of a list (see ListedHeader) to the directory,
// and renews those that are there; nobody is taken out. Each thousand lines are
// one transaction: an error says at which line it stopped, and the lines before
// it may have been taken. It gives how many were.
func (s *Service) ImportDirectory(ctx context.Context, r io.Reader) (int, error) {
	lines := readListed(r)
	total := 0
	for {
		batch, err := lines.next(listedBatch)
		if len(batch) > 0 {
			writeErr := s.st.Do(ctx, store.Op{Size: 500 * len(batch), Do: func(tx store.Tx) error { return s.keepListed(tx, batch) }})
			if writeErr != nil {
				return total, fault(writeErr)
			}
			total += len(batch)
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, &fhir.Error{Code: fhir.Invalid, Message: err.Error(), Err: err}
		case total >= maxListedRows:
			return total, fhir.E(fhir.TooLarge, "La liste dépasse deux millions de lignes : partagez-la.")
		}
	}
}

// listedLines reads a list line by line.
type listedLines struct {
	csv         *csv.Reader
	professions map[string]bool // codes of TRE_G15
	header      error
	columns     int
	line        int
}

func readListed(r io.Reader) *listedLines {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3) // peeked
	}
	l := &listedLines{csv: csv.NewReader(in), professions: map[string]bool{}}
	for _, p := range terminology.Professions() {
		l.professions[p.Code] = true
	}
	l.csv.FieldsPerRecord, l.csv.ReuseRecord = -1, true
	first, err := l.csv.Read()
	if header := strings.Join(first, ","); err != nil || header != ListedHeader && header != ListedHeader+ListedActivity {
		l.header = errors.New("ligne 1 : l’en-tête attendu est « " + ListedHeader + " », ou le même suivi de « " + ListedActivity + " »")
	}
	l.columns = len(first)
	return l
}

// next gives at most n lines; io.EOF after the last.
func (l *listedLines) next(n int) (out []store.Listed, err error) {
	if l.header != nil {
		return nil, l.header
	}
	for len(out) < n {
		row, err := l.csv.Read()
		if errors.Is(err, io.EOF) {
			return out, io.EOF
		}
		if err != nil {
			return out, errors.New("une ligne n’est pas du CSV : vérifiez guillemets et virgules")
		}
		l.line, _ = l.csv.FieldPos(0)
		one, what := l.listed(row)
		if what != "" {
			return out, fmt.Errorf("ligne %d : %s", l.line, what)
		}
		out = append(out, one)
	}
	return out, nil
}

// listed reads one line; what says what is wrong with it.
func (t *listedLines) listed(row []string) (l store.Listed, what string) {
	if len(row) != t.columns {
		return l, "le nombre de colonnes ne convient pas"
	}
	for i, f := range row {
		if row[i] = strings.TrimSpace(f); !utf8.ValidString(f) || utf8.RuneCountInString(f) > maxListedField || !isText([]byte(f)) {
			return l, "un champ est trop long ou n’est pas du texte en UTF-8"
		}
	}
	l = store.Listed{
		Org: row[0] == "org", ID: strings.Clone(row[1]), Name: strings.Clone(row[2]), Profession: strings.Clone(row[3]), Specialty: strings.Clone(row[4]),
		OrgID: strings.Clone(row[5]), OrgName: strings.Clone(row[6]), Sector: strings.Clone(row[7]), City: strings.Clone(row[8]),
	}
	if len(row) > 9 {
		l.Since, l.Until = strings.Clone(row[9]), strings.Clone(row[10])
	}
	digits := strings.Trim(l.ID, "0123456789") == "" && len(l.ID) >= 9 && len(l.ID) <= 20
	switch {
	case row[0] != "org" && row[0] != "pro":
		return l, "la nature est « pro » ou « org »"
	case !digits || isOrg(l.ID) != l.Org:
		return l, "l’identifiant national ne convient pas à la nature"
	case l.Name == "":
		return l, "le nom manque"
	case l.Org && (l.Profession != "" || l.Specialty != "" || l.OrgID != ""):
		return l, "une structure n’a ni profession ni structure"
	case !l.Org && !t.professions[l.Profession]:
		return l, "la profession n’est pas un code de TRE_G15"
	case !isDay(l.Since) || !isDay(l.Until) || l.Until != "" && l.Until < l.Since:
		return l, "les jours de l’activité s’écrivent AAAA-MM-JJ, le premier avant le dernier"
	case l.Since+l.Until != "" && l.OrgID == "":
		return l, "des jours d’activité sans structure ne disent rien"
	case l.OrgID != "" && !isOrg(l.OrgID):
		return l, "l’identifiant de la structure ne convient pas"
	}
	return l, ""
}

// isDay tells whether a text is a day, or empty.
func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return text == "" || err == nil
}
