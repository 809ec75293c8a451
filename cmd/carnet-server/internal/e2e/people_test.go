package e2e

import (
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// The professionals. All names and numbers are invented.
const (
	mt           = "mt"           // médecin traitant of alice
	gp           = "gp"           // doctor, authorised by alice
	pharmacist   = "pharmacist"   // authorised by alice
	optician     = "optician"     // authorised by alice
	nurse        = "nurse"        // in alice's care team
	occupational = "occupational" // authorised by alice, reads all the same nothing
	regulator    = "regulator"    // emergency centre, no relation to anybody
	stranger     = "stranger"     // doctor, no relation to anybody
	blocked      = "blocked"      // doctor, authorised by alice, then blocked by her
	unlisted     = "unlisted"     // of a profession that the matrix does not know; authorised by alice
	system       = "system"       // a token without a profession
	laboratory   = "laboratory"   // a laboratory's software; biologist answers for it
	biologist    = "biologist"    // pharmacist and biologist of the laboratory
)

// The patients.
const (
	alice = "pat-alice" // open, with every relation
	bob   = "pat-bob"   // open; objects to both emergency modes
	carol = "pat-carol" // open; nobody is authorised; masked documents may be read in an emergency
	dan   = "pat-dan"   // closed
	eve   = "pat-eve"   // opposed
	frank = "pat-frank" // pending
	gina  = "pat-gina"  // identity not qualified
	hugo  = "pat-hugo"  // blocked their own médecin traitant, which has no effect
	iris  = "pat-iris"  // open; blocked mt, who is nobody to them
)

func claims(number, name, profession, specialty, sector string) idp.Claims {
	return idp.Claims{
		NameID: "8970000000" + number, Name: name, Role: profession, Specialty: specialty,
		Organisation: "19700000" + number, OrgName: "Structure " + number, Sector: sector,
	}
}

var professionals = map[string]idp.Claims{
	mt: { // the general practitioner of client/clienttest's suite
		NameID: "899700218896", Name: "Dr Anne MOREL", Role: "10", Specialty: "SM54",
		Organisation: "1510000000", OrgName: "Cabinet de la Vesle", Sector: "SA07",
	},
	gp:           claims("02", "Dr Karim SELLAMI", "10", "SM54", "SA08"),
	pharmacist:   claims("03", "Claire FOUGERE", "21", "", "SA33"),
	optician:     claims("04", "Paul GIRARDOT", "28", "", "SA42"),
	nurse:        claims("05", "Nadia ROUXEL", "60", "", "SA07"),
	occupational: claims("06", "Dr Luc FERRANDON", "10", "SM25", "SA66"),
	regulator:    claims("07", "Dr Ines CARONNET", "10", "SM59", "SA01"),
	stranger:     claims("08", "Dr Marc VIDALENC", "10", "SM54", "SA07"),
	blocked:      claims("09", "Dr Jean TOUZEAU", "10", "SM54", "SA07"),
	unlisted:     claims("10", "Lou MERCADIER", "99", "", "SA07"),
	system:       {NameID: "lab-system", Name: "Laboratoire"},
	laboratory: {
		NameID: "lab-sacres", Name: "Laboratoire des Sacres", Role: "86", Organisation: "1510000077", OrgName: "Laboratoire des Sacres", Sector: "SA25",
	},
	biologist: {
		NameID: "897000000077", Name: "Irène TALMONT", Role: "21", Specialty: "G", Organisation: "1510000077", OrgName: "Laboratoire des Sacres", Sector: "SA25",
	},
}

func id(who string) string { return professionals[who].NameID }

func party(who string) fhir.Party {
	c := professionals[who]
	return fhir.Party{ID: c.NameID, Name: c.Name, OrgID: c.Organisation, OrgName: c.OrgName}
}

func insOf(patient string) fhir.Identifier {
	return fhir.Identifier{System: fhir.SystemINSTest, Value: map[string]string{
		alice: "279035121518989", bob: "153078987658513", carol: "188102B17295165", dan: "277076322082910",
		eve: "162037512345610", frank: "162037512345611", hugo: "162037512345612",
		iris: "162037512345613",
	}[patient]}
}

var names = map[string][]string{
	alice: {"PAT-TROIS", "DOMINIQUE", "MARIE-LOUISE"},
	bob:   {"CONTESTE", "JEAN"},
	carol: {"CORSE", "FIGATELLIX"},
	dan:   {"FERMETURE", "DANIEL"},
	eve:   {"OPPOSEE", "EVELYNE"},
	frank: {"ATTENTE", "FRANCK"},
	gina:  {"PROVISOIRE", "GINA"},
	hugo:  {"PATUREL", "HUGO"},
	iris:  {"IRISEE", "IRIS"},
}

// fill puts the people in.
func (w *world) fill() {
	s := w.seeder
	for patient, n := range names {
		p := record.PatientSeed{
			ID: patient, INS: insOf(patient), BirthName: n[0], Given: n[1:], Gender: "female",
			BirthDate: "1979-03-28", BirthPlace: "51215", City: "Reims",
		}
		if patient == gina {
			p.INS, p.Reliability = fhir.Identifier{}, "PROV"
		}
		w.must(s.AddPatient(p))
	}
	now := w.now()
	for _, r := range []record.RecordSeed{
		{PatientID: alice, MT: id(mt)},
		{PatientID: bob, MT: id(gp), OpposeBreakGlass: true, OpposeCentre15: true},
		{PatientID: carol, MaskedEmergency: true},
		{PatientID: dan, State: record.StateClosed, ClosedAt: now.AddDate(0, -1, 0), MT: id(mt)},
		{PatientID: eve, State: record.StateOpposed},
		{PatientID: frank, State: record.StatePending},
		{PatientID: gina, MT: id(mt)},
		{PatientID: hugo, MT: id(mt)},
		{PatientID: iris},
	} {
		w.must(s.SetRecord(r))
		life := record.Life{Patient: r.PatientID, State: record.LifeActivated, Activated: now.AddDate(0, -6, 0), Closed: r.ClosedAt}
		switch r.State {
		case record.StateClosed:
			life.State = record.LifeClosed
			fallthrough
		case "", record.StateOpen:
			w.must(s.SetLife(life))
		}
	}
	for _, who := range []string{gp, pharmacist, optician, occupational, blocked, unlisted} {
		w.must(s.Authorise(record.AuthorisationSeed{PatientID: alice, Actor: id(who), ActorName: professionals[who].Name, Form: "ecrit"}))
	}
	w.must(s.Authorise(record.AuthorisationSeed{PatientID: bob, Actor: id(pharmacist), Form: "oral", End: now.Add(1000 * day)}))
	w.must(s.Authorise(record.AuthorisationSeed{PatientID: hugo, Actor: id(gp), Form: "oral", Start: now.Add(-3 * day), End: now.Add(-day)}))
	w.must(s.AddTeam(record.TeamSeed{PatientID: alice, Actor: id(nurse), Start: now.Add(-day)}))
	w.must(s.Block(record.BlockSeed{PatientID: alice, Actor: id(blocked)}))
	w.must(s.Block(record.BlockSeed{PatientID: hugo, Actor: id(mt)}))
	w.must(s.Block(record.BlockSeed{PatientID: iris, Actor: id(mt)}))
	w.must(s.Flush())
}
