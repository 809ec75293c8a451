package clienttest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// The people of the fictional world by logical id, and what each is good for.
const (
	PatientLea        = "p-lea"      // MARTIN Léa 1979: I am her médecin traitant; 214 documents, every state
	PatientLeaYounger = "p-lea-1991" // MARTIN Léa 1991: the same name; care team
	PatientHelene     = "p-helene"   // MARTIN-DUBOIS Hélène: authorisation for 12 more days; birth name and used name differ
	PatientLeo        = "p-leo"      // MARTINET Léo: provisional identity, nothing can be filed
	PatientGisele     = "p-gisele"   // ŒUVRARD Gisèle: médecin traitant, 38 documents
	PatientNoah       = "p-noah"     // N'GUYEN Noah: a child, médecin traitant
	PatientAmbroise   = "p-ambroise" // FÉVRIER Ambroise: care team, ends soon
	PatientEmpty      = "p-ines"     // PETIT Inès: médecin traitant, no document yet
	PatientStranger   = "p-karim"    // BENALI Karim: never authorised me; break-glass is possible
	PatientObjects    = "p-jb"       // LEFÈVRE Jean-Baptiste: never authorised me and objects to emergency access
	PatientBlocked    = "p-claire"   // ROUSSEAU Claire: blocked me, which nothing tells
	PatientClosed     = "p-simone"   // CARON Simone: the record is closed
	PatientOpposed    = "p-mathis"   // DUPRÉ Mathis: objected to the creation of a record
)

// person is one record of the world.
type person struct {
	client.Patient
	relation  string // of the caller; "" when there is none
	blocked   bool   // blocked the caller
	noBreak   bool   // objects to break-glass
	opposed   bool   // objected to the record
	documents []*document
	items     []*item // made when the profile is first read: itemsOf
}

// document is one document with its bytes.
type document struct {
	client.Document
	kind     docType
	content  blob // made when the record is first read; see fill
	byMe     bool
	filedAt  time.Time
	withdrew bool // entered-in-error by undo: not even its author sees it
}

// personRow is a line of the table of people.
type personRow struct {
	id, birth, used, given, gender, born, place, city string
	reliability, relation                             string
	end                                               int // days until the relation ends; 0: without end
	documents                                         int
}

// peopleTable is the world's population. Names are invented; the INS are made
// of test numbers in the test domain (OID …4.10).
func peopleTable(documents int) []personRow {
	mt, team, auth := fhir.BasisMT, fhir.BasisCareTeam, fhir.BasisAuthorised
	return []personRow{
		{PatientLea, "MARTIN", "", "Léa,Marie", "female", "1979-03-28", "51454", "Reims", "QUAL", mt, 0, documents},
		{PatientLeaYounger, "MARTIN", "", "Léa", "female", "1991-10-04", "08105", "Charleville-Mézières", "QUAL", team, 60, 17},
		{PatientHelene, "MARTIN", "MARTIN-DUBOIS", "Hélène", "female", "1979-11-02", "51108", "Châlons-en-Champagne", "QUAL", auth, 12, 46},
		{PatientLeo, "MARTINET", "", "Léo", "male", "1979-05-17", "", "Tinqueux", "PROV", team, 30, 4},
		{PatientGisele, "ŒUVRARD", "", "Gisèle,Anne", "female", "1938-01-30", "2A004", "Reims", "QUAL", mt, 0, 38},
		{PatientNoah, "N'GUYEN", "", "Noah", "male", "2019-09-12", "51454", "Reims", "QUAL", mt, 0, 9},
		{PatientAmbroise, "FÉVRIER", "", "Ambroise", "male", "1962-07-08", "10387", "Troyes", "QUAL", team, 3, 21},
		{PatientEmpty, "PETIT", "", "Inès", "female", "2001-02-14", "51454", "Reims", "QUAL", mt, 0, 0},
		{PatientStranger, "BENALI", "", "Karim", "male", "1984-12-05", "93066", "Saint-Denis", "QUAL", "", 0, 12},
		{PatientObjects, "LEFÈVRE", "", "Jean-Baptiste", "male", "1956-06-21", "59350", "Lille", "QUAL", "", 0, 6},
		{PatientBlocked, "ROUSSEAU", "", "Claire", "female", "1969-08-19", "21231", "Dijon", "QUAL", "", 0, 8},
		{PatientClosed, "CARON", "", "Simone", "female", "1941-04-11", "80021", "Amiens", "QUAL", "", 0, 5},
		{PatientOpposed, "DUPRÉ", "", "Mathis", "male", "2003-05-25", "51454", "Reims", "QUAL", "", 0, 0},
	}
}

