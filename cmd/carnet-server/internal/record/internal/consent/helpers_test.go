package consent

import (
	"time"

	"carnet/client/fhir"
)

// fakeMatrix is a matrix of four types: readable by everybody who has a
// column, by doctors and midwives, by pharmacists, by nobody at all.
type fakeMatrix map[string]map[string]bool

func (m fakeMatrix) Allowed(typeCode, profession string) (allowed, known bool) {
	allowed, known = m[profession][typeCode]
	return allowed, known
}

func (m fakeMatrix) Column(profession string) []string {
	var out []string
	for t, ok := range m[profession] {
		if ok {
			out = append(out, t)
		}
	}
	return out
}

const (
	typeReport   = "11488-4" // every profession with a column but the technician
	typeBirth    = "15508-5" // doctors, midwives
	typeDispense = "60593-1" // doctors, pharmacists
	typeNobody   = "SECRET"  // has rows, all no
	typeUnknown  = "18842-5" // no row
)

func testMatrix() fakeMatrix {
	row := func(report, birth, dispense bool) map[string]bool {
		return map[string]bool{typeReport: report, typeBirth: birth, typeDispense: dispense, typeNobody: false}
	}
	return fakeMatrix{
		"10": row(true, true, true), "10/SM25": row(false, false, false),
		"21": row(true, false, true), "28": row(true, false, false),
		"50": row(true, true, false), "35": row(false, false, false),
	}
}

// noon is the time at which the tests ask.
func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

const (
	idGP         = "899700000011" // Dr Anne MOREL
	idOther      = "899700000022"
	idPharmacist = "899700000033"
	idWork       = "899700000044"
	idRegulator  = "899700000055"
	orgPractice  = "1750000011"
	orgPharmacy  = "1750000022"
)

func gp() Requester {
	return Requester{ID: idGP, Profession: "10", Specialty: "SM54", OrgID: orgPractice, Sector: "SA07"}
}

func pharmacist() Requester {
	return Requester{ID: idPharmacist, Profession: "21", Specialty: "A", OrgID: orgPharmacy, Sector: "SA33"}
}

func workDoctor() Requester {
	return Requester{ID: idWork, Profession: "10", Specialty: "G15_10/SM25", Sector: "SA66"}
}

func regulator() Requester {
	return Requester{ID: idRegulator, Profession: "10", Specialty: "SM59", Sector: "SA01"}
}

func open() Facts { return Facts{PatientID: "p1", State: StateOpen, Epoch: 7} }

// openTo is an open record that everyone named may read without limit.
func openTo(ids ...string) Facts {
	f := open()
	for _, id := range ids {
		f.Authorisations = append(f.Authorisations, Relation{Actor: Actor{ID: id}})
	}
	return f
}

func ask(who Requester, fn Function) Request {
	return Request{Requester: who, Mode: fhir.ModeNormal, Function: fn, Now: noon()}
}

func askIn(mode string, who Requester, fn Function) Request {
	return Request{
		Requester: who, Mode: mode, Reason: "malaise sur la voie publique",
		SessionEnd: noon().Add(30 * time.Minute), Function: fn, Now: noon(),
	}
}
