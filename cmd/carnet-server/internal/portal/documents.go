package portal

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// documentsAPage keeps a page of the list light.
const documentsAPage = 12

func documentRoutes() []route {
	at := root + "documents"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).documents},
		{pattern: "POST " + at + "/filtre", who: patients, serve: (*call).filterDocuments},
		{pattern: "POST " + at + "/agir", who: patients, serve: (*call).actOnDocument},
		{pattern: "GET " + at + "/{id}", who: patients, serve: (*call).document},
		{pattern: "GET " + at + "/{id}/contenu", who: patients, serve: (*call).content},
	}
}

// docView is a document as the list and its own page show it.
type docView struct {
	ID, Title, Type, Icon string
	Date                  string
	Author, AuthorOrg     string
	Masked, HiddenReps    bool
	Archived, Superseded  bool
	ReplacedBy            string
	Own                   bool
	Kind                  string // MIME type
	Format                string // in words
	Size                  int64
	Picture, Readable     bool // shown in the page; opened by the browser
}

type documentsView struct {
	Items    []docView
	Total    int
	Next     string
	Query    record.HeldQuery
	Narrowed bool
	Classes  []option
	First    bool
	ForRep   bool // a representative does not hide from representatives
}

// documents lists the documents that the filter, kept in the session, leaves.
func (c *call) documents() error {
	q := c.s.get().docs
	v := documentsView{Query: q, Narrowed: q.Words != "" || q.Class != "" || q.Archived, Classes: c.classOptions(q.Class), ForRep: !c.self()}
	q.Limit, q.Cursor = documentsAPage, c.r.URL.Query().Get("page")
	v.First = q.Cursor == ""
	found, err := c.Records.HeldDocuments(c.r.Context(), c.citizen(), c.rec, q)
	if fhir.CodeOf(err) == fhir.BadValue && q.Cursor != "" {
		return c.redirect(root + "documents") // a link of an earlier sign-in, or to what was filed since
	}
	if err != nil {
		return err
	}
	v.Total, v.Next = found.Total, found.Next
	for _, d := range found.Items {
		v.Items = append(v.Items, c.docView(d))
	}
	form := map[string][]string{"mots": {q.Words}, "classe": {q.Class}}
	if q.Archived {
		form["archives"] = []string{"1"}
	}
	return c.show("documents", view{Title: c.T("Documents"), Nav: "documents", Form: form, V: v})
}

// self tells whether the shown record is the citizen's own.
func (c *call) self() bool {
	for _, h := range c.held {
		if h.Patient.ID == c.rec {
			return h.Relation == record.RelationSelf
		}
	}
	return false
}

func (c *call) classOptions(chosen string) []option {
	out := []option{{Value: "", Label: c.T("Toutes les catégories"), Chosen: chosen == ""}}
	for _, k := range terminology.Classes() {
		out = append(out, option{Value: k.Code, Label: c.T(k.Label), Chosen: k.Code == chosen})
	}
	return out
}

// filterDocuments keeps what to look for in the session, not in an address:
// words may tell of an illness.
func (c *call) filterDocuments() error {
	q := record.HeldQuery{Words: c.field("mots"), Class: c.field("classe"), Archived: c.form.Has("archives")}
	if r := []rune(q.Words); len(r) > 200 {
		q.Words = string(r[:200])
	}
	if c.form.Has("tout") {
		q = record.HeldQuery{}
	}
	c.s.change(func(s *state) { s.docs = q })
	return c.redirect(root + "documents")
}

// docView says in words what the list shows of a document.
func (c *call) docView(d fhir.DocumentReference) docView {
	w := c.words()
	v := docView{
		ID: d.ID, Title: d.Attachment.Title, Type: w.TypeLabel(d.Type.Code), Icon: classIcon(d.Type.Code),
		Date: w.DayText(firstOf(d.PeriodStart, d.Date)), Author: d.Author.Name, AuthorOrg: d.Author.OrgName,
		Masked: d.Masked, HiddenReps: d.HiddenReps, Archived: d.Archived, Superseded: d.Status == "superseded",
		ReplacedBy: fhir.RefID(d.ReplacedBy, "DocumentReference"),
		Own:        strings.HasPrefix(d.Author.ID, "Patient/"), Kind: baseType(d.Attachment.ContentType), Size: d.Attachment.Size,
	}
	if v.Title == "" {
		v.Title = firstOf(d.Description, v.Type)
	}
	if v.Own && v.Author == "" {
		v.Author = c.T("vous")
	}
	v.Format = firstOf(c.format(v.Kind), c.T("Fichier"))
	v.Picture = v.Kind == "image/jpeg" || v.Kind == "image/png"
	v.Readable = v.Picture || v.Kind == "application/pdf" || v.Kind == "text/plain" || v.Kind == fhir.TypeFHIRDocument
	return v
}

