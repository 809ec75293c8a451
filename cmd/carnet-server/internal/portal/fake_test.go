package portal

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// now is the fixed time of the stories.
var now = time.Date(2026, 11, 21, 11, 40, 0, 0, paris())

// world is an in-memory record's door, lifecycle and provider: enough to see
// what the pages ask, and to answer as the real ones must.
type world struct {
	mu          sync.Mutex
	clock       time.Time
	records     map[string]*chart
	holds       map[string][]record.HeldRecord // person → records
	listed      []record.Listed
	contests    []record.Complaint
	signIns     map[string][]SignIn
	ins         map[string]string // INS → person
	code        string
	made        []NewAccount
	renewed     []Renewal
	asked       []string // what was asked of the door, in order
	fail        error    // answers everything
	archived    []string
	kin         map[string][]record.Representative // record → who may enter it
	visits      visitBook
	represented []record.RepresentedPerson // by léa
	moved       chan struct{}              // closed, and made anew, when a message came
}

// chart is one record.
type chart struct {
	docs    []fhir.DocumentReference
	bytes   map[string][]byte
	rules   record.Rules
	visits  []record.Visit
	told    []record.Told
	leases  []record.Lease
	items   []record.ProfileItem
	lastID  int
	deposit map[string]string // idempotency key → id

	exchanges []*exchange
}

const (
	lea = "11111111-1111-4111-8111-111111111111"
	tom = "22222222-2222-4222-8222-222222222222"
	bob = "33333333-3333-4333-8333-333333333333" // somebody else
)

func person(id, given, name, born string) fhir.Patient {
	return fhir.Patient{ID: id, FirstGiven: given, BirthName: name, BirthDate: born, Active: true}
}

