package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"carnet/client"
	"carnet/client/fhir"
)

// Limits of a manifest: what is beyond was never meant, or is an open quote.
const (
	maxCell     = 16 << 10
	maxCells    = 200
	maxManifest = 256 << 20
)

// decoded gives a file's text as UTF-8, without a byte order mark. It is read
// twice and never held.
func decoded(f io.ReadSeeker) (io.Reader, error) {
	utf8Text, head, err := isUTF8(f)
	if err != nil {
		return nil, &client.Error{Code: fhir.Unavailable, Message: "Le manifeste ne se lit pas. Vérifiez qu’il est accessible, puis recommencez.", Err: err}
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.IndexByte(head, 0) >= 0 {
		return nil, fhir.E(fhir.Malformed, "Le manifeste est en UTF-16, ou n’est pas du texte. Enregistrez-le en «\u00a0CSV UTF-8\u00a0».")
	}
	start := int64(0)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		start = 3
	}
	if _, err := f.Seek(start, io.SeekStart); err != nil {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	if utf8Text {
		return f, nil
	}
	return charmap.Windows1252.NewDecoder().Reader(f), nil
}

// isUTF8 reads a file to its end and tells whether it is UTF-8, with its first
// bytes.
func isUTF8(f io.Reader) (ok bool, head []byte, err error) {
	r, total := bufio.NewReaderSize(f, 64<<10), int64(0)
	head, err = r.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, nil, err
	}
	head, ok = bytes.Clone(head), true
	buf, kept := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buf[kept:])
		total += int64(n)
		if total > maxManifest {
			return false, nil, fhir.E(fhir.TooLarge, "Le manifeste est trop grand. Faites-en plusieurs.")
		}
		data, last := buf[:kept+n], errors.Is(err, io.EOF)
		if err != nil && !last {
			return false, nil, err
		}
		for len(data) > 0 && ok {
			r, size := utf8.DecodeRune(data)
			if r == utf8.RuneError && size <= 1 {
				if !last && !utf8.FullRune(data) {
					break
				}
				ok = false
			}
			data = data[size:]
		}
		if last {
			return ok, head, nil
		}
		if kept = 0; ok {
			kept = copy(buf, data)
		}
	}
}

// csvReader splits a text into lines of cells (RFC 4180, read leniently): any
// line end, quotes anywhere. It holds one line at a time.
type csvReader struct {
	r    *bufio.Reader
	sep  rune
	line int // that comes next
}

// newCSVReader finds the separator by the first line.
func newCSVReader(r io.Reader) (*csvReader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(8 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	first := strings.TrimLeft(string(head), "\r\n")
	if i := strings.IndexAny(first, "\r\n"); i >= 0 {
		first = first[:i]
	}
	c := &csvReader{r: b, sep: ';', line: 1}
	most := strings.Count(first, ";")
	for _, sep := range ",\t" {
		if n := strings.Count(first, string(sep)); n > most {
			c.sep, most = sep, n
		}
	}
	return c, nil
}

// next gives the next line and its number; io.EOF after the last.
func (c *csvReader) next() (cells []string, at int, err error) {
	if cells, at, ok := c.simple(); ok {
		return cells, at, nil
	}
	at = c.line
	var cell strings.Builder
	quoted, was, any := false, false, false
	end := func() {
		text := cell.String()
		if !was {
			text = strings.TrimSpace(text)
		}
		cells = append(cells, text)
		cell.Reset()
		was = false
	}
	for {
		r, _, err := c.r.ReadRune()
		switch {
		case errors.Is(err, io.EOF) && quoted:
			return nil, at, fhir.E(fhir.Malformed, "Manifeste, ligne %d\u00a0: un guillemet n’est pas refermé. Corrigez la ligne.", at)
		case errors.Is(err, io.EOF) && !any:
			return nil, at, io.EOF
		case errors.Is(err, io.EOF):
			end()
			return cells, at, nil
		case err != nil:
			return nil, at, fhir.Wrap(fhir.Unavailable, err)
		}
		any = true
		newline := c.newline(&r)
		switch {
		case quoted && r == '"' && c.follows('"'):
			cell.WriteRune('"')
		case quoted && r == '"':
			quoted = false
		case quoted:
			cell.WriteRune(r)
		case r == '"' && strings.TrimSpace(cell.String()) == "":
			cell.Reset()
			quoted, was = true, true
		case r == c.sep:
			end()
		case newline:
			end()
			return cells, at, nil
		case was && (r == ' ' || r == '\t'): // behind a closing quote
		default:
			cell.WriteRune(r)
		}
		if cell.Len() > maxCell || len(cells) > maxCells {
			return nil, at, fhir.E(fhir.Malformed, "Manifeste, ligne %d\u00a0: la ligne est trop longue. Un guillemet manque peut-être.", at)
		}
	}
}

// simple gives the next line when it is at hand and has no quotes: most are so.
func (c *csvReader) simple() (cells []string, at int, ok bool) {
	ready, _ := c.r.Peek(c.r.Buffered()) // what is there can be looked at
	i := bytes.IndexByte(ready, '\n')
	if i < 0 || i > maxCell || bytes.IndexByte(ready[:i], '"') >= 0 {
		return nil, 0, false
	}
	text := strings.TrimSuffix(string(ready[:i]), "\r")
	if strings.Contains(text, "\r") || strings.Count(text, string(c.sep)) >= maxCells || !utf8.ValidString(text) {
		return nil, 0, false
	}
	cells = strings.Split(text, string(c.sep))
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	_, _ = c.r.Discard(i + 1) // it was peeked
	c.line++
	return cells, c.line - 1, true
}

// newline counts line ends and makes each of them one \n.
func (c *csvReader) newline(r *rune) bool {
	switch *r {
	case '\r':
		c.follows('\n')
		*r = '\n'
	case '\n':
	default:
		return false
	}
	c.line++
	return true
}

// follows takes the next byte if it is the one.
func (c *csvReader) follows(b byte) bool {
	next, err := c.r.Peek(1)
	if err != nil || next[0] != b {
		return false
	}
	_, _ = c.r.Discard(1) // it was peeked
	return true
}
