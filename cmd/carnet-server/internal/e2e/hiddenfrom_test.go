package e2e

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// The twins have the same name and the same life; what is hidden is in the
// first one's record alone. bob represents both.
const (
	twin  = "pat-twin-a"
	other = "pat-twin-b"
)

func twinAccounts() (out []idp.Account) {
	for _, p := range []string{twin, other} {
		out = append(out, idp.Account{ID: p, Claims: idp.Claims{Kind: idp.KindPatient, Person: p, Name: "Claude JUMEAU"}})
	}
	return out
}

// twins are two records that tell the same to whom the one document is hidden
// from.
type twins struct {
	*world
	hidden  string // logical id of the document
	tag     string // its ETag
	unique  string // its uniqueId
	needles []string
}

// newTwins puts the twins in: what happens to one happens to the other, but for
// a document that hide keeps from somebody: it is filed, read, masked and
// unmasked in the first one's record alone.
func newTwins(t *testing.T, hide func(*fhir.DocumentReference)) *twins {
	t.Helper()
	w := &twins{world: newWorld(t, twinAccounts()...)}
	w.pages()
	for i, p := range []string{twin, other} {
		w.must(w.seeder.AddPatient(record.PatientSeed{
			ID: p, INS: twinINS(i), BirthName: "JUMEAU", Given: []string{"CLAUDE"}, Gender: "female", BirthDate: "1990-03-28", BirthPlace: "51215", City: "Reims",
		}))
		w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: p, MT: id(mt)}))
		w.must(w.seeder.SetLife(record.Life{Patient: p, State: record.LifeActivated, Activated: w.now().AddDate(0, -6, 0)}))
		w.must(w.seeder.AddMandate(record.Mandate{Patient: p, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(30 * day)}))
		w.must(w.seeder.Flush())
	}
	for i, p := range []string{twin, other} {
		plain := w.filed(p, i, func(d *fhir.DocumentReference) { d.Attachment.Title = "Titre-commun" })
		session := w.session(mt, p, fhir.ModeNormal)
		if p == twin {
			w.hidden = w.filed(p, i, hide, func(d *fhir.DocumentReference) {
				d.Type.Code, d.Attachment.Title, w.unique = "18748-4", "Titre-dérobé", d.UniqueID
			})
			w.tag = w.do(ask{who: mt, session: session, path: "/DocumentReference/" + w.hidden}).header.Get("ETag")
			w.answers(200, read(mt, session, w.hidden))
		}
		w.answers(200, read(mt, session, plain))
		w.answers(204, ask{who: mt, session: session, method: "POST", path: "/Patient/" + p + "/$close", body: string(fhir.CloseParameters(session))})
	}
	w.needles = []string{w.hidden, w.unique, "Titre-dérobé", "Titre-d\\u00e9rob\\u00e9", "18748-4", "imagerie médicale"}
	return w
}

func twinINS(i int) fhir.Identifier {
	return fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("2900375125000%02d", i)}
}

// filed files a report of the nurse's and gives its id.
func (w *twins) filed(patient string, i int, edit ...func(*fhir.DocumentReference)) string {
	w.Helper()
	edit = append(edit, func(d *fhir.DocumentReference) { d.PatientINS = twinINS(i) })
	got := w.answers(201, ask{who: nurse, path: "/DocumentReference", body: w.filing(patient, nurse, edit...)})
	return strings.TrimPrefix(got.header.Get("Location"), w.base+"/DocumentReference/")
}

// answers asks and insists on a status.
func (w *twins) answers(status int, a ask) answer {
	w.Helper()
	got := w.do(a)
	if got.status != status {
		w.Fatalf("%s: %d %s", a.path, got.status, got.body)
	}
	return got
}

// tellsNothing looks for what is hidden in what somebody got, files within it
// too.
func (w *twins) tellsNothing(what, body string) {
	w.Helper()
	if strings.HasSuffix(what, "habilitations") { // which lists all types there are
		return
	}
	texts := []string{body}
	if z, err := zip.NewReader(strings.NewReader(body), int64(len(body))); err == nil {
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			data, err := io.ReadAll(r)
			w.must(err)
			texts = append(texts, f.Name, string(data))
		}
	}
	for _, part := range strings.Split(body, "stream\n")[1:] { // of a PDF
		if r, err := zlib.NewReader(strings.NewReader(part)); err == nil {
			var plain bytes.Buffer
			_, _ = plain.ReadFrom(r) // what follows it is no zlib
			texts = append(texts, plain.String())
		}
	}
	for _, text := range texts {
		for _, n := range w.needles {
			if i := strings.Index(text, n); i >= 0 {
				w.Errorf("%s tells %q: …%s…", what, n, text[max(0, i-120):min(len(text), i+80)])
			}
		}
	}
}