// newWorld makes Léa, her child Tom, and Bob, whom she has nothing to do with.
func newWorld() *world {
	w := &world{
		clock: now, records: map[string]*chart{}, holds: map[string][]record.HeldRecord{}, signIns: map[string][]SignIn{},
		ins: map[string]string{"279035121518989": lea, "114035121518942": tom, "179035121518922": bob}, code: "ABCD2345",
	}
	w.listed = []record.Listed{
		{ID: "810000000001", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54", OrgID: "1510000001", OrgName: "Cabinet des Tilleuls", City: "Reims"},
		{ID: "810000000002", Name: "Paul ROCHE", Profession: "28", OrgName: "Optique Erlon", City: "Reims"},
		{ID: "810000000003", Name: "Inès BENALI", Profession: "60", City: "Reims"},
		{ID: "810000000004", Name: "Dr Marc VIDAL", Profession: "10", Specialty: "SM26", City: "Reims"},
		{ID: "1510000002", Name: "CHU de Reims", City: "Reims", Org: true},
	}
	for id, p := range map[string]fhir.Patient{lea: person(lea, "Léa", "Martin", "1979-03-28"), tom: person(tom, "Tom", "Martin", "2014-03-02"), bob: person(bob, "Bob", "Petit", "1979-03-01")} {
		w.records[id] = newChart(w, id)
		w.holds[id] = []record.HeldRecord{{Patient: p, Relation: record.RelationSelf, Life: record.Life{
			Patient: id, State: record.LifeActivated, Announced: now.AddDate(0, -6, 0), Activated: now.AddDate(0, -5, 0),
		}}}
	}
	kid := w.holds[tom][0]
	kid.Relation, kid.Until = record.RelationRepresentative, time.Date(2032, 3, 2, 0, 0, 0, 0, paris())
	w.holds[lea] = append(w.holds[lea], kid)
	w.signIns[lea] = []SignIn{{ID: "sid-" + lea, Started: now.Add(-time.Hour), Seen: now, Agent: "Firefox, Linux"}, {ID: "other", Started: now.AddDate(0, 0, -2), Seen: now.AddDate(0, 0, -1), Agent: "Safari, iPhone"}}
	w.contests = []record.Complaint{{ID: "c1", Patient: "Léa MARTIN", At: now.Add(-48 * time.Hour), Act: 77, Who: w.listed[3], Mode: fhir.ModeBreakGlass, Reason: "Malaise au cabinet", Words: "Je n’étais pas à Reims ce jour-là."}}
	return w
}

func newChart(w *world, id string) *chart {
	k := &chart{bytes: map[string][]byte{}, deposit: map[string]string{}, exchanges: newExchanges(w, id)}
	types := []string{"11502-2", "34112-3", "57833-6", "18748-4", "11490-0", "DOCPAT02", "11369-6"}
	for i := range 32 {
		typ := types[i%len(types)]
		d := fhir.DocumentReference{
			ID: fmt.Sprintf("%s-d%d", id[:8], i), Status: "current", Type: fhir.Coding{Code: typ}, Category: fhir.Coding{Code: terminology.ClassOf(typ)},
			PeriodStart: now.AddDate(0, 0, -7*i).Format("2006-01-02"), Author: fhir.Party{Name: w.listed[i%4].Name, OrgName: w.listed[i%4].OrgName},
			Attachment: fhir.Attachment{ContentType: "application/pdf", Size: 183_000, Title: fmt.Sprintf("Document d’essai numéro %d", i+1)},
			Masked:     i%9 == 4, Archived: i == 30,
		}
		switch {
		case i == 1:
			d.Attachment.ContentType, d.Attachment.Title = "image/png", "Radio du genou gauche"
			k.bytes[d.ID] = picture()
		case typ == "DOCPAT02":
			d.Author, d.Attachment.ContentType = fhir.Party{ID: "Patient/" + id}, "text/plain"
			k.bytes[d.ID] = []byte("Mes questions : le vendredi soir ?\n")
		default:
			k.bytes[d.ID] = []byte("%PDF-1.4\n" + d.ID)
		}
		k.docs = append(k.docs, d)
	}
	k.rules = record.Rules{
		MT: w.listed[0],
		Rules: []record.Rule{
			{ID: "r1", Kind: record.RuleAuthorisation, Actor: w.listed[1], Start: now.AddDate(0, -1, 0), Active: true},
			{ID: "r2", Kind: record.RuleAuthorisation, Actor: w.listed[3], Start: now.AddDate(0, 0, -2), End: now.AddDate(0, 3, 0), Active: true, ByPro: true, By: "Dr Marc VIDAL", Form: "oral"},
			{ID: "r3", Kind: record.RuleTeam, Actor: w.listed[2], Start: now.AddDate(0, -1, 0), End: now.AddDate(0, 2, 0), Active: true, By: "CHU de Reims"},
			{ID: "r4", Kind: record.RuleAuthorisation, Actor: w.listed[4], Start: now.AddDate(-1, 0, 0), End: now.AddDate(0, -3, 0)},
		},
		Requests: []record.Request{{ID: "q1", Actor: w.listed[2], At: now.Add(-3 * time.Hour), Words: "Je viens lundi pour le pansement : puis-je lire l’ordonnance ?"}},
	}
	for i := range 45 {
		who := w.listed[i%4]
		v := record.Visit{ID: fmt.Sprint("v", i), Start: now.Add(-time.Duration(i) * 31 * time.Hour), End: now.Add(-time.Duration(i)*31*time.Hour + 9*time.Minute), Who: who, Role: "professional", Mode: fhir.ModeNormal}
		v.Acts = []record.Act{
			{Seq: int64(1000 - i*3), At: v.Start, Kind: fhir.KindOpen},
			{Seq: int64(999 - i*3), At: v.Start.Add(time.Minute), Kind: fhir.KindRead, Document: k.docs[i%30].ID, Title: k.docs[i%30].Attachment.Title, TypeCode: "11502-2"},
		}
		switch i {
		case 1:
			v.Mode, v.Reason = fhir.ModeBreakGlass, "Malaise au cabinet"
		case 2:
			v.Offline = true
			v.Acts[1].Synced = v.Start.Add(5 * time.Hour)
		case 3:
			v.Refused = true
			v.Acts = []record.Act{{Seq: 5, At: v.Start, Kind: fhir.KindDenial}}
		case 6:
			for j := range 40 {
				v.Acts = append(v.Acts, record.Act{Seq: int64(2000 + j), At: v.Start.Add(time.Duration(j) * time.Second), Kind: fhir.KindRead, Document: k.docs[j%30/2].ID, Title: k.docs[j%30/2].Attachment.Title})
			}
		case 4:
			v.Acts[1].Waiting, v.Acts[1].Title = true, "Secret"
		}
		k.visits = append(k.visits, v)
	}
	k.told = []record.Told{
		{ID: 9, Kind: "request", At: now.Add(-3 * time.Hour), Who: "Inès BENALI"},
		{ID: 8, Kind: "emergency", At: now.Add(-31 * time.Hour), Who: "Paul ROCHE", Act: 997, Detail: fhir.ModeBreakGlass},
		{ID: 7, Kind: "consent", At: now.AddDate(0, 0, -2), Who: "Dr Marc VIDAL", Rule: "r2"},
		{ID: 6, Kind: "document", At: now.AddDate(0, 0, -3), Who: "Dr Anne MOREL", Document: k.docs[0].ID, Title: k.docs[0].Attachment.Title, Read: true},
	}
	k.leases = []record.Lease{{ID: "l1", Who: w.listed[0], Taken: now.Add(-20 * time.Hour), Until: now.Add(52 * time.Hour)}}
	k.items = []record.ProfileItem{
		{ID: "p1", Resource: "AllergyIntolerance", Text: "Pénicilline", Date: "1995", Status: "active", Version: 1},
		{ID: "p2", Resource: "Observation", Code: fhir.Coding{Code: "29463-7"}, Text: "Poids", Value: "72.5", Unit: "kg", Date: "2026-11-02", Version: 3},
		{ID: "p3", Resource: "Immunization", Text: "Grippe", Date: "2026-10-12", By: "Paul ROCHE", Version: 1},
	}
	return k
}

func picture() []byte {
	img := image.NewGray(image.Rect(0, 0, 320, 200))
	for i := range img.Pix {
		img.SetGray(i%320, i/320, color.Gray{Y: uint8((i % 320) * 200 / 320)})
	}
	var out bytes.Buffer
	_ = png.Encode(&out, img)
	return out.Bytes()
}

// enter is the door: whose record it is decides.
func (w *world) enter(what string, c record.Citizen, rec string) (*chart, error) {
	w.asked = append(w.asked, what)
	if w.fail != nil {
		return nil, w.fail
	}
	for _, h := range w.holds[c.ID] {
		if h.Patient.ID == rec {
			return w.records[rec], nil
		}
	}
	return nil, fhir.E(fhir.NotFound, "")
}

func (w *world) Held(_ context.Context, c record.Citizen) ([]record.HeldRecord, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return nil, w.fail
	}
	return slices.Clone(w.holds[c.ID]), nil
}

