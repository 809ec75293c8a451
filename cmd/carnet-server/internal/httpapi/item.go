package httpapi

import (
	"net/http"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// cursorItems continues a list of items of the health profile.
const cursorItems byte = 'i'

// itemsDocumentation is what the CapabilityStatement says of the health profile.
const itemsDocumentation = "Profil de santé : une recherche par type est un accès ; POST Patient/[id]/$profile donne tous les types en une réponse, " +
	"qui n'est qu'un accès (paramètres type et code, répétables, from, to, count). Un professionnel corrige (PUT avec If-Match) et retire " +
	"(DELETE avec If-Match, ou PUT avec entered-in-error) ce qu'il a écrit, et rien d'autre ; l'auteur est celui qui est connecté. " +
	"Un patient cherche ainsi dans le sien (par patient, sans patient.identifier) ; il l'écrit sur ses pages."

// itemRoutes are the interactions with each type of item.
func itemRoutes() []route {
	routes := []route{
		{"POST", "/Patient/{id}/$profile", "profile", smallBody, "$profile", nil, (*call).readProfile, (*call).readProfile},
		{"GET", "/CareTeam", "care-team", noBody, "search-type", nil, (*call).searchCareTeam, nil},
		{"POST", "/CareTeam/_search", "care-team", formBody, "search-type", nil, (*call).searchCareTeam, nil},
	}
	for _, kind := range fhir.ItemResources() {
		at := "/" + kind
		routes = append(routes,
			route{"GET", at, "item-search", noBody, "search-type", nil, (*call).searchItems, (*call).searchItems},
			route{"POST", at + "/_search", "item-search", formBody, "search-type", nil, (*call).searchItems, (*call).searchItems},
			route{"POST", at, "item-create", smallBody, "create", nil, (*call).createItem, nil},
			route{"GET", at + "/{id}", "item-read", noBody, "read", nil, (*call).readItem, nil},
			route{"PUT", at + "/{id}", "item-update", smallBody, "update", nil, (*call).updateItem, nil},
			route{"DELETE", at + "/{id}", "item-delete", noBody, "delete", nil, (*call).deleteItem, nil},
		)
	}
	return routes
}

// isItem tells the types of the health profile.
func isItem(kind string) bool { return fhir.ItemSubject(kind) != "" }

// kind is the type in the path.
func (c *call) kind() string {
	return strings.Split(strings.TrimPrefix(c.route.path, "/"), "/")[0]
}

type itemParam = param[record.ItemQuery]

// itemParams are the parameters of a search of one type (FHIR R4, the search
// parameters of each resource).
func itemParams(kind string) []itemParam {
	type Q = record.ItemQuery
	status := "status"
	if kind == "AllergyIntolerance" || kind == "Condition" {
		status = "clinical-status"
	}
	date := map[string]string{
		"AllergyIntolerance": "onset", "Condition": "onset-date", "MedicationStatement": "effective",
	}[kind]
	if date == "" {
		date = "date"
	}
	params := []itemParam{
		{codeParam(kind), "token", false, func(_ *call, q *Q, v string) error { q.Codes = tokens(v); return nil }},
		{date, "date", true, func(c *call, q *Q, v string) error { return c.dates(&q.Date, v) }},
		{"patient", "reference", false, func(c *call, q *Q, v string) (err error) {
			q.PatientID, err = c.patientRef(v)
			return err
		}},
		{"patient.identifier", "token", false, func(_ *call, q *Q, v string) (err error) {
			q.PatientINS, err = ins(v)
			return err
		}},
		{status, "token", false, func(_ *call, q *Q, v string) error {
			for _, t := range tokens(v) {
				q.Statuses = append(q.Statuses, t.Code)
			}
			return nil
		}},
	}
	if kind == "Observation" {
		params = append(params, itemParam{"combo-code", "token", false, func(_ *call, q *Q, v string) error {
			q.Codes, q.Parts = tokens(v), true
			return nil
		}})
	}
	return params
}

// codeParam is what the parameter of the code is called.
func codeParam(kind string) string {
	if kind == "Immunization" {
		return "vaccine-code"
	}
	return "code"
}

// searchItems answers a search of items of one type.
func (c *call) searchItems() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	kind := c.kind()
	q := record.ItemQuery{Resources: []string{kind}}
	s, err := readSearch(c, itemParams(kind), &q)
	if err != nil {
		return err
	}
	if q.PatientID == "" && q.PatientINS == nil {
		return fhir.E(fhir.Required, "Précisez le patient : patient ou patient.identifier est obligatoire.")
	}
	q.Limit = s.limit
	page, err := c.found(q)
	if err != nil {
		return err
	}
	c.items(page, listing{self: s.self(kind), count: s.count})
	return nil
}

