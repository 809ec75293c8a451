package clienttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

var _ client.Profiles = (*Fake)(nil)

// The operations of client.Profiles.
const (
	OpItems    Op = "Items"
	OpKeepItem Op = "KeepItem"
	OpDropItem Op = "DropItem"
	OpCareTeam Op = "CareTeam"
)

// item is one item of a profile.
type item struct {
	client.Item
	byMe    bool
	dropped bool
}

// row is the document type whose habilitation decides about an item (contract,
// section 5).
func (i *item) row() string {
	switch i.Resource {
	case "Observation":
		return "29274-8"
	case "Immunization":
		return "11369-6"
	case "MedicationStatement":
		return "57833-6"
	}
	return "DOCPAT08"
}

// mayReadItem tells whether an item is one for this access.
func (f *Fake) mayReadItem(i *item, a client.Access) bool {
	allowed, _ := terminology.CurrentMatrix().Allowed(i.row(), f.me.Profession)
	masked := i.Masked && !i.byMe && !slices.Contains(a.Rights, fhir.RightReadMaskedAll)
	return !i.dropped && !masked && (allowed || i.byMe)
}

// profile gives the person of an access and their items, for who may read.
func (f *Fake) profile(a client.Access) (*person, client.Access, error) {
	p, now := f.reader(a)
	switch {
	case p == nil && f.person(a.PatientID) != nil:
		return nil, now, fhir.E(fhir.NoRecord, "this person has no open record")
	case p == nil || !slices.Contains(now.Rights, fhir.RightRead):
		return nil, now, fhir.E(fhir.NoConsent, "the patient has not authorised you yet")
	}
	f.itemsOf(p)
	return p, now, nil
}

// Items lists the profile: what is no measure first, newest first as written,
// then measures by their moment, newest first.
func (f *Fake) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	if err := f.begin(ctx, Call{Op: OpItems, PatientID: a.PatientID, Argument: q}); err != nil {
		return client.ItemPage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, now, err := f.profile(a)
	if err != nil {
		return client.ItemPage{}, err
	}
	hits := f.readableItems(p, now, q)
	rows, next, err := page(hits, q.Page, q.Limit, 200)
	if err != nil {
		return client.ItemPage{}, err
	}
	out := client.ItemPage{Total: len(hits), Next: next, Provenance: f.fresh(), Items: []client.Item{}}
	for _, i := range rows {
		out.Items = append(out.Items, f.itemView(p, i, now))
	}
	f.log(client.Trace{Kind: fhir.KindProfile, Action: "E", PatientID: p.ID, Mode: now.Mode, Query: "read"})
	return out, nil
}

// readableItems gives the items that are asked for and may be read, in their order.
func (f *Fake) readableItems(p *person, a client.Access, q client.ItemQuery) (hits []*item) {
	for _, i := range slices.Backward(p.items) {
		if f.mayReadItem(i, a) && q.Asks(i.Item) {
			hits = append(hits, i)
		}
	}
	slices.SortStableFunc(hits, func(x, y *item) int {
		xm, ym := x.Resource == "Observation", y.Resource == "Observation"
		switch {
		case xm && ym:
			return fhir.ParseTime(y.Start).Compare(fhir.ParseTime(x.Start))
		case xm:
			return 1
		case ym:
			return -1
		}
		return 0
	})
	return hits
}

// itemView is an item as its reader may see it, sharing no memory: a document
// that they may not read is no source.
func (f *Fake) itemView(p *person, i *item, a client.Access) client.Item {
	v := i.Item
	v.Parts, v.Substances = slices.Clone(i.Parts), slices.Clone(i.Substances)
	if v.Source != "" && !f.readsDocument(p, v.Source, a) {
		v.Source = ""
	}
	return v
}

func (f *Fake) readsDocument(p *person, id string, a client.Access) bool {
	return slices.ContainsFunc(p.documents, func(d *document) bool { return d.ID == id && readable(d, a) })
}

