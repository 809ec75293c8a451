package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// typePatch is the one form of PATCH that is served (RFC 6902).
const typePatch = "application/json-patch+json"

// maxOps bounds a patch: three fields can change.
const maxOps = 16

// patchDocument answers PATCH DocumentReference/[id].
func (c *call) patchDocument() error {
	return c.patch(record.PatchTarget{ID: c.id()})
}

// patchByIdentifier answers the conditional PATCH of PDSm: the document is
// named by its uniqueId.
func (c *call) patchByIdentifier() error {
	target, err := c.conditional()
	if err != nil {
		return err
	}
	return c.patch(target)
}

// conditional reads which document a conditional PATCH is about.
func (c *call) conditional() (target record.PatchTarget, err error) {
	query := c.r.URL.Query()
	values := query["identifier"]
	query.Del("_format")
	if len(values) != 1 || len(query) != 1 {
		return target, fhir.E(fhir.Required, "Désignez le document par identifier=urn:ietf:rfc:3986|uniqueId, et par rien d'autre.")
	}
	id := fhir.ParseToken(values[0])
	if id.Value == "" {
		return target, fhir.E(fhir.BadValue, "L'identifiant du document est vide.")
	}
	target.UniqueID = id.Value
	if id.System != "" && id.System != fhir.SystemURI { // another system's identifier: of no document
		target.UniqueID = values[0]
	}
	return target, nil
}

func (c *call) patch(target record.PatchTarget) error {
	ifMatch, body, ops, err := c.patchBody()
	if err != nil {
		return err
	}
	target.IfMatch = ifMatch
	change, whole, err := asChange(ops)
	if err == nil && !whole {
		change, err = c.relative(&target, ops)
	}
	if err != nil {
		return err
	}
	change.Ops = body
	r, err := c.Records.PatchDocument(c.r.Context(), c.p, c.session(), target, change)
	if err != nil {
		return err
	}
	c.written(http.StatusOK, "", r)
	return nil
}

// patchBody takes in a JSON Patch: the version that it is of, its bytes and its
// operations.
func (c *call) patchBody() (ifMatch string, body []byte, ops []op, err error) {
	if err := c.wantsJSON(); err != nil {
		return "", nil, nil, err
	}
	if err := c.bodyIs(typePatch); err != nil {
		return "", nil, nil, err
	}
	if ifMatch, err = c.ifMatch(); err != nil {
		return "", nil, nil, err
	}
	if body, err = c.read(); err != nil {
		return "", nil, nil, err
	}
	ops, err = readOps(body)
	return ifMatch, body, ops, err
}

// op is one operation of a patch.
type op struct {
	verb  string
	path  []string
	value *fhir.Node
	at    int // its place, for messages
}

// readOps reads a JSON Patch and refuses whatever may not change: only status,
// securityLabel and isArchived do (contract section 4).
func readOps(body []byte) ([]op, error) {
	n, err := fhir.Parse(body)
	if err != nil {
		return nil, err
	}
	if n.Kind != fhir.Array || len(n.Items) == 0 || len(n.Items) > maxOps {
		return nil, fhir.E(fhir.Malformed, "Un JSON Patch est une liste d'opérations (RFC 6902).")
	}
	ops := make([]op, 0, len(n.Items))
	for i := range n.Items {
		item := &n.Items[i]
		o := op{verb: item.Get("op").String(), value: item.Get("value"), at: i}
		path := item.Get("path").String()
		if !strings.HasPrefix(path, "/") {
			return nil, fhir.E(fhir.Malformed, "Une opération du JSON Patch n'a pas de chemin.")
		}
		o.path = strings.Split(path[1:], "/")
		switch o.verb {
		case "add", "replace", "test":
			if o.value == nil {
				return nil, fhir.E(fhir.Malformed, "Une opération du JSON Patch n'a pas de valeur.")
			}
		case "remove":
		case "move", "copy":
			return nil, o.refused()
		default:
			return nil, fhir.E(fhir.Malformed, "Une opération du JSON Patch est inconnue.")
		}
		if !o.mayChange() {
			return nil, o.refused()
		}
		ops = append(ops, o)
	}
	return ops, nil
}

