package pdfcheck

import "strconv"

// Verdict says what may be done with a file.
type Verdict string

// The verdicts.
const (
	Good    Verdict = "good"    // nothing to say
	Remarks Verdict = "remarks" // readable; the findings say what the person should know
	Refused Verdict = "refused" // may not be filed
)

// Severity is how much a finding weighs.
type Severity string

// The severities.
const (
	Remark Severity = "remark" // to be known, does not prevent filing
	Refuse Severity = "refuse" // prevents filing
)

// Code names a finding. Codes are only ever added.
type Code string

// The findings.
const (
	CodeEmpty        Code = "empty"            // no byte
	CodeTooLarge     Code = "too-large"        // over Limits.Size
	CodeNotPDF       Code = "not-pdf"          // no PDF header in the first 1,024 bytes
	CodeTruncated    Code = "truncated"        // the end is missing
	CodeUnreadable   Code = "unreadable"       // neither reader can open it
	CodeEncrypted    Code = "encrypted"        // carries /Encrypt, whatever the password
	CodeScript       Code = "script"           // JavaScript, in an action or a form
	CodeLaunch       Code = "launch"           // starts a program
	CodeImportData   Code = "import-data"      // reads a file into a form
	CodeSubmitForm   Code = "submit-form"      // sends what is typed elsewhere
	CodeExecutable   Code = "executable"       // an attached program
	CodeRichMedia    Code = "rich-media"       // Flash
	CodePolyglot     Code = "polyglot"         // two formats at once: PDF and HTML, ZIP or a program
	CodeTooManyPages Code = "too-many-pages"   // over Limits.Pages
	CodeTooMany      Code = "too-many-objects" // over Limits.Objects
	CodeNesting      Code = "nesting"          // over Limits.Depth, or written so as to be read for ever
	CodeBomb         Code = "bomb"             // inflates beyond the limits
	CodeOpaque       Code = "opaque"           // hides objects in a way that cannot be looked through
	CodeCostly       Code = "costly"           // reading it took too long, too much memory, or broke the reader
	CodeNoPDFA       Code = "no-pdfa"          // claims no PDF/A-1 conformance
	CodeRepaired     Code = "repaired"         // readable, but not written as it should be
	CodePartly       Code = "partly-drawn"     // readable, but too long to draw every page here
	CodeHeaderOffset Code = "header-offset"    // bytes before the header
	CodeTrailing     Code = "trailing-data"    // bytes after the end
	CodeAttachment   Code = "attachment"       // carries another file
	CodeMedia        Code = "media"            // sound, film or 3D that will not be shown
	CodeForm         Code = "xfa-form"         // an XFA form, which most readers no longer show
)

// Finding is one thing worth saying about a file.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Page     int      `json:"page,omitempty"`   // from 1; 0 when the finding has no page
	Object   int      `json:"object,omitempty"` // the PDF object's number; 0 when unknown
}

// Message gives the finding in words that end in what to do; lang is "fr" or
// "en" (anything else is French). It never repeats the file's content.
func (f Finding) Message(lang string) string {
	m := messages[f.Code]
	if lang == "en" {
		return m.en
	}
	return m.fr
}

// Place says where in the file the finding lies, "page 3" or "objet 12"; "" when
// it concerns the whole file. lang is as for Message.
func (f Finding) Place(lang string) string {
	switch {
	case f.Page > 0:
		return "page " + strconv.Itoa(f.Page)
	case f.Object > 0 && lang == "en":
		return "object " + strconv.Itoa(f.Object)
	case f.Object > 0:
		return "objet " + strconv.Itoa(f.Object)
	}
	return ""
}

// Report is the outcome of a check.
type Report struct {
	Verdict    Verdict   `json:"verdict"`
	Findings   []Finding `json:"findings,omitempty"`
	Pages      int       `json:"pages,omitempty"`      // 0 when it could not be told
	PDFA       string    `json:"pdfa,omitempty"`       // the conformance claimed ("1b"), never verified; "" when none
	TextSample string    `json:"textSample,omitempty"` // text of the first pages when Options.Text, at most 32 KiB
	Opinion    string    `json:"opinion,omitempty"`    // who had the last word: scan, pdfcpu, pdfium
}

// Reason gives the first refusal in words, or "" when the file is not refused.
func (r Report) Reason(lang string) string {
	for _, f := range r.Findings {
		if f.Severity == Refuse {
			return f.Message(lang)
		}
	}
	return ""
}

// Has tells whether the report holds a finding of this code.
func (r Report) Has(c Code) bool {
	for _, f := range r.Findings {
		if f.Code == c {
			return true
		}
	}
	return false
}

// add appends a finding unless the same code was already said: the first place
// is enough, and a file with 10,000 scripts must not give 10,000 lines.
func (r *Report) add(c Code, s Severity, object int) {
	if r.Has(c) {
		return
	}
	r.Findings = append(r.Findings, Finding{Code: c, Severity: s, Object: max(0, object)})
}

// refused tells whether a finding already refuses the file.
func (r *Report) refused() bool {
	for _, f := range r.Findings {
		if f.Severity == Refuse {
			return true
		}
	}
	return false
}

// conclude sets the verdict from the findings, refusals first.
func (r *Report) conclude() {
	r.Verdict = Good
	var refusals, remarks []Finding
	for _, f := range r.Findings {
		if f.Severity == Refuse {
			refusals = append(refusals, f)
		} else {
			remarks = append(remarks, f)
		}
	}
	r.Findings = append(refusals, remarks...)
	switch {
	case len(refusals) > 0:
		r.Verdict = Refused
		r.TextSample = ""
	case len(remarks) > 0:
		r.Verdict = Remarks
	}
}

// refusal is a report of one refusal.
func refusal(c Code) Report {
	r := Report{Opinion: "scan"}
	r.add(c, Refuse, 0)
	r.conclude()
	return r
}
