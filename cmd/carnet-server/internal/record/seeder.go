package record

import (
	"bytes"
	"context"
	"crypto/sha1" // the integrity field of IHE MHD 4.2.4
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Seeder fills a record store with fictional people: the constructor of demo
// and benchmark data, and of nothing else. It decides nothing, and one audit
// leaf says that it ran. Its methods buffer and write in large transactions;
// the first error stays and comes back from every later call and from Close.
// Patients come before what refers to them. Use from one goroutine.
type Seeder struct {
	svc     *Service
	ctx     context.Context // of the whole filling
	err     error
	ops     []func(store.Tx) error
	bytes   int
	running <-chan error // the transaction under way

	people map[string]*seededPerson // by logical id
	docs   map[string]seededDoc     // by unique id
	count  int
	filed  int // documents
}

type seededPerson struct {
	store.Person
	state store.RecordState
	rec   *store.Record // once written
}

type seededDoc struct{ id string }

const (
	seedOps   = 500
	seedBytes = 8 << 20
)

// Seed gives a Seeder. Errors: Forbidden unless Config.Demo is set.
func (s *Service) Seed() (*Seeder, error) {
	if !s.demo {
		return nil, fhir.E(fhir.Forbidden, "Ce serveur n'est pas une démonstration.")
	}
	return &Seeder{
		svc: s, ctx: context.Background(), people: map[string]*seededPerson{}, docs: map[string]seededDoc{},
	}, nil
}

// Has tells whether a patient is already there: a demo that was filled before
// is not filled again.
func (s *Seeder) Has(patientID string) bool {
	_, err := s.svc.st.RecordOf(s.ctx, patientID)
	return err == nil
}

// do buffers one step and writes when enough has come together.
func (s *Seeder) do(size int, f func(store.Tx) error) error {
	if s.err != nil {
		return s.err
	}
	s.ops = append(s.ops, f)
	s.count++
	if s.bytes += size; len(s.ops) >= seedOps || s.bytes >= seedBytes {
		s.start()
	}
	return s.err
}

// start hands what is buffered to the writer, once the transaction before is
// done: one is prepared while the other is written.
func (s *Seeder) start() {
	s.wait()
	if s.err != nil || len(s.ops) == 0 {
		return
	}
	ops := s.ops
	s.ops, s.bytes = nil, 0
	s.running = s.svc.st.Start(s.ctx, store.Op{Do: func(tx store.Tx) error {
		for _, op := range ops {
			if err := op(tx); err != nil {
				return err
			}
		}
		return nil
	}})
}

func (s *Seeder) wait() {
	if s.running != nil {
		if err := <-s.running; err != nil && s.err == nil {
			s.err = fmt.Errorf("seed: %w", err)
		}
		s.running = nil
	}
}

// Flush writes what is buffered.
func (s *Seeder) Flush() error {
	s.start()
	s.wait()
	return s.err
}

// seedDetail starts the entry's detail: with how many documents it was filled.
const seedDetail = "documents="

// Close writes the rest and the one audit leaf, and gives the first error.
func (s *Seeder) Close() error {
	if err := s.Flush(); err != nil {
		return err
	}
	e := audit.Entry{At: s.svc.now(), Kind: audit.KindSeed, Count: s.count, Detail: seedDetail + strconv.Itoa(s.filed)}
	s.err = s.svc.record(s.ctx, e, nil)
	return s.err
}

// AddPatient adds a person with an open record.
func (s *Seeder) AddPatient(p PatientSeed) error {
	who := &seededPerson{Person: newPerson(p), state: store.RecordState{State: consent.StateOpen}}
	s.people[p.ID] = who
	return s.do(1000, func(tx store.Tx) error { return tx.AddPerson(&who.Person, who.state) })
}

// person finds a person that was added before.
func (s *Seeder) person(id string) (*seededPerson, error) {
	who, ok := s.people[id]
	if !ok && s.err == nil {
		s.err = fmt.Errorf("seed: no patient %s", id)
	}
	return who, s.err
}

// written finds a person whose record is in the store.
func (s *Seeder) written(id string) (*seededPerson, error) {
	who, err := s.person(id)
	if err != nil || who.rec != nil {
		return who, err
	}
	if err := s.Flush(); err != nil {
		return nil, err
	}
	who.rec, s.err = s.svc.st.Record(s.ctx, who.N)
	return who, s.err
}

// SetRecord sets the outer state of a record.
func (s *Seeder) SetRecord(r RecordSeed) error {
	who, err := s.person(r.PatientID)
	if err != nil {
		return err
	}
	states := map[string]consent.State{
		"": consent.StateOpen, StateOpen: consent.StateOpen, StateClosed: consent.StateClosed,
		StateOpposed: consent.StateOpposed, StatePending: consent.StatePending,
	}
	state, ok := states[r.State]
	if !ok {
		return fmt.Errorf("seed: no state %q", r.State)
	}
	st := store.RecordState{
		State: state, ClosedAt: r.ClosedAt, MT: r.MT,
		OpposeBTG: r.OpposeBreakGlass, OpposeC15: r.OpposeCentre15, MaskedEmergency: r.MaskedEmergency,
	}
	return s.do(200, func(tx store.Tx) error { return tx.SetRecord(who.N, st) })
}

// Authorise lets an actor read a record.
func (s *Seeder) Authorise(a AuthorisationSeed) error {
	id := seedID("consent", a.PatientID, a.Actor, a.Start.Format(time.RFC3339))
	p := store.Provision{Kind: store.KindAuthorisation, ID: id, Actor: a.Actor, Starts: a.Start, Ends: a.End}
	source := a.Source
	if source == "" {
		source = fhir.SourcePatient
	}
	if source == fhir.SourceProfessional {
		p.Declarer = a.Actor
	}
	p.Body = fhir.Consent{
		ID: id, Version: "1", Status: "active", PatientID: a.PatientID, DateTime: firstTime(a.Start, s.svc.now()), Form: a.Form, Source: source,
		ActorID: a.Actor, ActorName: a.ActorName, Start: a.Start, End: a.End,
	}.JSON()
	return s.provide(a.PatientID, p)
}

// Block keeps an actor out of a record.
func (s *Seeder) Block(b BlockSeed) error {
	return s.provide(b.PatientID, store.Provision{Kind: store.KindBlock, ID: seedID("block", b.PatientID, b.Actor), Actor: b.Actor})
}

// teamTime is how long a care team lasts when nobody says (contract section 6).
func teamEnd(start time.Time) time.Time { return start.AddDate(0, 3, 0) }

// AddTeam makes an actor a member of the care team.
func (s *Seeder) AddTeam(t TeamSeed) error {
	start := firstTime(t.Start, s.svc.now())
	return s.provide(t.PatientID, store.Provision{
		Kind: store.KindTeam, ID: seedID("team", t.PatientID, t.Actor), Actor: t.Actor, Starts: t.Start,
		Ends: firstTime(t.End, teamEnd(start)), Declarer: t.Creator,
	})
}

func (s *Seeder) provide(patientID string, p store.Provision) error {
	who, err := s.person(patientID)
	if err != nil {
		return err
	}
	p.Org, p.Active, p.Version, p.Updated = isOrg(p.Actor), true, 1, s.svc.now()
	return s.do(600, func(tx store.Tx) error {
		p.Record = who.N
		return tx.AddProvision(&p)
	})
}

// AddVisit notes when an actor was last in a record.
func (s *Seeder) AddVisit(v VisitSeed) error {
	who, err := s.person(v.PatientID)
	if err != nil {
		return err
	}
	return s.do(100, func(tx store.Tx) error {
		_, err := tx.Touch(v.Actor, who.N, v.At)
		return err
	})
}

// AddDocument adds a document.
func (s *Seeder) AddDocument(seed DocumentSeed) error {
	who, err := s.written(seed.PatientID)
	if err != nil {
		return err
	}
	v, err := s.describeSeed(seed, who)
	if err != nil {
		s.err = err
		return err
	}
	d := store.Doc{
		ID: v.ID, Record: who.N, Filer: seed.Author.ID, Size: int64(len(seed.Data)), SHA256: sha256.Sum256(seed.Data),
		Filed: seed.FiledAt, Version: 1, Updated: seed.FiledAt,
	}
	describe(v, &d)
	d.Facts.ByPatient = seed.ByPatient
	d.Served = v.JSON()
	stored, err := s.svc.st.Put(s.ctx, store.Incoming{Record: who.rec, ID: d.ID, Received: d.Served, Content: bytes.NewReader(seed.Data), Size: d.Size})
	if err != nil {
		s.err = err
		return err
	}
	set := newSet(v, d, Principal{ID: seed.Author.ID, Name: seed.Author.Name, OrgID: seed.Author.OrgID, OrgName: seed.Author.OrgName})
	s.docs[seed.UniqueID] = seededDoc{v.ID}
	s.filed++
	return s.do(2*len(d.Served), func(tx store.Tx) error {
		if seed.Replaces != "" {
			if err := supersede(tx, &d, seed.Replaces); err != nil {
				return err
			}
		}
		if err := tx.AddDocument(&d, stored); err != nil {
			return err
		}
		if err := linkReplaced(tx, &d); err != nil {
			return err
		}
		return tx.AddSet(set.ID, &d, set.JSON())
	})
}

// describeSeed makes the resource of a seed.
func (s *Seeder) describeSeed(seed DocumentSeed, who *seededPerson) (fhir.DocumentReference, error) {
	t, ok := terminology.TypeByCode(seed.Type.Code)
	if !ok {
		return fhir.DocumentReference{}, errors.New("seed: unknown document type " + strconv.Quote(seed.Type.Code))
	}
	if seed.Type.System == "" {
		seed.Type = fhir.Coding{System: t.System, Code: t.Code, Display: t.Label}
	}
	if seed.Class.Code == "" {
		seed.Class = fhir.Coding{System: terminology.SystemClass, Code: t.Class, Display: terminology.ClassLabel(t.Class)}
	}
	if seed.ID == "" {
		seed.ID = seedID("document", seed.UniqueID)
	}
	if seed.Status == "" {
		seed.Status = consent.StatusCurrent
	}
	if seed.Custodian == (fhir.Party{}) {
		seed.Custodian = fhir.Party{OrgID: seed.Author.OrgID, OrgName: seed.Author.OrgName}
	}
	seed.Date = firstTime(seed.Date, seed.FiledAt)
	start := firstTime(seed.PeriodStart, seed.Date)
	sum := sha1.Sum(seed.Data)
	v := fhir.DocumentReference{
		ID: seed.ID, Version: "1", LastUpdated: seed.FiledAt, UniqueID: seed.UniqueID, Status: seed.Status,
		Type: seed.Type, Category: seed.Class, PatientID: seed.PatientID, PatientINS: who.INS,
		Date: fhir.Instant(seed.Date), Author: seed.Author, Custodian: seed.Custodian, Confidential: "N",
		Masked: seed.Masked, HiddenPatient: seed.HiddenPat, HiddenReps: seed.HiddenReps, Archived: seed.Archived,
		Attachment: fhir.Attachment{
			ContentType: seed.ContentType, Language: "fr-FR", URL: "Binary/" + seed.ID, Size: int64(len(seed.Data)),
			Hash: base64.StdEncoding.EncodeToString(sum[:]), Title: seed.Title, Creation: fhir.Instant(seed.Date),
		},
		Format:      formatOf(seed.ContentType),
		PeriodStart: fhir.Instant(start), PeriodEnd: fhir.Instant(seed.PeriodEnd),
		Facility: coded(seed.Facility, "SA07", terminology.FacilityByCode), Practice: coded(seed.Practice, "AMBULATOIRE", terminology.PracticeByCode),
	}
	if old, ok := s.docs[seed.Replaces]; ok {
		v.Replaces = []string{"DocumentReference/" + old.id}
	}
	return v, nil
}

// coded completes a coding, or gives a usual one.
func coded(c fhir.Coding, usual string, find func(string) (terminology.Code, bool)) fhir.Coding {
	if c.Code == "" {
		c.Code = usual
	}
	if known, ok := find(c.Code); ok && c.System == "" {
		c.System, c.Display = known.System, known.Label
	}
	return c
}

// formatOf gives the format code of a media type (PDSm).
func formatOf(contentType string) fhir.Coding {
	const system = "https://mos.esante.gouv.fr/NOS/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode"
	switch {
	case contentType == "application/pdf":
		return fhir.Coding{System: system, Code: "urn:ihe:iti:xds-sd:pdf:2008", Display: "Document à corps non structuré en PDF"}
	case strings.HasPrefix(contentType, "text/"):
		return fhir.Coding{System: system, Code: "urn:ihe:iti:xds-sd:text:2008", Display: "Document à corps non structuré en texte"}
	}
	return fhir.Coding{System: system, Code: "urn:ihe:iti:xds:2017:mimeTypeSufficient", Display: "Format donné par le type de média"}
}

// seedID derives a logical id, the same at every start.
func seedID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