// mayChange tells whether an operation is about what may change. Whether the
// others do is seen in the document as it is.
func (o op) mayChange() bool {
	switch o.path[0] {
	case "status", "securityLabel":
		return true
	case "extension":
		return o.verb != "add" || len(o.path) != 2 || o.value.Get("url").String() == fhir.ExtIsArchived
	}
	return false
}

// refused is the answer to a change of anything else.
func (o op) refused() error {
	const message = "Seuls status, securityLabel et isArchived peuvent changer : remplacez le document pour corriger le reste."
	return &fhir.Error{Code: fhir.PatchRefused, Message: message, Issues: []fhir.Issue{{
		Code: fhir.PatchRefused, Expression: "[" + strconv.Itoa(o.at) + "].path", Message: message,
	}}}
}

// asChange reads operations that say all by themselves; whole is false when
// one of them needs the document as it is (an index, a test, a removal).
func asChange(ops []op) (change record.Patch, whole bool, err error) {
	for _, o := range ops {
		if o.verb != "add" && o.verb != "replace" {
			return change, false, nil
		}
		switch {
		case o.path[0] == "status" && len(o.path) == 1:
			change.Status, err = readStatus(o.value)
		case o.path[0] == "securityLabel" && len(o.path) == 1:
			change.Labels, err = readLabels(o.value)
		case o.path[0] == "extension" && o.onlyArchived():
			change.Archived, err = readArchivedExt(o.value)
		default:
			return change, false, nil
		}
		if err != nil {
			return change, false, err
		}
	}
	return change, true, nil
}

// onlyArchived says whether an operation on extensions is about isArchived and
// nothing else: one extension added, or the list that holds this one alone.
func (o op) onlyArchived() bool {
	switch {
	case len(o.path) == 2 && o.path[1] == "-":
		return o.value.Get("url").String() == fhir.ExtIsArchived
	case len(o.path) == 1 && o.value.Kind == fhir.Array && len(o.value.Items) == 1:
		return o.value.Items[0].Get("url").String() == fhir.ExtIsArchived
	}
	return false
}

func badPatch(path, message string) error {
	return &fhir.Error{Code: fhir.BadCode, Message: message, Issues: []fhir.Issue{{
		Code: fhir.BadCode, Expression: "DocumentReference." + path, Message: message,
	}}}
}

func readStatus(n *fhir.Node) (string, error) {
	switch s := n.String(); s {
	case "current", "superseded", "entered-in-error":
		return s, nil
	}
	return "", badPatch("status", "Le statut est current, superseded ou entered-in-error.")
}

// readLabels reads the whole securityLabel. It is never empty: a document
// without a level would be one with the lowest.
func readLabels(n *fhir.Node) ([]fhir.Coding, error) {
	bad := badPatch("securityLabel", "Les étiquettes sont une liste de codes de JDV_J08, dont un niveau de confidentialité au plus.")
	if n == nil || n.Kind != fhir.Array || len(n.Items) == 0 {
		return nil, bad
	}
	var labels []fhir.Coding
	levels := 0
	for i := range n.Items {
		codings := n.Items[i].Get("coding")
		if codings == nil || codings.Kind != fhir.Array || len(codings.Items) == 0 {
			return nil, bad
		}
		for j := range codings.Items {
			c := &codings.Items[j]
			code := c.Get("code").String()
			switch code {
			case "N", "R", "V":
				levels++
			case fhir.LabelMasked, fhir.LabelHiddenPatient, fhir.LabelHiddenReps, fhir.LabelNoPat:
			default:
				return nil, bad
			}
			labels = append(labels, fhir.Coding{System: c.Get("system").String(), Code: code, Display: c.Get("display").String()})
		}
	}
	if levels > 1 {
		return nil, bad
	}
	return labels, nil
}

func readArchivedExt(n *fhir.Node) (*bool, error) {
	if n.Kind == fhir.Array {
		n = &n.Items[0]
	}
	v := n.Get("valueBoolean")
	if v == nil || v.Kind != fhir.Bool || len(n.Items) != 2 {
		return nil, badPatch("extension", "isArchived porte une valueBoolean, et rien d'autre.")
	}
	archived := v.Text == "true"
	return &archived, nil
}
