package pdfcheck

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

const (
	attachmentBytes = 32 << 20  // of one attachment, decoded to see what it is
	lookBytes       = 128 << 20 // of all of them together
	formBytes       = 8 << 20   // of one part of a form
	headBytes       = 512       // of a stream that may be one of them
	deepest         = 3         // PDF inside PDF inside PDF
)

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

// judgeHidden looks into attachments and forms. An attachment's stream need not
// say what it is, and what leads to it may go by ways that we do not follow: so
// where there is any attachment, every stream is looked at.
func (s *scan) judgeHidden() {
	for _, name := range s.names {
		if isProgramName(decodeString(name)) {
			s.report.add(CodeExecutable, Refuse, 0)
			return
		}
	}
	if !s.hasEF && !s.hasXFA {
		return
	}
	for _, p := range s.streams {
		st, ok := s.streamOf(p)
		if !ok {
			continue
		}
		s.object = p.num
		if s.hasEF {
			s.judgeAttachment(st, string(st.d.typ) == "EmbeddedFile" || s.attached[int64(p.num)])
		}
		if s.hasXFA {
			s.judgeForm(st, s.xfa[int64(p.num)])
		}
		if s.report.refused() {
			return
		}
	}
}

// judgeAttachment looks at what an attachment is; sure says that it is one,
// else only what plainly runs is refused.
func (s *scan) judgeAttachment(st streamAt, sure bool) {
	head, whole := s.decoded(st, headBytes)
	archive := bytes.HasPrefix(head, []byte("PK\x03\x04"))
	inner := bytes.Contains(head, []byte("%PDF-"))
	switch {
	case head == nil && sure:
		s.report.add(CodeOpaque, Refuse, s.object)
	case sure && isProgram(head), !sure && string(st.d.subtype) != "Image" && isSurelyProgram(head):
		s.report.add(CodeExecutable, Refuse, s.object)
	case !archive && !inner:
	default:
		body := head
		if !whole {
			body, whole = s.decoded(st, min(attachmentBytes, s.looked))
			s.looked -= int64(len(body))
		}
		switch {
		case !whole:
			s.report.add(CodeOpaque, Refuse, s.object)
		case archive && hidesProgram(body):
			s.report.add(CodeExecutable, Refuse, s.object)
		case inner:
			s.judgeInner(body)
		}
	}
}

// judgeInner scans a PDF attached to the PDF.
func (s *scan) judgeInner(body []byte) {
	if s.level >= deepest {
		s.report.add(CodeNesting, Refuse, s.object)
		return
	}
	var r Report
	inner := &scan{limits: s.limits, data: body, report: &r, structs: s.limits.Structs, quota: quotaFor(len(body)), level: s.level + 1}
	inner.run()
	for _, f := range r.Findings {
		// What is encrypted is opaque because of that.
		if f.Severity == Refuse && (f.Code != CodeOpaque || !r.Has(CodeEncrypted)) {
			s.report.add(f.Code, Refuse, s.object)
		}
	}
}

// decoded gives at most limit bytes of a stream, nil when it cannot be decoded,
// and whether these are all.
func (s *scan) decoded(st streamAt, limit int64) (body []byte, whole bool) {
	r := s.reader(s.raw(st), st.d.filters)
	if r == nil || st.d.indirect {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil && len(body) == 0 {
		return nil, false
	}
	if body == nil {
		body = []byte{}
	}
	whole = int64(len(body)) <= limit
	return body[:min(int64(len(body)), limit)], whole
}

// isSurelyProgram asks more than isProgram of two letters that any data may
// begin with.
func isSurelyProgram(body []byte) bool {
	if bytes.HasPrefix(body, []byte("MZ")) {
		return bytes.Contains(body, []byte("PE\x00\x00")) || bytes.Contains(body, []byte("DOS mode"))
	}
	return bytes.HasPrefix(body, []byte("\x7fELF")) || bytes.HasPrefix(body, []byte("#!/"))
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

// decodeString reads a PDF text string: UTF-16 with its mark, or bytes; enough
// to see a file name's end.
func decodeString(b []byte) string {
	if len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff {
		u := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return string(utf16.Decode(u))
	}
	return string(b)
}
