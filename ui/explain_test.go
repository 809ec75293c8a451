package ui

import (
	"errors"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// codes are all that the wire and the client know.
var codes = []fhir.Code{
	fhir.Unauthenticated, fhir.TokenExpired, fhir.Forbidden, fhir.NoConsent, fhir.NotFound, fhir.Withdrawn, fhir.PatchRefused,
	fhir.NotAllowed, fhir.NotAcceptable, fhir.VersionConflict, fhir.Duplicate, fhir.StateConflict, fhir.Invalid, fhir.BadCode,
	fhir.BusinessRule, fhir.NoRecord, fhir.RuleForbids, fhir.TooLarge, fhir.Malformed, fhir.Required, fhir.BadValue,
	fhir.UnsupportedMedia, fhir.Throttled, fhir.Unavailable, fhir.Internal, fhir.Offline, fhir.Canceled, fhir.Queued,
}

func TestEveryCodeHasWordsAndANextStep(t *testing.T) {
	unknown := words("no such code")
	for _, code := range codes {
		p := Explain(&fhir.Error{Code: code, RequestID: "r"})
		if p.Title == "" || p.Next == "" || p.Icon == "" || p.Tone == "" || p.Reference != "r" {
			t.Errorf("%s: %+v", code, p)
		}
		if p.Title == unknown.Title {
			t.Errorf("%s has no words of its own", code)
		}
	}
}

func TestForeignErrorsAreNotShown(t *testing.T) {
	for _, err := range []error{errors.New("Get http://host/?name=MARTIN"), task.ErrPanic} {
		p := Explain(err)
		if p.Title != words(fhir.Internal).Title || p.Reference != "" {
			t.Errorf("%v became %+v", err, p)
		}
	}
}

// What is neither sent nor kept says so, and why.
func TestWhatIsNotKeptSaysSo(t *testing.T) {
	for cause, want := range map[error]string{client.ErrDiskFull: "disque de ce poste est plein", client.ErrNotKept: "Rien n’est gardé sur ce poste"} {
		p := Explain(&client.Error{Code: fhir.Offline, Err: errors.Join(cause, fhir.E(fhir.Offline, ""))})
		if p.Title != "Ce n’est ni envoyé ni gardé." || !strings.Contains(p.Next, want) || strings.Contains(p.Next, "de lui-même") {
			t.Errorf("%v: %q %q", cause, p.Title, p.Next)
		}
	}
}
