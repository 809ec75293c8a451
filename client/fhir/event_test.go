package fhir

import (
	"reflect"
	"testing"
	"time"
)

func TestAccessEventComesBack(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, e := range []AccessEvent{
		{Kind: EventRights, New: 2, Total: 40, Access: Access{
			Session: "s", Mode: ModeNormal, Basis: BasisAuthorised, Until: at.Add(time.Hour), End: at, Rights: []string{RightRead, RightUpload},
		}},
		{Kind: EventClosed, Reason: ReasonConsent, Access: Access{Session: "s", Mode: ModeNormal, Refusal: "no-consent", Rights: []string{RightUpload}}},
		{Kind: EventDocuments, Access: Access{Session: "s", Rights: []string{RightRead}}},
	} {
		back, err := ParseAccessEvent(e.JSON())
		if err != nil || !reflect.DeepEqual(back, e) {
			t.Errorf("%+v\ncame back as\n%+v %v", e, back, err)
		}
	}
}

func TestAccessEventRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `{"resourceType":"Parameters"}`,
		`{"resourceType":"Parameters","parameter":[{"name":"event","valueCode":"gone"}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"event","valueCode":"documents"},{"name":"new","valueString":"many"}]}`,
		`{"resourceType":"Bundle","parameter":[{"name":"event","valueCode":"rights"}]}`,
	} {
		if e, err := ParseAccessEvent([]byte(body)); CodeOf(err) != Malformed {
			t.Errorf("%s gave %+v %v", body, e, err)
		}
	}
}
