package consent

import (
	"testing"

	"carnet/client/terminology"
)

var _ Matrix = (*terminology.Matrix)(nil)

// What the decision takes for granted of the matrix in force.
func TestMatrixInForce(t *testing.T) {
	m := terminology.CurrentMatrix()
	for _, profession := range terminology.Professions() {
		if !m.HasProfession(profession.Code) {
			continue
		}
		if _, known := m.Allowed(referenceType, profession.Code); !known {
			t.Errorf("profession %s has no row of the reference type", profession.Code)
		}
		for _, typ := range m.Column(profession.Code) {
			if allowed, known := m.Allowed(typ, profession.Code); !allowed || !known {
				t.Errorf("profession %s: the column holds %s, the cell says no", profession.Code, typ)
			}
		}
	}
	if n := len(m.Column("10/SM25")); n != 0 {
		t.Errorf("the occupational doctor's column holds %d types", n)
	}
	for _, typ := range terminology.Types() {
		_, doctors := m.Allowed(typ.Code, doctor)
		if doctors != m.HasType(typ.Code) {
			t.Errorf("type %s has rows, but none of the doctor", typ.Code)
		}
	}
}

// The contract's own example: an optician cannot read a childbirth report.
func TestOpticianReadsNoChildbirth(t *testing.T) {
	m := terminology.CurrentMatrix()
	optician := Requester{ID: idOther, Profession: "28"}
	filter := Decide(ask(optician, FunctionRead), openTo(idOther), m).Grant.Filter()
	childbirth := DocFacts{Type: "15508-5", AuthorID: idGP, Status: StatusCurrent}
	if filter.Allows(childbirth) {
		t.Error("an optician reads a childbirth report")
	}
	if midwife := (Requester{ID: idOther, Profession: "50"}); !Decide(ask(midwife, FunctionRead), openTo(idOther), m).Grant.Filter().Allows(childbirth) {
		t.Error("a midwife does not read a childbirth report")
	}
}
