package httpapi

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// param is a search parameter of a query Q. The tables of these are all that
// is understood, and what the CapabilityStatement lists.
type param[Q any] struct {
	name, typ string
	repeat    bool // may be given more than once, meaning "and"
	read      func(c *call, q *Q, value string) error
}

// search is a query on its way: what the tables do not hold.
type search struct {
	limit int
	count bool // _summary=count: the number alone
	kept  []string
}

// readSearch reads the parameters of a search into q, from the address and,
// for POST _search, from the form. What is unknown is ignored and absent from
// the self link, unless Prefer: handling=strict. Errors: BadValue, and those
// of the parameters.
func readSearch[Q any](c *call, table []param[Q], q *Q) (search, error) {
	s := search{}
	values, err := c.form()
	if err != nil {
		return s, err
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		given := slices.DeleteFunc(values[name], func(v string) bool { return v == "" })
		if len(given) == 0 {
			continue
		}
		if unreadable(name) || slices.ContainsFunc(given, unreadable) {
			return s, fhir.E(fhir.BadValue, "Un paramètre de recherche ne se lit pas : du texte en UTF-8, sans caractère de contrôle, est attendu.")
		}
		known, err := s.general(name, given)
		if err == nil && !known {
			known, err = readParam(c, table, q, name, given)
		}
		switch {
		case err != nil:
			return s, err
		case known:
			s.keep(name, given)
		case c.prefer("handling") == "strict":
			return s, fhir.E(fhir.BadValue, "Un paramètre de recherche n'est pas servi : voyez le CapabilityStatement.")
		}
	}
	return s, nil
}

// unreadable: no text that somebody could have typed. It would be folded away,
// and a search for it would find everything.
func unreadable(value string) bool {
	return !utf8.ValidString(value) || strings.IndexFunc(value, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) >= 0
}

// form gives the parameters of the address and of the body.
func (c *call) form() (url.Values, error) {
	bad := fhir.E(fhir.BadValue, "Les paramètres de recherche ne se lisent pas.")
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, bad
	}
	if c.route.limit == noBody {
		return values, nil
	}
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		return nil, c.bodyError(err)
	}
	if len(body) == 0 {
		return values, nil
	}
	if err := c.bodyIs("application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}
	posted, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, bad
	}
	for name, vs := range posted {
		values[name] = append(values[name], vs...)
	}
	return values, nil
}

// general reads what every search has.
func (s *search) general(name string, given []string) (known bool, err error) {
	switch name {
	case "_format", "_pretty":
		return true, nil
	case "_count":
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 0 {
			return true, fhir.E(fhir.BadValue, "_count est un nombre positif.")
		}
		s.limit, s.count = n, s.count || n == 0
		return true, nil
	case "_summary":
		if given[0] == "count" {
			s.count = true
			return true, nil
		}
	}
	return false, nil
}