// passing is what differs between the twins by its nature: who they are, when,
// and ids that are drawn.
var passing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.+Z-]+|\d{1,2}( | )h( | )\d\d|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|"[0-9a-f]{16,32}"|\d\d:\d\d:\d\d|pat-twin-[ab]|2900375125000\d\d|2 90 03 75 125 000 \d\d` +
	`|value="[A-Za-z0-9_-]{43}"|page=[A-Za-z0-9_%-]+|(visite/|c-|acte" value="|de=|a=|W/")\d+|1\.213\.1\.4\.10\.2\.\d+|"(versionId|id|valueInteger)":("\d+"|\d+[,}])|value="\d+"|AuditEvent/\d+`)

// alike is an answer without what differs by its nature.
func alike(body string) string {
	return passing.ReplaceAllString(strings.ReplaceAll(body, " selected", ""), "·")
}

// pagesOf are all the pages that show a record, and what their forms answer.
func (w *twins) pagesOf(who, patient string) map[string]string {
	w.Helper()
	v := w.enters(who)
	if who != patient {
		v.choose(patient)
	}
	out := map[string]string{}
	for _, path := range []string{"", "documents", "documents/ajouter", "acces", "historique", "historique/imprimer", "historique/imprimer?mois=" + w.now().Format("2006-01"), "avis", "profil", "copies", "reglages", "habilitations", "dossier"} {
		p := v.get("/mon/" + path)
		if p.status != http.StatusOK {
			w.Errorf("%s answers %d", path, p.status)
		}
		name, _, _ := strings.Cut(path, "2") // a month
		out["page "+name] = p.body
		for _, m := range regexp.MustCompile(`href="(/mon/historique/visite/[^"]+)"`).FindAllStringSubmatch(p.body, -1) {
			out["visit"] += v.get(strings.ReplaceAll(m[1], "&amp;", "&")).body
		}
	}
	for name, fields := range inOrder(map[string][]string{
		"by title": {"mots", "dérobé"}, "by type": {"mots", "imagerie"}, "by author": {"mots", "rouxel"},
		"by class": {"classe", "31"}, "archived": {"archives", "1"}, "all": {"tout", "1"},
	}) {
		out["documents "+name] = v.post("/mon/documents/filtre", fields...).body
	}
	for _, only := range []string{"reads", "emergency", "changes", "refusals"} {
		out["history "+only] = v.post("/mon/historique/filtre", "quoi", only).body
	}
	out["history of one"] = v.post("/mon/historique/filtre", "qui", id(nurse)).body
	v.post("/mon/historique/filtre", "tout", "1")
	for _, kind := range []string{"csv", "pdf", "preuves"} {
		out["history as "+kind] = v.post("/mon/historique/" + kind).body
	}
	out["export"] = v.post("/mon/dossier/exporter").body
	return out
}

// routesOf are all the FHIR answers about a record.
func (w *twins) routesOf(who, patient string) map[string]string {
	w.Helper()
	documents := "/DocumentReference?patient=" + patient + "&status="
	out := map[string]string{}
	for name, path := range inOrder(map[string]string{
		"people": "/Patient", "person": "/Patient/" + patient,
		"documents": documents + "current", "replaced": documents + "current,superseded,entered-in-error", "count": documents + "current&_summary=count",
		"by id": documents + "current&_id=" + w.hidden, "by words": documents + "current&_text=d%C3%A9rob%C3%A9", "by class": documents + "current&category=31",
		"archived": documents + "current&isArchived=true", "a page": documents + "current&_count=1",
		"label": documents + "current&security-label=INVISIBLE_REPRESENTANTS_LEGAUX", "related": documents + "current&related=DocumentReference/" + w.hidden,
		"identifier": documents + "current&identifier=urn:ietf:rfc:3986|" + w.unique,
		"sets":       "/List?code=submissionset&status=current&patient=" + patient, "sets of one": "/List?code=submissionset&status=current&_count=1&patient=" + patient,
		"consents": "/Consent?patient=" + patient,
		"history":  "/AuditEvent?patient=" + patient, "history of one": "/AuditEvent?_count=50&agent=" + id(nurse) + "&patient=" + patient,
	}) {
		out["FHIR "+name] = w.do(ask{who: who, path: path}).body
	}
	return out
}

// byID are all questions that name a document, in FHIR and on the pages.
func (w *twins) byID(v *visitor, who, doc, unique string) map[string]string {
	w.Helper()
	with := func(a ask, name, value string) ask { a.header = map[string]string{name: value}; return a }
	one := ask{who: who, path: "/DocumentReference/" + doc}
	conditional := func(ops string) ask {
		return ask{who: who, method: "PATCH", path: "/DocumentReference?identifier=" + fhir.SystemURI + "%7C" + unique, body: ops}
	}
	out := map[string]string{}
	for name, a := range inOrder(map[string]ask{
		"description": one, "if changed": with(one, "If-None-Match", w.tag), "content": read(who, "", doc),
		"as resource": with(read(who, "", doc), "Accept", "application/fhir+json"),
		"head":        {who: who, method: "HEAD", path: "/Binary/" + doc},
		"mask":        patch(who, "", doc, labels(fhir.LabelMasked)), "show": patch(who, "", doc, labels()),
		"right version": with(patch(who, "", doc, labels()), "If-Match", w.tag), "wrong version": with(patch(who, "", doc, labels()), "If-Match", `W/"99"`),
		"archive": patch(who, "", doc, archive(true)), "delete": patch(who, "", doc, remove),
		"by unique id": conditional(labels(fhir.LabelMasked)), "delete by unique id": conditional(remove),
	}) {
		out["FHIR "+name] = w.do(a).shape()
	}
	for _, path := range []string{"", "/contenu"} {
		out["page "+path] = shown(v.get("/mon/documents/" + doc + path))
	}
	for _, verb := range []string{"masquer", "demasquer", "cacher", "montrer", "archiver", "desarchive", "supprimer"} {
		out["page "+verb] = shown(v.post("/mon/documents/agir", verb, doc, "sur", "1", "ici", "1"))
	}
	return out
}

// shown is a page without what is drawn for each answer.
func shown(p page) string {
	return fmt.Sprint(p.status, regexp.MustCompile(`value="[A-Za-z0-9_-]{43}"|<span class="mono">[0-9a-f]{16}</span>`).ReplaceAllString(p.body, "·"))
}

// inOrder goes through a map by its keys: what is asked leaves its own trace,
// which must be the same for both.
func inOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// unknownID looks like an id, and is of nothing.
func unknownID(like string, by rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0' + (r-'0'+by)%10
		}
		return r
	}, like)
}

