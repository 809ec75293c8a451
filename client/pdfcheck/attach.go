package pdfcheck

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

// attachmentBytes is how much of an attachment is decoded to see what it is.
const attachmentBytes = 4 << 20

// programSuffixes are the names under which a desktop would run a file.
var programSuffixes = map[string]bool{
	".exe": true, ".com": true, ".scr": true, ".pif": true, ".cpl": true, ".dll": true, ".sys": true,
	".bat": true, ".cmd": true, ".ps1": true, ".psm1": true, ".vbs": true, ".vbe": true, ".js": true,
	".jse": true, ".wsf": true, ".wsh": true, ".hta": true, ".msi": true, ".msp": true, ".msix": true,
	".jar": true, ".lnk": true, ".reg": true, ".inf": true, ".chm": true, ".gadget": true, ".application": true,
	".sh": true, ".command": true, ".app": true, ".dmg": true, ".pkg": true, ".deb": true, ".rpm": true,
	".run": true, ".desktop": true, ".appimage": true, ".apk": true, ".docm": true, ".xlsm": true,
	".pptm": true, ".iso": true, ".img": true, ".vhd": true, ".settingcontent-ms": true, ".swf": true,
}

// programMagics begin what a system runs.
var programMagics = [][]byte{
	[]byte("MZ"), []byte("\x7fELF"), []byte("#!"),
	{0xfe, 0xed, 0xfa, 0xce},
	{0xfe, 0xed, 0xfa, 0xcf},
	{0xce, 0xfa, 0xed, 0xfe},
	{0xcf, 0xfa, 0xed, 0xfe},
	{0xca, 0xfe, 0xba, 0xbe},
	[]byte("FWS"), []byte("CWS"), []byte("ZWS"), []byte("L\x00\x00\x00\x01\x14\x02\x00"),
}

// judgeAttachments refuses programs among the attachments, by name and by
// content, inside archives and inside attached PDFs too.
func (s *scan) judgeAttachments() {
	for _, a := range s.attached {
		if isProgramName(decodeString(a.name)) {
			s.report.add(CodeExecutable, Refuse, 0)
			return
		}
	}
	budget := 32 // attachments looked into; beyond, their number itself is odd
	for num, st := range s.streams {
		if string(st.d.typ) != "EmbeddedFile" && !s.isAttached(num) {
			continue
		}
		if budget--; budget < 0 {
			s.report.add(CodeOpaque, Refuse, 0)
			return
		}
		s.judgeContent(int(num), st)
	}
}

func (s *scan) isAttached(num int64) bool {
	for _, a := range s.attached {
		for _, r := range a.refs {
			if r == num {
				return true
			}
		}
	}
	return false
}

// judgeContent looks at the first bytes of one attachment.
func (s *scan) judgeContent(num int, st streamAt) {
	body := s.decoded(st, attachmentBytes)
	switch {
	case body == nil:
		s.report.add(CodeOpaque, Refuse, num)
	case isProgram(body):
		s.report.add(CodeExecutable, Refuse, num)
	case bytes.HasPrefix(body, []byte("PK\x03\x04")) && hidesProgram(body):
		s.report.add(CodeExecutable, Refuse, num)
	case bytes.Contains(body[:min(1024, len(body))], []byte("%PDF-")):
		s.judgeInner(body)
	}
}

// judgeInner scans a PDF attached to the PDF, one level deep.
func (s *scan) judgeInner(body []byte) {
	if s.level > 0 {
		s.report.add(CodeNesting, Refuse, 0)
		return
	}
	var r Report
	inner := &scan{limits: s.limits, data: body, report: &r, structs: s.limits.Structs, quota: quotaFor(len(body)), level: 1}
	inner.run()
	for _, f := range r.Findings {
		if f.Severity == Refuse {
			s.report.add(f.Code, Refuse, 0)
		}
	}
}

// decoded gives at most limit bytes of a stream; nil when it cannot be decoded.
func (s *scan) decoded(st streamAt, limit int64) []byte {
	r := s.reader(s.raw(st), st.d.filters)
	if r == nil || st.d.indirect {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil && len(body) == 0 {
		return nil
	}
	if body == nil {
		body = []byte{}
	}
	return body
}

func isProgram(body []byte) bool {
	for _, m := range programMagics {
		if bytes.HasPrefix(body, m) {
			return true
		}
	}
	return false
}

func isProgramName(name string) bool {
	name = strings.TrimRight(strings.ToLower(strings.TrimSpace(name)), ". \x00")
	return programSuffixes[path.Ext(name)]
}

// hidesProgram tells whether an archive names a program. An archive that
// cannot be read to its directory is taken for one: it is cut or it is a trick.
func hidesProgram(body []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return true
	}
	for _, f := range z.File {
		if isProgramName(f.Name) || strings.HasSuffix(f.Name, "vbaProject.bin") {
			return true
		}
	}
	return false
}

// decodeString reads a PDF text string: hexadecimal digits, UTF-16 with its
// mark, or bytes; enough to see a file name's end.
func decodeString(b []byte) string {
	if raw, err := hex.DecodeString(string(bytes.Join(bytes.Fields(b), nil))); err == nil && len(raw) > 2 {
		if raw[0] == 0xfe && raw[1] == 0xff || isProgramName(string(raw)) {
			b = raw
		}
	}
	b = unescapeString(b)
	if len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff {
		u := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(u))
	}
	return string(b)
}

// unescapeString undoes the escapes of a ( ) string (ISO 32000-1, 7.3.4.2).
func unescapeString(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		if b[i] < '0' || b[i] > '7' {
			out = append(out, b[i])
			continue
		}
		v := 0
		j := i
		for ; j < len(b) && j < i+3 && b[j] >= '0' && b[j] <= '7'; j++ {
			v = v*8 + int(b[j]-'0')
		}
		out = append(out, byte(v))
		i = j - 1
	}
	return out
}

// judgeForms refuses an XFA form that carries scripts.
func (s *scan) judgeForms() {
	for _, ref := range s.xfa {
		st, ok := s.streams[ref]
		if !ok {
			continue
		}
		body := s.decoded(st, attachmentBytes)
		if body == nil {
			s.report.add(CodeOpaque, Refuse, int(ref))
			return
		}
		if bytes.Contains(body, []byte("<script")) || bytes.Contains(body, []byte(":script")) {
			s.report.add(CodeScript, Refuse, int(ref))
			return
		}
	}
}