// formats name the formats that are filed, the same in both languages.
var formats = map[string]string{
	"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "text/plain": "TXT", "text/xml": "XML", "application/xml": "XML",
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func baseType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// classIcon gives the picture of a type by its class.
func classIcon(typeCode string) string {
	if typeCode == "11502-2" || typeCode == "DOCPAT05" {
		return "lab"
	}
	switch terminology.ClassOf(typeCode) {
	case "10":
		return "consultation"
	case "11":
		return "synthesis"
	case "31":
		return "imaging"
	case "42", "43", "45":
		return "prescription"
	case "52":
		return "certificate"
	}
	return "document"
}

// one finds one document that the citizen may read.
func (c *call) one(id string) (fhir.DocumentReference, error) {
	found, err := c.Records.HeldDocuments(c.r.Context(), c.citizen(), c.rec, record.HeldQuery{ID: id, Archived: true, Limit: 1})
	if err != nil {
		return fhir.DocumentReference{}, err
	}
	for _, d := range found.Items {
		if d.ID == id {
			return d, nil
		}
	}
	return fhir.DocumentReference{}, fhir.E(fhir.NotFound, "")
}

type documentView struct {
	docView
	Self bool
}

// document shows one document with all that may be done with it.
func (c *call) document() error {
	d, err := c.one(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	v := c.docView(d)
	return c.show("document", view{Title: v.Title, Nav: "documents", V: documentView{docView: v, Self: c.self()}})
}

// content gives the bytes of a document to the browser: shown where that is
// safe, else to be saved. Whatever it holds, it runs nothing: it has an opaque
// origin of its own, and only what this server read as such is shown.
func (c *call) content() error {
	id := c.r.PathValue("id")
	content, err := c.Records.HeldContent(c.r.Context(), c.citizen(), c.rec, id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Reader.Close() }()
	if baseType(content.Type) == fhir.TypeFHIRDocument && !c.r.URL.Query().Has("garder") {
		return c.structured(content)
	}
	return c.send(content)
}

// send gives bytes to the browser as content says.
func (c *call) send(content record.Content) error {
	kind := baseType(content.Type)
	h := c.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	shown, name := "inline", "document"
	switch kind {
	case "application/pdf": // browsers' viewers do not open in a sandbox; they run apart
		h.Set("Content-Security-Policy", "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		name += ".pdf"
	case "image/jpeg":
		name += ".jpg"
	case "image/png":
		name += ".png"
	case "text/plain":
		kind, name = "text/plain; charset=utf-8", name+".txt"
	case "image/tiff":
		shown, name = "attachment", name+".tiff"
	case fhir.TypeFHIRDocument:
		shown, name = "attachment", name+".json"
	default:
		kind, shown = "application/octet-stream", "attachment"
	}
	if c.r.URL.Query().Has("garder") {
		shown = "attachment"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`%s; filename="%s"`, shown, name))
	h.Set("Content-Length", strconv.FormatInt(content.Size, 10))
	c.w.WriteHeader(http.StatusOK)
	if _, err := io.Copy(c.w, content.Reader); err != nil {
		panic(http.ErrAbortHandler) // half a document must not look whole
	}
	return nil
}

// sentences say what was done, by the button pressed.
var sentences = map[string]string{
	"masquer":    "Document masqué : les professionnels ne le voient plus, sauf son auteur et votre médecin traitant.",
	"demasquer":  "Document visible de nouveau pour les professionnels autorisés.",
	"cacher":     "Vos représentants ne voient plus ce document.",
	"montrer":    "Vos représentants voient de nouveau ce document.",
	"archiver":   "Document archivé : il reste dans le dossier, hors des listes courantes.",
	"desarchive": "Document sorti des archives.",
	"supprimer":  "Document supprimé.",
}

// actOnDocument does what the button pressed says. Its name is the action, its
// value the document.
func (c *call) actOnDocument() error {
	yes, no := true, false
	changes := map[string]record.HeldChange{
		"masquer": {Masked: &yes}, "demasquer": {Masked: &no}, "cacher": {HiddenReps: &yes}, "montrer": {HiddenReps: &no},
		"archiver": {Archived: &yes}, "desarchive": {Archived: &no}, "supprimer": {Delete: true},
	}
	for name, change := range changes {
		id := c.field(name)
		if id == "" {
			continue
		}
		back := root + "documents"
		if c.form.Has("ici") && name != "supprimer" {
			back += "/" + fhirID(id)
		}
		if name == "supprimer" && !c.form.Has("sur") {
			return fhir.E(fhir.Required, "")
		}
		if err := c.Records.HeldPatch(c.r.Context(), c.citizen(), c.rec, id, change); err != nil {
			return err
		}
		return c.done(back, sentences[name])
	}
	return fhir.E(fhir.Required, "")
}

// fhirID keeps an id that may stand in an address.
func fhirID(id string) string {
	if fhir.IsID(id) {
		return id
	}
	return ""
}
