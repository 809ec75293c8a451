package fhir

import (
	"errors"
	"fmt"
	"testing"
)

func TestCodesAndStatusesAgreeBothWays(t *testing.T) {
	sent := map[Code]bool{} // the first row of a code is what is sent
	for _, r := range codeTable {
		if got := CodeFor(r.status, r.issue, string(r.code)); got != r.code {
			t.Errorf("%s comes back as %s", r.code, got)
		}
		if first := !sent[r.code]; first && (r.code.Status() != r.status || r.code.IssueType() != r.issue) {
			t.Errorf("%s: %d %s", r.code, r.code.Status(), r.code.IssueType())
		}
		sent[r.code] = true
	}
	for _, c := range []struct {
		status int
		issue  string
		want   Code
	}{{403, "suppressed", NoConsent}, {403, "unheard-of", Forbidden}, {401, "expired", TokenExpired}, {418, "x", Internal}, {502, "", Internal}, {507, "", Unavailable}} {
		if got := CodeFor(c.status, c.issue, ""); got != c.want {
			t.Errorf("%d %s: %s", c.status, c.issue, got)
		}
	}
}

func TestErrorsNeverTellTheirCause(t *testing.T) {
	cause := errors.New("dial https://x.example/Patient?identifier=279035121518989")
	e := Wrap(Offline, cause)
	wrapped := fmt.Errorf("searching: %w", e)
	if e.Error() != "offline" || !errors.Is(wrapped, &Error{Code: Offline}) || !errors.Is(wrapped, cause) || CodeOf(wrapped) != Offline {
		t.Error(e)
	}
	if CodeOf(nil) != "" || CodeOf(cause) != Internal || errors.Is(e, &Error{Code: Internal}) {
		t.Error("codes of other errors")
	}
}
