package ui

import (
	"errors"
	"testing"

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
