package batch

import (
	"crypto/sha256"
	"testing"

	"github.com/google/uuid"

	"carnet/client/fhir"
)

// Ids derive from sender, person and bytes, from all of them and nothing else;
// the values are fixed for good: another version must not file what this one did.
func TestDerivedIds(t *testing.T) {
	sum, ins := sha256.Sum256([]byte("x")), fhir.Identifier{System: fhir.SystemINSTest, Value: "279035145430131"}
	id := itemID("1510000001", ins, sum)
	if id != "d262fa19-26af-8e85-8125-29b04f8a06ae" || documentID("1510000001", ins, sum) != "urn:uuid:c7747434-ae84-8de7-a6d9-6b49a6dc2d62" {
		t.Errorf("%s %s", id, documentID("1510000001", ins, sum))
	}
	u, err := uuid.Parse(id)
	ok(t, "parse", err)
	if u.Version() != 8 || u.Variant() != uuid.RFC4122 {
		t.Errorf("version %d, variant %v", u.Version(), u.Variant())
	}
	other := sha256.Sum256([]byte("y"))
	seen := map[string]bool{id: true}
	for _, more := range []string{
		documentID("1510000001", ins, sum)[9:], itemID("1510000002", ins, sum), itemID("1510000001", ins, other),
		itemID("1510000001", fhir.Identifier{System: fhir.SystemINSNIR, Value: ins.Value}, sum),
		itemID("1510000001", fhir.Identifier{System: ins.System, Value: "279035145430132"}, sum),
		itemID("1510000001"+ins.System, fhir.Identifier{Value: ins.Value}, sum), // the same bytes in a row, other parts
	} {
		if seen[more] {
			t.Errorf("%s twice", more)
		}
		seen[more] = true
	}
}

func digestOf(text string) digest { return sha256.Sum256([]byte(text)) }
