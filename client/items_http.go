package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"carnet/client/fhir"
)

var _ Profiles = (*HTTP)(nil)

// usualItems is how many items a page has when nobody says.
const usualItems = 200

// Items lists what this reader may read of the profile, all types in one
// operation: one access.
func (h *HTTP) Items(ctx context.Context, a Access, q ItemQuery) (ItemPage, error) {
	if err := checkID(a.PatientID); err != nil {
		return ItemPage{}, err
	}
	if q.Limit <= 0 {
		q.Limit = usualItems
	}
	ask := fhir.ItemsAsk{Types: q.Resources, Codes: q.Codes, From: moment(q.From), To: moment(q.To), Count: q.Limit}
	r := request{
		op: "Items", method: http.MethodPost, path: "Patient/" + a.PatientID + "/$profile", body: ask.JSON(), kind: typeFHIR, session: a.Session,
	}
	if q.Page != "" {
		r = request{op: "Items", method: http.MethodGet, path: "?page=" + url.QueryEscape(q.Page), session: a.Session}
	}
	got, err := h.do(ctx, r)
	if err != nil {
		return ItemPage{}, err
	}
	b, err := fhir.ParseBundle(got.body)
	if err != nil {
		return ItemPage{}, err
	}
	items, err := itemRows(b)
	if err != nil {
		return ItemPage{}, err
	}
	cursor, err := next(b)
	if err != nil {
		return ItemPage{}, err
	}
	return ItemPage{Items: items, Total: total(b, len(items)), Next: cursor, Provenance: h.fresh()}, nil
}

// moment writes a bound of a period; "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// itemRows reads the items of a Bundle, of whatever types.
func itemRows(b fhir.Bundle) ([]Item, error) {
	out := make([]Item, 0, len(b.Entries))
	for _, e := range b.Entries {
		if fhir.ItemSubject(fhir.ResourceType(e.Resource)) == "" || (e.Mode != "" && e.Mode != "match") {
			continue // an OperationOutcome with remarks
		}
		i, err := fhir.ParseItem(e.Resource)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// KeepItem adds an item, or corrects one of the version that was read.
func (h *HTTP) KeepItem(ctx context.Context, a Access, key string, item Item) (Item, error) {
	r := request{
		op: "KeepItem", method: http.MethodPost, path: item.Resource, body: item.JSON(a.PatientID), kind: typeFHIR,
		session: a.Session, key: key, once: true,
	}
	if err := checkItem(a, item); err != nil {
		return Item{}, err
	}
	if item.ID != "" {
		r.method, r.path, r.match = http.MethodPut, item.Resource+"/"+item.ID, fhir.ETag(item.Version)
	}
	got, err := h.do(ctx, r)
	if err != nil {
		return Item{}, err
	}
	return fhir.ParseItem(got.body)
}

// checkItem refuses what cannot become an address.
func checkItem(a Access, item Item) error {
	if err := checkID(a.PatientID); err != nil {
		return err
	}
	if fhir.ItemSubject(item.Resource) == "" {
		return fhir.E(fhir.BadCode, "Cette ressource n’est pas un élément du profil de santé.")
	}
	if item.Value != "" && !fhir.IsDecimal(item.Value) {
		return fhir.E(fhir.Invalid, "La mesure n’est pas un nombre\u00a0: vérifiez-la.")
	}
	if item.ID == "" {
		return nil
	}
	return checkID(item.ID)
}

// DropItem takes out an item that I wrote.
func (h *HTTP) DropItem(ctx context.Context, a Access, item Item) error {
	if err := checkItem(a, item); err != nil {
		return err
	}
	if err := checkID(item.ID); err != nil {
		return err
	}
	_, err := h.do(ctx, request{
		op: "DropItem", method: http.MethodDelete, path: item.Resource + "/" + item.ID, session: a.Session, match: fhir.ETag(item.Version), once: true,
	})
	return err
}

// CareTeam gives who cares for the patient now.
func (h *HTTP) CareTeam(ctx context.Context, a Access) ([]CareMember, error) {
	if err := checkID(a.PatientID); err != nil {
		return nil, err
	}
	b, err := h.search(ctx, request{op: "CareTeam", path: "CareTeam", session: a.Session}, url.Values{"patient": {"Patient/" + a.PatientID}}, "")
	if err != nil {
		return nil, err
	}
	teams, err := rows(b, "CareTeam", fhir.ParseCareTeam)
	if err != nil || len(teams) == 0 {
		return nil, err
	}
	return teams[0], nil
}