func readParam[Q any](c *call, table []param[Q], q *Q, name string, given []string) (bool, error) {
	base, modifier, modified := strings.Cut(name, ":")
	for i := range table {
		p := &table[i]
		if p.name != base {
			continue
		}
		if modified {
			return true, fhir.E(fhir.BadValue, "Le modificateur « :%s » n'est pas servi pour %s.", known(modifier), base)
		}
		if len(given) > 1 && !p.repeat {
			return true, fhir.E(fhir.BadValue, "Le paramètre %s est donné deux fois : séparez ses valeurs par des virgules.", base)
		}
		for _, v := range given {
			if err := p.read(c, q, v); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	return false, nil
}

// known repeats a modifier only when it is one of FHIR's: a text of the
// client's choice has no place in a message.
func known(modifier string) string {
	switch modifier {
	case "missing", "exact", "contains", "text", "not", "in", "not-in", "above", "below", "identifier", "of-type", "type":
		return modifier
	}
	return "…"
}

// keep notes a parameter for the self link. What tells who a patient is stays
// out of it: links are followed, and logged on the way.
func (s *search) keep(name string, given []string) {
	switch name {
	case "_format", "_pretty", "_text", "name", "family", "given", "birthdate":
		return
	}
	for _, v := range given {
		if !fhir.IsINS(fhir.ParseToken(v).System) {
			s.kept = append(s.kept, url.QueryEscape(name)+"="+url.QueryEscape(v))
		}
	}
}

// self is the search as it was understood.
func (s *search) self(kind string) string {
	if len(s.kept) == 0 {
		return kind
	}
	return kind + "?" + strings.Join(s.kept, "&")
}

// tokens reads "system|code,code".
func tokens(value string) []fhir.Coding {
	parts := fhir.SplitOr(value)
	out := make([]fhir.Coding, 0, len(parts))
	for _, part := range parts {
		t := fhir.ParseToken(part)
		out = append(out, fhir.Coding{System: t.System, Code: t.Value})
	}
	return out
}

// oneOf reads a list of codes of a closed set.
func oneOf(name, value string, set ...string) ([]string, error) {
	codes := fhir.SplitOr(value)
	for i, code := range codes {
		t := fhir.ParseToken(code)
		codes[i] = t.Value
		if !slices.Contains(set, t.Value) || t.System != "" && !strings.HasPrefix(t.System, "http://hl7.org/fhir/") {
			return nil, fhir.E(fhir.BadValue, "Le paramètre %s a une valeur inconnue : %s.", name, strings.Join(set, ", "))
		}
	}
	return codes, nil
}

// dates reads one date value and adds it to those before.
func (c *call) dates(into *[]record.DateRange, value string) error {
	if len(fhir.SplitOr(value)) > 1 {
		return fhir.E(fhir.BadValue, "Une date de recherche est un seul moment ; répétez le paramètre pour un intervalle.")
	}
	d, err := fhir.ParseDateParam(value, c.zone)
	if err != nil {
		return err
	}
	*into = append(*into, record.DateRange(d))
	return nil
}

// patientRef reads a reference to a patient: an id, Patient/id, or our own
// address of it.
func (c *call) patientRef(value string) (string, error) {
	if id := fhir.RefID(value, "Patient"); id != "" && fhir.IsHere(value, c.base, "Patient") {
		return id, nil
	}
	if fhir.IsID(value) {
		return value, nil
	}
	return "", fhir.E(fhir.BadValue, "Le patient s'écrit Patient/id.")
}

// ins reads an identifier of a patient. An unknown domain is an answer of its
// own (contract section 3), and so is a number whose key is wrong.
func ins(value string) (*fhir.Identifier, error) {
	id := fhir.ParseToken(value)
	switch {
	case id.System == "" || id.Value == "":
		return nil, fhir.E(fhir.BadValue, "L'identifiant s'écrit domaine|matricule.")
	case !fhir.IsINS(id.System):
		return nil, fhir.E(fhir.NotFound, "Ce domaine d'identifiants est inconnu : utilisez un domaine de l'INS.")
	}
	if _, err := terminology.CheckINS(id.System, id.Value); err != nil {
		return nil, &fhir.Error{Code: fhir.Invalid, Message: err.Error(), Issues: []fhir.Issue{{
			Code: fhir.Invalid, Expression: "Patient.identifier", Message: err.Error(),
		}}}
	}
	return &id, nil
}

// read reads a small body whole.
func (c *call) read() ([]byte, error) {
	body, err := io.ReadAll(c.r.Body)
	if err != nil {
		return nil, c.bodyError(err)
	}
	return body, c.keepOut(body)
}

// bodyError names what ended a body early.
func (c *call) bodyError(err error) error {
	if e := c.r.Context().Err(); e != nil {
		return e
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return &fhir.Error{Code: fhir.Malformed, Message: "Le corps de la requête est tronqué.", Err: err}
}
