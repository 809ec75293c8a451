package portal

import (
	"errors"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"carnet/client/fhir"
)

// maxDocument bounds a deposited document (contract: 25 MiB).
const maxDocument = 25 << 20

// problem is what is wrong with one field of a form.
type problem struct {
	Field string // name of the field; "" the form as a whole
	Text  string // in the page's language
}

// upload is a document as received: in a file that has no name any more, so
// that a crash leaves nothing behind.
type upload struct {
	file *os.File
	size int64
	kind string // MIME type, by its first bytes
	name string // as the browser says, without a folder
}

func (u *upload) close() {
	if u != nil {
		_ = u.file.Close()
		_ = os.Remove(u.file.Name()) // where an open file cannot be unlinked
	}
}

// readForm reads a bounded form into c.form, and its document into c.file.
func (c *call) readForm() error {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return fhir.E(fhir.Malformed, "")
	case kind == "multipart/form-data" && c.route.file:
		whole := c.r.Body
		c.r.Body = http.MaxBytesReader(c.w, whole, maxDocument+formBody)
		err := tooLarge(c.readParts(multipart.NewReader(c.r.Body, params["boundary"])))
		if fhir.CodeOf(err) == fhir.TooLarge {
			// A browser sends all before it listens: it would show a broken connection
			// instead of the page that says why.
			_, _ = io.CopyN(io.Discard, whole, 2*maxDocument)
		}
		return err
	case kind != "application/x-www-form-urlencoded":
		return fhir.E(fhir.UnsupportedMedia, "")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, formBody))
	if err != nil {
		return tooLarge(err)
	}
	c.form, err = url.ParseQuery(string(body))
	if err != nil {
		return fhir.E(fhir.Malformed, "")
	}
	return nil
}

// tooLarge tells a body over its bound from other failures.
func tooLarge(err error) error {
	var over *http.MaxBytesError
	var ours *fhir.Error
	switch {
	case err == nil || errors.As(err, &ours):
		return err
	case errors.As(err, &over):
		return fhir.E(fhir.TooLarge, "")
	}
	return fhir.Wrap(fhir.Malformed, err)
}

// readParts reads a form with a document. The token stands before the document,
// so that nothing is written to disk for a forged form.
func (c *call) readParts(parts *multipart.Reader) error {
	c.form = url.Values{}
	for room := int64(formBody); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			if c.file != nil {
				return fhir.E(fhir.Malformed, "")
			}
			if !c.knowsToken(c.form.Get("csrf")) {
				return errForged
			}
			if err := c.spool(part); err != nil {
				return err
			}
			c.file.name = part.FileName()
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, room+1))
		if err != nil {
			return err
		}
		if room -= int64(len(value)); room < 0 {
			return fhir.E(fhir.TooLarge, "")
		}
		c.form.Add(part.FormName(), string(value))
	}
}

// spool writes a document to a file without a name and looks at its first bytes.
func (c *call) spool(part io.Reader) error {
	f, err := os.CreateTemp(c.SpoolDir, "deposit-")
	if err != nil {
		return fhir.Wrap(fhir.Unavailable, err)
	}
	_ = os.Remove(f.Name())
	c.file = &upload{file: f}
	n, err := io.Copy(f, io.LimitReader(part, maxDocument+1))
	if err != nil {
		return err
	}
	if n > maxDocument {
		return fhir.E(fhir.TooLarge, "")
	}
	c.file.size = n
	head := make([]byte, 512)
	k, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fhir.Wrap(fhir.Unavailable, err)
	}
	if c.file.kind = sniff(head[:k]); !picturable(c.file.kind, io.NewSectionReader(f, 0, n)) {
		c.file.kind = ""
	}
	return nil
}

// picturable tells whether what begins as a picture goes on as one; of other
// formats the door knows more.
func picturable(kind string, data io.Reader) bool {
	var err error
	switch kind {
	case "image/jpeg":
		_, err = jpeg.DecodeConfig(data)
	case "image/png":
		_, err = png.DecodeConfig(data)
	}
	return err == nil
}

// sniff tells the formats that may be deposited by their first bytes, whatever
// the browser claims; "" for any other.
func sniff(head []byte) string {
	switch {
	case strings.HasPrefix(string(head), "II*\x00"), strings.HasPrefix(string(head), "MM\x00*"):
		return "image/tiff"
	case len(head) == 0:
		return ""
	}
	kind, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	switch kind {
	case "application/pdf", "image/jpeg", "image/png", "text/plain":
		return kind
	}
	return ""
}

// field gives a typed text, trimmed and bounded.
func (c *call) field(name string) string {
	v := strings.TrimSpace(c.form.Get(name))
	if r := []rune(v); len(r) > 4000 {
		return string(r[:4000])
	}
	return v
}

// short gives a typed text of at most n characters, and a problem when it is
// longer or, being needed, missing.
func (c *call) short(name string, n int, needed bool) (string, []problem) {
	v := c.field(name)
	switch {
	case v == "" && needed:
		return "", []problem{{name, c.T("Ce champ est nécessaire.")}}
	case len([]rune(v)) > n:
		return v, []problem{{name, c.T("Ce texte est trop long : %d caractères au plus.", n)}}
	}
	return v, nil
}

// date reads a date field; zero when empty.
func (c *call) date(name string) (time.Time, []problem) {
	v := c.field(name)
	if v == "" {
		return time.Time{}, nil
	}
	t, err := readDate(v, c.Zone)
	if err != nil {
		return time.Time{}, []problem{{name, c.T("Cette date n’est pas lisible : écrivez jour, mois et année, par exemple 21/11/2026.")}}
	}
	return t, nil
}

// readDate reads what date fields send, and what people type where a browser
// has none.
func readDate(v string, zone *time.Location) (time.Time, error) {
	var first error
	for _, layout := range []string{"2006-01-02", "2/1/2006", "2.1.2006", "2-1-2006"} {
		t, err := time.ParseInLocation(layout, v, zone)
		if err == nil && t.Year() >= 1850 && t.Year() < 2200 {
			return t, nil
		}
		first = errors.Join(first, err)
	}
	return time.Time{}, errors.Join(errors.New("no date"), first)
}
