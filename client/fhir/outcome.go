package fhir

import (
	"encoding/json"
	"strings"
)

// refMark introduces the request id in OperationOutcome.issue.details.text.
const refMark = "réf. "

// extExisting is, on a finding Duplicate, the document that is there already.
const extExisting = extBase + "existing-document"

// OperationOutcome gives the error as FHIR. Each finding is an issue; the
// first issue's details carry the code of the whole and the reference to
// quote.
func (e *Error) OperationOutcome() []byte {
	w := &writer{make([]byte, 0, 512)}
	w.resource("OperationOutcome", "")
	w.arr("issue")
	findings := e.Issues
	if len(findings) == 0 {
		findings = []Issue{{Code: e.Code, Message: e.Message}}
	}
	for i, f := range findings {
		w.item()
		if ref := e.Existing[f.Expression]; ref != "" {
			w.arr("extension")
			w.ext(extExisting)
			w.reference("valueReference", ref)
			w.endArrObj()
		}
		w.str("severity", "error")
		w.str("code", f.Code.IssueType())
		w.obj("details")
		w.arr("coding")
		if i == 0 {
			w.item()
			w.codingFields(Coding{System: SystemErrorCode, Code: string(e.Code)})
			w.end()
		}
		if i > 0 || f.Code != e.Code {
			w.item()
			w.codingFields(Coding{System: SystemErrorCode, Code: string(f.Code)})
			w.end()
		}
		w.endArr()
		if i == 0 {
			w.str("text", e.detailsText())
		}
		w.end()
		w.str("diagnostics", f.Message)
		w.strs("expression", f.Expression)
		w.end()
	}
	w.endArr()
	w.end()
	return w.b
}

func (e *Error) detailsText() string {
	text := ""
	if len(e.Issues) > 0 {
		text = e.Message
	}
	if e.RequestID != "" {
		text = strings.TrimSpace(text + " " + refMark + e.RequestID)
	}
	return text
}

// ParseOutcome reads an answer that is an error: an OperationOutcome of ours
// or of another server, or anything else, of which the status alone counts.
func ParseOutcome(status int, body []byte) *Error {
	var r struct {
		ResourceType string
		Issue        []struct {
			Extension   wireExtensions
			Code        string
			Details     wireConcept
			Diagnostics string
			Expression  []string
		}
	}
	if json.Unmarshal(body, &r) != nil || r.ResourceType != "OperationOutcome" || len(r.Issue) == 0 {
		return &Error{Code: CodeFor(status, "", "")}
	}
	first := r.Issue[0]
	e := &Error{Code: CodeFor(status, first.Code, ownCode(first.Details.Coding, 0))}
	text, ref, _ := strings.Cut(first.Details.Text, refMark)
	e.Message, e.RequestID = strings.TrimSpace(text), ref
	if e.Message == "" {
		e.Message = first.Diagnostics
	}
	for _, i := range r.Issue {
		issue := Issue{Code: Code(ownCode(i.Details.Coding, len(i.Details.Coding)-1)), Message: i.Diagnostics}
		if issue.Code == "" {
			issue.Code = CodeFor(status, i.Code, "")
		}
		if len(i.Expression) > 0 {
			issue.Expression = i.Expression[0]
		}
		if ref := i.Extension.find(extExisting).text(); ref != "" && issue.Expression != "" {
			if e.Existing == nil {
				e.Existing = map[string]string{}
			}
			e.Existing[issue.Expression] = ref
		}
		if issue.Expression != "" || len(r.Issue) > 1 {
			e.Issues = append(e.Issues, issue)
		}
	}
	return e
}

// ownCode gives the i-th coding's code when it is one of ours.
func ownCode(codings []wireCoding, i int) string {
	if i < 0 || i >= len(codings) || codings[i].System != SystemErrorCode {
		return ""
	}
	return codings[i].Code
}