// attack has somebody ask everything about the record in which a document is
// hidden from them, and the same about a record where none is.
func (w *twins) attack(who func(patient string) string, byDesign ...string) {
	w.Helper()
	never, neverUnique := unknownID(w.hidden, 7), "urn:oid:1.2.250.1.213.1.4.10.2.987"
	asked := map[string]map[string]string{}
	for patient, doc := range map[string][2]string{twin: {w.hidden, w.unique}, other: {unknownID(w.hidden, 3), "urn:oid:1.2.250.1.213.1.4.10.2.986"}} {
		v := w.enters(who(patient))
		if who(patient) != patient {
			v.choose(patient)
		}
		hidden, unknown := w.byID(v, who(patient), doc[0], doc[1]), w.byID(v, who(patient), never, neverUnique)
		for name, got := range hidden {
			if got, want := strings.ReplaceAll(got, doc[0], never), unknown[name]; got != want {
				w.Errorf("by id, %s: hidden and unknown differ:\n%s", name, difference(got, want))
			}
		}
	}
	for _, patient := range []string{twin, other} {
		asked[patient] = w.routesOf(who(patient), patient)
		maps.Copy(asked[patient], w.pagesOf(who(patient), patient))
	}
	for what, body := range asked[twin] {
		if what != "FHIR by id" && what != "FHIR related" && what != "FHIR identifier" { // which repeat the question
			w.tellsNothing(what, body)
		}
		if slices.Contains(byDesign, what) || what == "history as preuves" || what == "history as pdf" || what == "export" {
			continue // proofs count what they withhold; files are looked into above
		}
		if got, want := alike(body), alike(asked[other][what]); got != want {
			w.Errorf("%s: the twin with something hidden differs:\n%s", what, difference(got, want))
		}
	}
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("…%s…\nand\n…%s…", a[max(0, i-100):min(len(a), i+200)], b[max(0, i-100):min(len(b), i+200)])
}

// TestNothingOfWhatIsKeptFromRepresentatives: a representative tries every
// route; nothing of the document is anywhere, its ids are unknown ones, and the
// record looks like one in which it is not.
func TestNothingOfWhatIsKeptFromRepresentatives(t *testing.T) {
	w := newTwins(t, func(d *fhir.DocumentReference) { d.HiddenReps = true })
	w.attack(func(string) string { return bob })
	if got := w.do(read(twin, "", w.hidden)); got.status != 200 {
		t.Errorf("the holder themself: %d", got.status)
	}
}

// TestNothingOfWhatWaitsForItsAnnouncement: the same of the patient; their
// history tells that a document waits, and nothing else of it.
func TestNothingOfWhatWaitsForItsAnnouncement(t *testing.T) {
	w := newTwins(t, func(d *fhir.DocumentReference) { d.HiddenPatient = true })
	w.attack(func(patient string) string { return patient },
		"page ", "page historique", "page historique/imprimer?mois=", "visit", "history reads", "history changes", "history of one", "history as csv", "FHIR history", "FHIR history of one")
	if got := w.do(read(mt, "", w.hidden)); got.status != 200 {
		t.Errorf("the médecin traitant: %d", got.status)
	}
}
