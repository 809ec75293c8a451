package fhir

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// The shapes below are what the lenient readers look at: every field that a
// view needs, nothing else. Unknown elements pass unseen; they are kept in the
// received bytes, which stay the truth.

type wireCoding struct {
	System, Code, Display string
}

func (c wireCoding) coding() Coding {
	return Coding(c)
}

type wireConcept struct {
	Coding []wireCoding
	Text   string
}

// first gives the first coding, with the text where there is no coding.
func (c wireConcept) first() Coding {
	if len(c.Coding) == 0 {
		return Coding{Display: c.Text}
	}
	return c.Coding[0].coding()
}

func firstConcept(cs []wireConcept) Coding {
	if len(cs) == 0 {
		return Coding{}
	}
	return cs[0].first()
}

type wireIdentifier struct {
	Use, System, Value string
}

func (i wireIdentifier) identifier() Identifier {
	return Identifier{System: i.System, Value: i.Value}
}

type wireReference struct {
	Reference  string
	Type       string
	Identifier *wireIdentifier
	Display    string
}

func (r wireReference) ident() Identifier {
	if r.Identifier == nil {
		return Identifier{}
	}
	return r.Identifier.identifier()
}

type wirePeriod struct{ Start, End string }

type wireExtension struct {
	URL                  string
	Extension            []wireExtension
	ValueString          string
	ValueCode            string
	ValueDate            string
	ValueDateTime        string
	ValueInstant         string
	ValueURI             string `json:"valueUri"`
	ValueBoolean         *bool
	ValueInteger         *int
	ValueUnsignedInt     *int
	ValueCoding          *wireCoding
	ValueCodeableConcept *wireConcept
	ValueReference       *wireReference
	ValueAddress         *struct{ Extension wireExtensions }
}

type wireExtensions []wireExtension

// find gives the extension with the address, or a zero one.
func (es wireExtensions) find(url string) wireExtension {
	for _, e := range es {
		if e.URL == url {
			return e
		}
	}
	return wireExtension{}
}

// text gives the value of an extension, whatever simple type it was written in.
func (e wireExtension) text() string {
	for _, s := range []string{e.ValueCode, e.ValueString, e.ValueURI, e.ValueDateTime, e.ValueDate, e.ValueInstant} {
		if s != "" {
			return s
		}
	}
	switch {
	case e.ValueCoding != nil:
		return e.ValueCoding.Code
	case e.ValueCodeableConcept != nil:
		return e.ValueCodeableConcept.first().Code
	case e.ValueReference != nil:
		return e.ValueReference.Reference
	}
	for _, sub := range e.Extension {
		if s := sub.text(); s != "" {
			return s
		}
	}
	return ""
}

func (e wireExtension) integer() int {
	switch {
	case e.ValueInteger != nil:
		return *e.ValueInteger
	case e.ValueUnsignedInt != nil:
		return *e.ValueUnsignedInt
	}
	return 0
}

func (e wireExtension) boolean() bool { return e.ValueBoolean != nil && *e.ValueBoolean }

type wireMeta struct {
	VersionID   string `json:"versionId"`
	LastUpdated string
	Profile     []string
}

// wireContained is any contained resource that a party may be.
type wireContained struct {
	ResourceType string
	ID           string
	Identifier   []wireIdentifier
	Name         json.RawMessage // HumanName[] of a person, string of an organisation
	Practitioner wireReference
	Organization wireReference
	Code         []wireConcept
	Specialty    []wireConcept
	Qualifier    []wireConcept
}

// displayName reads Name in either of its shapes.
func (c wireContained) displayName() string {
	var s string
	if json.Unmarshal(c.Name, &s) == nil {
		return s
	}
	var names []wireName
	if json.Unmarshal(c.Name, &names) != nil || len(names) == 0 {
		return ""
	}
	n := names[0]
	if n.Text != "" {
		return n.Text
	}
	return strings.TrimSpace(strings.Join(append(append(n.Prefix, n.Given...), n.Family), " "))
}

type wireName struct {
	Extension wireExtensions
	Use       string
	Text      string
	Family    string
	Given     []string
	Prefix    []string
}

// read decodes a resource leniently and checks that it is what it should be.
func read(data []byte, kind string, into any) error {
	if ResourceType(data) != kind {
		return E(Malformed, "Une ressource %s était attendue.", kind)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &Error{Code: Malformed, Message: "La ressource " + kind + " ne se lit pas.", Err: err}
	}
	return nil
}

// ParseTime reads any FHIR date, dateTime or instant; the zero time when it is
// none. A date without a time zone counts in UTC.
func ParseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if len(s) < len(layout) && layout != time.RFC3339Nano {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// RefID gives the logical id of a reference to a resource of the kind: "x" for
// "Patient/x", for "https://server/fhir/Patient/x" and for
// "Patient/x/_history/2"; "" for anything else. It does not say on which server
// that is: see IsHere.
func RefID(ref, kind string) string {
	ref, _, _ = strings.Cut(ref, "/_history/")
	i := strings.LastIndexByte(ref, '/')
	if i < 0 || strings.ContainsAny(ref[i+1:], "?#|") {
		return ""
	}
	if before := ref[:i]; before != kind && !strings.HasSuffix(before, "/"+kind) {
		return ""
	}
	return ref[i+1:]
}

// IsHere tells that a reference points to a resource of the kind on the server
// with this base address ("" when only relative references count): "Patient/x",
// "Patient/x/_history/2", "Patient?identifier=…", each with or without the
// base. The same id on another server is somebody else.
func IsHere(ref, base, kind string) bool {
	if base != "" {
		ref = strings.TrimPrefix(ref, base+"/")
	}
	if query, ok := strings.CutPrefix(ref, kind+"?"); ok {
		return query != ""
	}
	id, ok := strings.CutPrefix(ref, kind+"/")
	id, _, _ = strings.Cut(id, "/_history/")
	return ok && IsID(id)
}

// RefIdentifier gives the identifier of a conditional reference
// ("Patient?identifier=system|value"), zero for any other.
func RefIdentifier(ref, kind string) Identifier {
	base, query, ok := strings.Cut(ref, "?")
	if !ok || base != kind && !strings.HasSuffix(base, "/"+kind) {
		return Identifier{}
	}
	values, err := url.ParseQuery(strings.ReplaceAll(query, "+", "%2B"))
	if err != nil {
		return Identifier{}
	}
	return ParseToken(values.Get("identifier"))
}

// ParseToken reads a token search value "system|value"; without a bar the
// system is empty.
func ParseToken(s string) Identifier {
	system, value, ok := strings.Cut(s, "|")
	if !ok {
		return Identifier{Value: s}
	}
	return Identifier{System: system, Value: value}
}
