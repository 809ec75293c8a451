package httpapi

import (
	"strings"
	"testing"

	"carnet/client/fhir"
)

func TestLabelledFindsTheLabelHoweverItIsWritten(t *testing.T) {
	const label = `{"system":"` + fhir.SystemConfidentialCare + `","code":"minor"}`
	escaped := strings.Replace(label, "confidential", `\u0063onfidential`, 1)
	for body, want := range map[string]bool{
		`{"meta":{"security":[` + label + `]}}`:                                             true,
		`{"securityLabel":[{"coding":[{"code":"N"}]},{"coding":[` + label + `]}]}`:          true,
		`[{"op":"replace","path":"/securityLabel","value":[{"coding":[` + escaped + `]}]}]`: true,
		`{"meta":{"security":[` + strings.Replace(label, "/", `\/`, 3) + `]}}`:              true,
		`{"title":"soin confidentiel"}`:                                                     false,
		`{"title":"` + fhir.SystemConfidentialCare + `"}`:                                   false,
		`{"meta":{"security":[` + label:                                                     true,
		``:                                                                                  false,
		`{"a":"\n"}`:                                                                        false,
	} {
		if got := labelled([]byte(body)); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