func (w *world) HeldDocuments(_ context.Context, c record.Citizen, rec string, q record.HeldQuery) (record.HeldDocuments, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("documents", c, rec)
	if err != nil {
		return record.HeldDocuments{}, err
	}
	var all []fhir.DocumentReference
	for _, d := range k.docs {
		text := terminology.Fold(d.Attachment.Title + " " + d.Author.Name)
		if (q.ID == "" || d.ID == q.ID) && (q.Class == "" || d.Category.Code == q.Class) && (q.ID != "" || q.Archived == d.Archived) && strings.Contains(text, terminology.Fold(q.Words)) {
			all = append(all, d)
		}
	}
	from := 0
	_, _ = fmt.Sscanf(q.Cursor, "after-%d", &from)
	from = min(from, len(all))
	to := min(len(all), from+q.Limit)
	out := record.HeldDocuments{Total: len(all), Items: all[from:to]}
	if to < len(all) {
		out.Next = fmt.Sprintf("after-%d", to)
	}
	return out, nil
}

func (w *world) HeldContent(_ context.Context, c record.Citizen, rec, id string) (record.Content, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("content", c, rec)
	if err != nil {
		return record.Content{}, err
	}
	for _, d := range k.docs {
		if d.ID == id {
			return record.Content{Type: d.Attachment.ContentType, Size: int64(len(k.bytes[id])), Reader: io.NopCloser(bytes.NewReader(k.bytes[id]))}, nil
		}
	}
	return record.Content{}, fhir.E(fhir.NotFound, "")
}

func (w *world) HeldPatch(_ context.Context, c record.Citizen, rec, id string, ch record.HeldChange) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("patch", c, rec)
	if err != nil {
		return err
	}
	for i := range k.docs {
		d := &k.docs[i]
		if d.ID != id {
			continue
		}
		own := strings.HasPrefix(d.Author.ID, "Patient/")
		switch {
		case ch.Masked != nil:
			d.Masked = *ch.Masked
		case ch.HiddenReps != nil:
			d.HiddenReps = *ch.HiddenReps
		case !own:
			return fhir.E(fhir.Forbidden, "")
		case ch.Archived != nil:
			d.Archived = *ch.Archived
		case ch.Delete:
			k.docs = slices.Delete(k.docs, i, i+1)
		}
		return nil
	}
	return fhir.E(fhir.NotFound, "")
}

func (w *world) Deposit(_ context.Context, c record.Citizen, rec string, d record.Deposit) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("deposit", c, rec)
	if err != nil {
		return "", err
	}
	if id := k.deposit[d.Once]; id != "" {
		return id, nil
	}
	data := make([]byte, d.Size)
	if _, err := d.Data.ReadAt(data, 0); err != nil && err != io.EOF {
		return "", err
	}
	if bytes.Contains(data, []byte("/JavaScript")) {
		return "", fhir.E(fhir.Invalid, "")
	}
	k.lastID++
	id := fmt.Sprintf("%s-new%d", rec[:8], k.lastID)
	k.deposit[d.Once], k.bytes[id] = id, data
	k.docs = append([]fhir.DocumentReference{{
		ID: id, Status: "current", Type: fhir.Coding{Code: d.Type}, PeriodStart: d.Date.Format("2006-01-02"), HiddenReps: d.HiddenReps, Author: fhir.Party{ID: "Patient/" + c.ID, Name: c.Name},
		Attachment: fhir.Attachment{ContentType: d.ContentType, Size: d.Size, Title: d.Title},
	}}, k.docs...)
	return id, nil
}
