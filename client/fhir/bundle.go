package fhir

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
)

// Bundle types in use.
const (
	BundleSearchset   = "searchset"
	BundleTransaction = "transaction"
	BundleResponse    = "transaction-response"
)

// Bundle is a page of resources, each kept as it was written.
type Bundle struct {
	Type    string
	Total   int // searchset: how many there are in all; NoTotal when not said
	Links   []Link
	Entries []Entry
}

// NoTotal is the Total of a Bundle that says none.
const NoTotal = -1

// Link is a Bundle.link.
type Link struct{ Relation, URL string }

// Entry is one resource of a Bundle.
type Entry struct {
	FullURL  string
	Resource []byte // JSON, as received
	Mode     string // search.mode; empty outside searchsets
	// Method and URL are what a transaction asks; Status and Location are what
	// its response answers.
	Method, URL      string
	Status, Location string
}

// Link gives the address of a relation, "" when there is none.
func (b Bundle) Link(relation string) string {
	for _, l := range b.Links {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// JSON gives the Bundle.
func (b Bundle) JSON() []byte {
	size := 256
	for _, e := range b.Entries {
		size += len(e.Resource) + len(e.FullURL) + 64
	}
	return b.AppendJSON(make([]byte, 0, size))
}

// AppendJSON appends what JSON gives.
func (b Bundle) AppendJSON(dst []byte) []byte {
	w := &writer{dst}
	w.resource("Bundle", "")
	w.str("type", b.Type)
	if b.Type == BundleSearchset && b.Total != NoTotal {
		w.integer("total", int64(b.Total))
	}
	if len(b.Links) > 0 {
		w.arr("link")
		for _, l := range b.Links {
			w.item()
			w.str("relation", l.Relation)
			w.str("url", l.URL)
			w.end()
		}
		w.endArr()
	}
	if len(b.Entries) > 0 {
		w.arr("entry")
		for i := range b.Entries {
			b.Entries[i].write(w)
		}
		w.endArr()
	}
	w.end()
	return w.b
}

func (e *Entry) write(w *writer) {
	w.item()
	w.str("fullUrl", e.FullURL)
	if len(e.Resource) > 0 {
		w.raw("resource", e.Resource)
	}
	if e.Mode != "" {
		w.obj("search")
		w.str("mode", e.Mode)
		w.end()
	}
	if e.Method != "" {
		w.obj("request")
		w.str("method", e.Method)
		w.str("url", e.URL)
		w.end()
	}
	if e.Status != "" {
		w.obj("response")
		w.str("status", e.Status)
		w.str("location", e.Location)
		w.end()
	}
	w.end()
}

// ParseBundle reads a Bundle; its resources stay as they were written. Errors:
// Malformed when it is not a Bundle.
func ParseBundle(data []byte) (Bundle, error) {
	var r struct {
		ResourceType string
		Type         string
		Total        *int
		Link         []Link
		Entry        []struct {
			FullURL  string `json:"fullUrl"`
			Resource json.RawMessage
			Search   struct{ Mode string }
			Request  struct{ Method, URL string }
			Response struct{ Status, Location string }
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return Bundle{}, &Error{Code: Malformed, Message: "La réponse n'est pas du FHIR JSON.", Err: err}
	}
	if r.ResourceType != "Bundle" {
		return Bundle{}, E(Malformed, "Une ressource Bundle était attendue.")
	}
	b := Bundle{Type: r.Type, Total: NoTotal, Links: r.Link}
	if r.Total != nil {
		b.Total = *r.Total
	}
	for _, e := range r.Entry {
		b.Entries = append(b.Entries, Entry{
			FullURL: e.FullURL, Resource: e.Resource, Mode: e.Search.Mode,
			Method: e.Request.Method, URL: e.Request.URL, Status: e.Response.Status, Location: e.Response.Location,
		})
	}
	return b, nil
}

// ResourceType gives the type of a resource, "" when it has none. Nearly every
// server writes it first: then nothing else is looked at.
func ResourceType(data []byte) string {
	if name, ok := leadingType(data); ok {
		return name
	}
	var head struct{ ResourceType string }
	if json.Unmarshal(data, &head) != nil {
		return ""
	}
	return head.ResourceType
}

// leadingType reads {"resourceType":"Name" at the start.
func leadingType(data []byte) (string, bool) {
	for _, token := range []string{"{", `"resourceType"`, ":", `"`} {
		data = bytes.TrimLeft(data, " \t\r\n")
		if !bytes.HasPrefix(data, []byte(token)) {
			return "", false
		}
		data = data[len(token):]
	}
	end := bytes.IndexByte(data, '"')
	if end <= 0 || !IsID(string(data[:end])) {
		return "", false
	}
	return string(data[:end]), true
}

// WriteBinary writes a Binary resource around the content, as a stream.
func WriteBinary(dst io.Writer, id, contentType string, content io.Reader) error {
	w := &writer{make([]byte, 0, 256)}
	w.resource("Binary", id)
	w.str("contentType", contentType)
	w.key("data")
	out := bufio.NewWriterSize(dst, 32<<10)
	if _, err := out.Write(append(w.b, '"')); err != nil {
		return err
	}
	enc := base64.NewEncoder(base64.StdEncoding, out)
	if _, err := io.Copy(enc, content); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	if _, err := out.WriteString(`"}`); err != nil {
		return err
	}
	return out.Flush()
}

// BinarySize says how long WriteBinary's output is for a content of size bytes.
func BinarySize(id, contentType string, size int64) int64 {
	w := &writer{make([]byte, 0, 256)}
	w.resource("Binary", id)
	w.str("contentType", contentType)
	w.key("data")
	return int64(len(w.b)) + int64(len(`""}`)) + (size+2)/3*4
}

// ParseBinary reads a Binary resource. Errors: Malformed.
func ParseBinary(data []byte) (contentType string, content []byte, err error) {
	var r struct {
		ContentType string
		Data        string
	}
	if err := read(data, "Binary", &r); err != nil {
		return "", nil, err
	}
	content, err = base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		return "", nil, &Error{Code: Malformed, Message: "Le contenu n'est pas du base64.", Err: err}
	}
	return r.ContentType, content, nil
}

// ETag gives a version as a weak entity tag, as FHIR asks.
func ETag(version string) string { return `W/` + strconv.Quote(version) }