// world builds the people and their documents.
func (f *Fake) world(documents int) []*person {
	now := f.now()
	var people []*person
	for i, r := range peopleTable(documents) {
		given := strings.Split(r.given, ",")
		p := &person{relation: r.relation}
		p.Patient = client.Patient{
			ID: r.id, Version: "1", BirthName: r.birth, UsedName: r.used, Given: given, FirstGiven: given[0],
			Gender: r.gender, BirthDate: r.born, BirthPlace: r.place, City: r.city,
			Reliability: r.reliability, Active: true, Relation: r.relation,
		}
		if r.reliability == "QUAL" {
			p.INS = fhir.Identifier{System: fhir.SystemINSTest, Value: testINS(r.gender, r.born, r.place, 300+i)}
		}
		if r.end > 0 {
			p.RelationEnd = now.AddDate(0, 0, r.end)
		}
		if r.relation != "" && r.documents > 0 {
			p.LastVisit = now.AddDate(0, 0, -9-7*i)
		}
		switch r.id {
		case PatientObjects:
			p.noBreak = true
		case PatientBlocked:
			p.blocked = true
		case PatientClosed:
			p.Active, p.ClosedAt = false, now.AddDate(0, -5, 0)
		case PatientOpposed:
			p.Active, p.opposed = false, true
		}
		f.documentsOf(p, r.documents)
		people = append(people, p)
	}
	return people
}

// testINS makes a number of the test domain with a right key (97 less the
// remainder by 97, Corsica's 2A counted as 19).
func testINS(gender, born, place string, order int) string {
	sex := "1"
	if gender == "female" {
		sex = "2"
	}
	body := sex + born[2:4] + born[5:7] + place + fmt.Sprintf("%03d", order)
	digits := strings.NewReplacer("2A", "19", "2B", "18").Replace(body)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		panic("clienttest: the table of people holds a wrong birthplace")
	}
	return body + fmt.Sprintf("%02d", 97-n%97)
}

// docType is one kind of document of the world.
type docType struct {
	code, label, class, classLabel string
	author, org                    string
	facility, practice             string
	kind                           string // media type of the bytes
}

// docTypes are the kinds that fill the records, by how often one meets them.
func docTypes() []docType {
	lab, radio, chu := "Dr Hugues CERNAY", "Dr Odile ERLON", "Dr Yann TESSIER"
	return []docType{
		{"11502-2", "CR d'examens biologiques", "10", "Compte rendu", lab, "Laboratoire Cernay", "SA25", "AMBULATOIRE", "application/pdf"},
		{"57833-6", "Prescription de produits de santé", "42", "Prescription", "", "", "SA08", "AMBULATOIRE", "application/pdf"},
		{"11488-4", "CR ou fiche de consultation ou de visite", "10", "Compte rendu", "", "", "SA08", "AMBULATOIRE", "application/pdf"},
		{"18748-4", "CR d'imagerie médicale", "10", "Compte rendu", radio, "Radiologie Erlon", "SA07", "AMBULATOIRE", "application/pdf"},
		{"11490-0", "Lettre de liaison à la sortie d'un établissement de soins", "10", "Compte rendu", chu, "CHU de Reims", "SA01", "ETABLISSEMENT", "application/pdf"},
		{"60593-1", "Dispensation médicamenteuse", "43", "Dispensation", "Paul GARNIER", "Pharmacie du Parvis", "SA33", "AMBULATOIRE", "text/plain"},
		{"87273-9", "Note de vaccination", "10", "Compte rendu", "", "", "SA08", "AMBULATOIRE", "application/pdf"},
		{"34112-3", "CR hospitalier", "10", "Compte rendu", chu, "CHU de Reims", "SA01", "ETABLISSEMENT", "application/pdf"},
		{"60591-5", "Synthèse médicale", "11", "Synthèse", "", "", "SA08", "AMBULATOIRE", "application/pdf"},
		{"DOCPAT01", "Document déposé par le patient", "90", "Autres documents déposés par le patient", "Le patient", "", "EXP_PATIENT", "AMBULATOIRE", "image/png"},
	}
}

// documentsOf fills a record with n current documents and, where there are
// enough of them, one of each other state.
func (f *Fake) documentsOf(p *person, n int) {
	types := docTypes()
	for i := range n {
		p.documents = append(p.documents, f.seed(p, types[i%len(types)], i))
	}
	if n < 12 {
		return
	}
	p.documents[5].Masked = true        // by a colleague: the médecin traitant alone reads it
	p.documents[2].Masked = true        // by me: I read my own
	p.documents[7].HiddenPatient = true // waits for the announcement consultation
	archived := f.seed(p, types[3], n)  // archived, by somebody
	archived.Archived = true
	mine := f.seed(p, types[2], n+1) // archived, by me
	mine.Archived = true
	old := f.seed(p, types[0], n+2) // superseded by the fifth
	old.Status = "superseded"
	old.ReplacedBy = "DocumentReference/" + p.documents[10].ID
	p.documents[10].Replaces = []string{"DocumentReference/" + old.ID}
	p.documents = append(p.documents, archived, mine, old)
	if !p.LastVisit.IsZero() {
		for _, d := range p.documents {
			if !d.byMe && d.filedAt.After(p.LastVisit) && d.Status == "current" && !d.Archived {
				p.New++
			}
		}
	}
}