// readProfile answers Patient/[id]/$profile: items of all types, one access.
func (c *call) readProfile() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var body []byte
	if c.r.ContentLength != 0 {
		if err := c.resourceBody(); err != nil {
			return err
		}
		var err error
		if body, err = c.checkedBody("Parameters"); err != nil {
			return err
		}
	}
	asked, err := fhir.ParseItemsAsk(body)
	if err != nil {
		return err
	}
	q := record.ItemQuery{PatientID: c.id(), Resources: asked.Types, Parts: true, Limit: asked.Count}
	for _, code := range asked.Codes {
		t := fhir.ParseToken(code)
		q.Codes = append(q.Codes, fhir.Coding{System: t.System, Code: t.Value})
	}
	for prefix, value := range map[string]string{"ge": asked.From, "lt": asked.To} {
		if value != "" {
			if err := c.dates(&q.Date, prefix+value); err != nil {
				return err
			}
		}
	}
	page, err := c.found(q)
	if err != nil {
		return err
	}
	c.items(page, listing{})
	return nil
}

// found asks for items: a patient's are of a record that they hold or represent.
func (c *call) found(q record.ItemQuery) (record.ItemPage, error) {
	if c.holder.ID == "" {
		return c.Records.Items(c.r.Context(), c.p, c.session(), q)
	}
	if q.PatientID == "" && q.Cursor == "" {
		return record.ItemPage{}, fhir.E(fhir.Required, "Précisez la personne : patient est obligatoire.")
	}
	q.PatientINS = nil
	return c.Holders.HeldItems(c.r.Context(), c.holder, q)
}

// items answers with a page of items of any types.
func (c *call) items(page record.ItemPage, l listing) {
	rows := record.Page{Total: page.Total, Next: page.Next, Items: make([]record.Resource, len(page.Items))}
	l.kinds = make([]string, len(page.Items))
	for i, one := range page.Items {
		rows.Items[i], l.kinds[i] = one.Resource, one.Kind
	}
	l.cursor = cursorItems
	c.bundle(rows, l)
}

// readItem answers one item.
func (c *call) readItem() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	r, err := c.Records.Item(c.r.Context(), c.p, c.session(), c.kind(), c.id())
	if err != nil {
		return err
	}
	c.resource(r, fhir.ETag(r.Version))
	return nil
}

// createItem adds an item.
func (c *call) createItem() error {
	key, err := c.filed()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	r, created, err := c.Records.FileItem(c.r.Context(), c.p, c.session(), record.ItemUpload{Kind: c.kind(), Body: body, Idempotency: key})
	if err != nil {
		return err
	}
	c.written(createdStatus(created), c.kind(), r)
	return nil
}

// updateItem corrects an item.
func (c *call) updateItem() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	if err := c.resourceBody(); err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	body, err := c.read()
	if err != nil {
		return err
	}
	r, err := c.Records.CorrectItem(c.r.Context(), c.p, c.session(), record.ItemUpload{Kind: c.kind(), ID: c.id(), Body: body, IfMatch: version})
	if err != nil {
		return err
	}
	if r.ID == "" { // taken back
		c.nothing(http.StatusNoContent)
		return nil
	}
	c.written(http.StatusOK, "", r)
	return nil
}

// deleteItem takes an item back.
func (c *call) deleteItem() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	err = c.Records.WithdrawItem(c.r.Context(), c.p, c.session(), record.ItemUpload{Kind: c.kind(), ID: c.id(), IfMatch: version})
	if err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}

// teamQuery asks for a care team.
type teamQuery struct {
	patientID string
	ins       *fhir.Identifier
}

func careTeamParams() []param[teamQuery] {
	return []param[teamQuery]{
		{"patient", "reference", false, func(c *call, q *teamQuery, v string) (err error) {
			q.patientID, err = c.patientRef(v)
			return err
		}},
		{"patient.identifier", "token", false, func(_ *call, q *teamQuery, v string) (err error) {
			q.ins, err = ins(v)
			return err
		}},
	}
}

// searchCareTeam answers who cares for a patient now.
func (c *call) searchCareTeam() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	var q teamQuery
	s, err := readSearch(c, careTeamParams(), &q)
	if err != nil {
		return err
	}
	if q.patientID == "" && q.ins == nil {
		return fhir.E(fhir.Required, "Précisez le patient : patient ou patient.identifier est obligatoire.")
	}
	members, owner, err := c.Records.CareTeam(c.r.Context(), c.p, c.session(), q.patientID, q.ins)
	if err != nil {
		return err
	}
	page := record.Page{}
	if owner != "" {
		page.Total = 1
		page.Items = []record.Resource{{ID: owner, LastUpdated: time.Time{}, JSON: fhir.CareTeamJSON(owner, members)}}
	}
	c.bundle(page, listing{kind: "CareTeam", self: s.self("CareTeam"), count: s.count})
	return nil
}