// KeepItem adds an item or corrects one.
func (f *Fake) KeepItem(ctx context.Context, a client.Access, key string, v client.Item) (client.Item, error) {
	if err := f.begin(ctx, Call{Op: OpKeepItem, PatientID: a.PatientID, DocumentID: v.ID, Argument: v}); err != nil {
		return client.Item{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := checkItem(v, f.now()); err != nil {
		return client.Item{}, err
	}
	p, now, err := f.profile(a)
	if err != nil {
		return client.Item{}, err
	}
	var kept *item
	if v.ID == "" {
		kept, err = f.addItem(p, now, key, v)
	} else {
		kept, err = f.correctItem(p, now, v)
	}
	if err != nil {
		return client.Item{}, err
	}
	f.log(client.Trace{Kind: fhir.KindProfile, Action: "U", PatientID: p.ID, Mode: now.Mode, Query: "keep"})
	return f.itemView(p, kept, now), nil
}

// addItem adds an item once for a key.
func (f *Fake) addItem(p *person, a client.Access, key string, v client.Item) (*item, error) {
	once := "item " + key
	if id, ok := f.drafts[once]; ok && key != "" {
		if kept := findItem(p, v.Resource, id); kept != nil && !kept.dropped {
			return kept, nil
		}
		return nil, fhir.E(fhir.Withdrawn, "this item was taken back")
	}
	kept := &item{Item: v, byMe: true}
	if allowed, _ := terminology.CurrentMatrix().Allowed(kept.row(), f.me.Profession); !allowed {
		return nil, fhir.E(fhir.Forbidden, "your profession does not read such items")
	}
	if v.Source != "" && !f.readsDocument(p, v.Source, a) {
		return nil, fhir.E(fhir.Invalid, "there is no such document")
	}
	f.serial++
	kept.ID, kept.Version, kept.Updated = fmt.Sprintf("%s-i%05d", p.ID, f.serial), "1", f.now()
	kept.Author, kept.ByHolder = f.mine(), false
	kept.Author.Specialty = ""
	kept.Parts, kept.Substances = slices.Clone(v.Parts), slices.Clone(v.Substances)
	p.items = append(p.items, kept)
	f.drafts[once] = kept.ID
	return kept, nil
}

func findItem(p *person, resource, id string) *item {
	at := slices.IndexFunc(p.items, func(i *item) bool { return i.ID == id && i.Resource == resource })
	if at < 0 {
		return nil
	}
	return p.items[at]
}

// correctItem puts another version in an item's place: one's own, or the mask.
func (f *Fake) correctItem(p *person, a client.Access, v client.Item) (*item, error) {
	kept := findItem(p, v.Resource, v.ID)
	switch {
	case kept == nil || !kept.dropped && !f.mayReadItem(kept, a):
		return nil, fhir.E(fhir.NotFound, "no such item")
	case kept.dropped:
		return nil, fhir.E(fhir.Withdrawn, "this item was taken back")
	}
	same := kept.says(v)
	switch {
	case same && v.Masked == kept.Masked:
		return kept, nil
	case !same && !kept.byMe:
		return nil, fhir.E(fhir.Forbidden, "only its author corrects an item")
	case v.Masked != kept.Masked && !mayChange(&document{byMe: kept.byMe}, a, client.Change{Masked: &v.Masked}):
		return nil, fhir.E(fhir.Forbidden, "your rights on this record do not allow it")
	case v.Version != kept.Version:
		return nil, fhir.E(fhir.VersionConflict, "somebody changed this item; look at it again")
	case v.Source != "" && v.Source != kept.Source && !f.readsDocument(p, v.Source, a):
		return nil, fhir.E(fhir.Invalid, "there is no such document")
	}
	version, err := strconv.Atoi(kept.Version)
	if err != nil {
		return nil, fhir.Wrap(fhir.Internal, err)
	}
	author, holder := kept.Author, kept.ByHolder
	kept.Item = v
	kept.Author, kept.ByHolder, kept.Version, kept.Updated = author, holder, strconv.Itoa(version+1), f.now()
	kept.Parts, kept.Substances = slices.Clone(v.Parts), slices.Clone(v.Substances)
	return kept, nil
}

// says tells whether an item already says what another does, but for its mask.
func (i *item) says(v client.Item) bool {
	one, two := i.Item, v
	for _, x := range []*client.Item{&one, &two} {
		x.Version, x.Updated, x.Author, x.ByHolder, x.Masked = "", time.Time{}, fhir.Party{}, false, false
	}
	return string(one.JSON("p")) == string(two.JSON("p"))
}

// DropItem takes back an item of the caller's.
func (f *Fake) DropItem(ctx context.Context, a client.Access, v client.Item) error {
	if err := f.begin(ctx, Call{Op: OpDropItem, PatientID: a.PatientID, DocumentID: v.ID, Argument: v}); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, now := f.reader(a)
	if p == nil {
		return fhir.E(fhir.NotFound, "no such item")
	}
	f.itemsOf(p)
	kept := findItem(p, v.Resource, v.ID)
	switch {
	case kept == nil || !kept.byMe && !f.mayReadItem(kept, now):
		return fhir.E(fhir.NotFound, "no such item")
	case !kept.byMe:
		return fhir.E(fhir.Forbidden, "only its author takes an item back")
	case kept.dropped:
		return nil
	case kept.Version != v.Version:
		return fhir.E(fhir.VersionConflict, "somebody changed this item; look at it again")
	}
	kept.dropped = true
	f.log(client.Trace{Kind: fhir.KindProfile, Action: "D", PatientID: p.ID, Mode: now.Mode, Query: "drop"})
	return nil
}

// CareTeam gives the caller and a few others.
func (f *Fake) CareTeam(ctx context.Context, a client.Access) ([]client.CareMember, error) {
	if err := f.begin(ctx, Call{Op: OpCareTeam, PatientID: a.PatientID}); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, now, err := f.profile(a)
	if err != nil {
		return nil, err
	}
	out := f.teamOf(p)
	f.log(client.Trace{Kind: fhir.KindProfile, Action: "E", PatientID: p.ID, Mode: now.Mode, Query: "team"})
	return out, nil
}

// teamOf gives the caller and a few others.
func (f *Fake) teamOf(p *person) []client.CareMember {
	mt := client.CareMember{ID: "899700299998", Name: "Dr Claude ANDRÉ", Profession: "10", OrgName: "Cabinet des Sacres", MT: true}
	if p.relation == fhir.BasisMT {
		mt = client.CareMember{ID: f.me.ID, Name: f.me.Name, Profession: f.me.Profession, OrgName: f.me.OrgName, MT: true}
	}
	out := []client.CareMember{mt}
	if p.relation == fhir.BasisCareTeam {
		out = append(out, client.CareMember{ID: f.me.ID, Name: f.me.Name, Profession: f.me.Profession, OrgName: f.me.OrgName, Until: p.RelationEnd})
	}
	return append(out, client.CareMember{
		ID: "899700299997", Name: "Nadia ROUXEL", Profession: "60", OrgName: "Soins infirmiers du Parvis", Until: f.now().AddDate(0, 2, 0),
	})
}

// checkItem refuses what the server does.
func checkItem(v client.Item, now time.Time) error {
	wrong := func(code fhir.Code, element string) error {
		return &client.Error{Code: code, Message: "the item cannot be kept as it is", Issues: []fhir.Issue{{
			Code: code, Expression: v.Resource + "." + element, Message: "look at this element",
		}}}
	}
	switch {
	case fhir.ItemSubject(v.Resource) == "":
		return wrong(fhir.BadCode, "resourceType")
	case strings.TrimSpace(v.Text) == "" && v.Code.Code == "":
		return wrong(fhir.Required, "code")
	case v.Start == "" && (v.Resource == "Observation" || v.Resource == "Immunization"):
		return wrong(fhir.Required, "date")
	case fhir.ParseTime(v.Start).After(now.Add(24 * time.Hour)):
		return wrong(fhir.Invalid, "date")
	case v.Resource != "Observation":
		return nil
	case v.Value != "" && !fhir.IsDecimal(v.Value):
		return wrong(fhir.Invalid, "valueQuantity")
	}
	m, part, known := terminology.MeasureByCode(v.Code.Code)
	var values []terminology.MeasureValue
	if known && len(m.Parts) == 1 {
		values = append(values, terminology.MeasureValue{Value: v.Value, Unit: v.Unit})
	}
	for _, p := range v.Parts {
		at := slices.IndexFunc(m.Parts, func(one terminology.MeasurePart) bool { return one.Code == p.Code.Code })
		values = append(values, terminology.MeasureValue{Part: at, Value: p.Value, Unit: p.Unit})
	}
	if known && part < 0 && m.Check(values) != nil {
		return wrong(fhir.Invalid, "valueQuantity")
	}
	if !known && v.Value != "" && v.Unit == "" {
		return wrong(fhir.Required, "valueQuantity")
	}
	return nil
}