// seed makes document number i of a record: each three days older than the one before.
func (f *Fake) seed(p *person, t docType, i int) *document {
	act := f.now().AddDate(0, 0, -2-3*i)
	d := &document{kind: t, filedAt: act.Add(5 * time.Hour)}
	author := client.Document{}.Author
	if t.author == "" {
		author = f.mine()
		d.byMe = true
	} else {
		author.Name, author.OrgName, author.ID = t.author, t.org, "89970029"+fmt.Sprintf("%04d", len(t.author))
	}
	d.Document = client.Document{
		ID: fmt.Sprintf("%s-d%05d", p.ID, i), Version: "1", LastUpdated: d.filedAt,
		UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.9.%s.%d", p.INS.Value, i), Status: "current",
		Type:      fhir.Coding{System: fhir.SystemLOINC, Code: t.code, Display: t.label},
		Category:  fhir.Coding{System: fhir.SystemClass, Code: t.class, Display: t.classLabel},
		PatientID: p.ID, PatientINS: p.INS, Date: d.filedAt.Format(time.RFC3339), Author: author,
		Confidential: "N", PeriodStart: act.Format(time.RFC3339),
		Facility: fhir.Coding{Code: t.facility}, Practice: fhir.Coding{Code: t.practice},
		Attachment: fhir.Attachment{Title: t.label},
	}
	return d
}

// fill makes the bytes of a record's documents, and says in their descriptions
// what they are. It waits for the first reading, because making some hundred
// PDFs takes longer than most tests.
func (f *Fake) fill(p *person) {
	for _, d := range p.documents {
		if d.content.bytes == nil {
			d.content = f.blob(p, d.kind)
			d.Attachment = d.content.attachment("Binary/"+d.ID, d.kind.label, d.filedAt)
		}
	}
}

// mine is the caller as an author.
func (f *Fake) mine() fhir.Party {
	return fhir.Party{ID: f.me.ID, Name: f.me.Name, Specialty: f.me.Specialty, OrgID: f.me.OrgID, OrgName: f.me.OrgName}
}

// history is 130 accesses of the last weeks: the caller's own, and a few of
// others that the médecin traitant sees on one record.
func (f *Fake) history() []client.Trace {
	var out []client.Trace
	kinds := []string{fhir.KindOpen, fhir.KindSearch, fhir.KindRead, fhir.KindRead, fhir.KindCreate}
	for i := 129; i >= 0; i-- {
		p := f.people[i%7]
		t := client.Trace{
			Recorded: f.now().Add(-time.Duration(i*7+5) * time.Hour), Kind: kinds[i%len(kinds)], Mode: fhir.ModeNormal,
			PatientID: p.ID, Action: "R", Outcome: "0",
		}
		if (t.Kind == fhir.KindRead || t.Kind == fhir.KindCreate) && len(p.documents) > 0 {
			d := p.documents[i%len(p.documents)]
			t.DocumentID, t.DocumentTitle = d.ID, d.Attachment.Title
		}
		if i == 40 {
			t.PatientID, t.Kind, t.Mode, t.Reason = PatientStranger, fhir.KindOpen, fhir.ModeBreakGlass, "Perte de connaissance au cabinet"
		}
		if i%13 == 7 {
			t.PatientID, t.AgentID, t.AgentName, t.AgentRole, t.OrgName = PatientLea, "899700299999", "Dr Yann TESSIER", "10", "CHU de Reims"
		}
		out = append(out, f.signed(t))
	}
	return out
}

// signed completes a trace with an id, a request and, unless it names somebody,
// the caller.
func (f *Fake) signed(t client.Trace) client.Trace {
	f.serial++
	t.ID, t.RequestID = fmt.Sprintf("a-%06d", f.serial), fmt.Sprintf("req-%06d", f.serial)
	if t.AgentID == "" {
		t.AgentID, t.AgentName, t.AgentRole = f.me.ID, f.me.Name, f.me.Profession
		t.OrgID, t.OrgName = f.me.OrgID, f.me.OrgName
	}
	if p := f.person(t.PatientID); p != nil {
		name := p.UsedName
		if name == "" {
			name = p.BirthName
		}
		t.PatientName = name + " " + p.FirstGiven
	}
	return t
}
