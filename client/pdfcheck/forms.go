package pdfcheck

import (
	"bytes"
	"regexp"
)

var (
	// scriptStart begins a script of an XFA form (XFA 3.3, "script").
	scriptStart = regexp.MustCompile(`(?i)<(?:[\w.-]+:)?script\b([^>]*)>`)
	// cutStart is a beginning that goes on in the form's next part.
	cutStart = regexp.MustCompile(`(?i)<(?:[\w.-]*:)?(?:s|sc|scr|scri|scrip|script[^>]*>?\s*)?$`)
	// acts betrays what is more than a sum of fields: JavaScript that calls itself
	// nothing, and FormCalc's ways to the network.
	acts = regexp.MustCompile(`(?i)\b(?:app|xfa|event|this|host|util|console|soap)\s*\.|\bfunction\b|\bvar\b|\beval\b|\bnew\b|=>|[{;]|\b(?:get|post|put)\s*\(|url`)
)

// judgeForm refuses a part of an XFA form that carries a script. A sum of
// fields in FormCalc, a form's own language of formulas, is none. sure says that
// the stream is known to be a part of a form.
func (s *scan) judgeForm(st streamAt, sure bool) {
	body, whole := s.decoded(st, min(formBytes, s.looked))
	s.looked -= int64(len(body))
	switch {
	case body == nil && !sure:
	case body == nil, !whole && (sure || bytes.Contains(body, []byte("xfa"))):
		s.report.add(CodeOpaque, Refuse, s.object)
	case hasFormScript(narrow(body)):
		s.report.add(CodeScript, Refuse, s.object)
	case sure && cutStart.Match(body[max(0, len(body)-256):]):
		s.report.add(CodeOpaque, Refuse, s.object)
	}
}

// narrow makes one byte a character of UTF-16 text.
func narrow(b []byte) []byte {
	if len(b) > 1 && (b[0] == 0 || b[1] == 0 || b[0] >= 0xfe) {
		return bytes.ReplaceAll(b, []byte{0}, nil)
	}
	return b
}

func hasFormScript(body []byte) bool {
	for _, at := range scriptStart.FindAllSubmatchIndex(body, -1) {
		attributes, code := bytes.ToLower(body[at[2]:at[3]]), body[at[1]:]
		if bytes.HasSuffix(attributes, []byte("/")) {
			continue // empty
		}
		if end := bytes.Index(code, []byte("</")); end >= 0 {
			code = code[:end]
		}
		code = bytes.TrimSpace(code)
		switch {
		case len(code) == 0:
		case code[0] == '<' && !bytes.HasPrefix(code, []byte("<!")) && !bytes.HasPrefix(code, []byte("<?")):
			// an element of that name in a form's settings
		case bytes.Contains(attributes, []byte("javascript")), acts.Match(code):
			return true
		}
	}
	return false
}
