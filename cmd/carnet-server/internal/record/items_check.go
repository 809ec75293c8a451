package record

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Bounds of what somebody types, in characters.
const (
	maxItemText = 500
	maxItemNote = 2000
)

func noItem() error {
	return fhir.E(fhir.BadCode, "Cette ressource n’est pas un élément du profil de santé.")
}

func notNumber() error {
	return fhir.E(fhir.Invalid, "La mesure n’est pas un nombre\u00a0: vérifiez-la.")
}

// itemIssue is a refusal that names an element of an item.
func itemIssue(code fhir.Code, resource, element, message string) error {
	return &fhir.Error{Code: code, Message: message, Issues: []fhir.Issue{{Code: code, Expression: resource + "." + element, Message: message}}}
}

// writtenItem is an item on its way in.
type writtenItem struct {
	node   *fhir.Node // received, then completed
	next   store.Item
	rec    *store.Record
	author fhir.Item // Author and ByHolder
}

// complete sets what the server says of an item, holds it against FHIR and the
// rules of the house, and gives it as it is kept. What the item refers to is
// looked up by the grant of who writes it.
func (s *Service) completeItem(ctx context.Context, g *consent.Grant, w writtenItem) ([]byte, error) {
	kind, owner, n := w.next.Facts.Resource, w.rec.Facts.PatientID, w.node
	subject := fhir.ItemSubject(kind)
	if subject == "" {
		return nil, noItem()
	}
	if ref := n.At(subject, "reference").String(); ref != "" && ref != "Patient/"+owner {
		return nil, fhir.E(fhir.Invalid, "Cet élément désigne une autre personne.")
	}
	n.Set(subject, fhir.Object1("reference", fhir.Text("Patient/"+owner)))
	n.Set("id", fhir.Text(w.next.ID))
	n.Set("meta", itemMeta(w.next))
	removeExtension(n, fhir.ExtItemAuthor)
	if err := fhir.Refuse(append(fhir.CheckAs(n, kind), fhir.Modifiers(n)...)); err != nil {
		return nil, err
	}
	if err := s.checkReferences(ctx, g, w.rec, n); err != nil {
		return nil, err
	}
	v, err := fhir.ItemOf(n)
	if err != nil {
		return nil, err
	}
	if err := checkItem(v, n, s.now()); err != nil {
		return nil, err
	}
	stampAuthor(n, w.author, owner)
	return n.AppendJSON(nil), nil
}

// stampAuthor says in an item who wrote it.
func stampAuthor(n *fhir.Node, author fhir.Item, owner string) {
	removeExtension(n, fhir.ExtItemAuthor)
	if n.Get("extension") == nil {
		n.Set("extension", fhir.Node{Kind: fhir.Array})
	}
	list := n.Get("extension")
	list.Items = append(list.Items, author.AuthorExtension(owner))
}

// itemMeta is what the server says of a version of an item.
func itemMeta(i store.Item) fhir.Node {
	meta := fhir.Object1("versionId", fhir.Text(formatInt(i.Version)))
	meta.Set("lastUpdated", fhir.Text(fhir.Instant(i.Updated.UTC().Truncate(time.Millisecond))))
	if i.Facts.Masked {
		meta.Set("security", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding(fhir.LabelCoding(fhir.LabelMasked))}})
	}
	return meta
}

// checkReferences refuses what an item may not refer to: only its patient, what
// it contains, and documents of this record that its writer may read. A hidden
// document is refused as an unknown one.
func (s *Service) checkReferences(ctx context.Context, g *consent.Grant, rec *store.Record, n *fhir.Node) error {
	if list := n.Get("contained"); list != nil {
		for i := range list.Items {
			switch list.Items[i].Get("resourceType").String() {
			case "Medication", "Organization", "Practitioner", "PractitionerRole", "Location":
			default:
				return fhir.E(fhir.Invalid, "Cette ressource contenue n’est pas reçue dans un élément du profil\u00a0: retirez-la.")
			}
		}
	}
	see := newSources(s, g, rec)
	var err error
	walkReferences(n, func(ref string) {
		id, document := strings.CutPrefix(ref, "DocumentReference/")
		switch {
		case err != nil, strings.HasPrefix(ref, "#"), ref == "Patient/"+rec.Facts.PatientID:
		case document && fhir.IsID(id) && see.shows(ctx, id):
		default:
			err = fhir.E(fhir.Invalid, "Une référence ne mène à rien ici\u00a0: désignez un document de ce dossier par DocumentReference/id, ou retirez-la.")
		}
	})
	return errors.Join(see.err, err)
}

// walkReferences calls f with each reference of a resource; one that names its
// target by an identifier, and is of a document, is one to nothing here.
func walkReferences(n *fhir.Node, f func(ref string)) {
	if ref := n.Get("reference"); ref != nil && ref.Kind == fhir.String {
		f(ref.Text)
	} else if n.Get("identifier") != nil && n.Get("type").String() == "DocumentReference" {
		f("")
	}
	for i := range n.Items {
		walkReferences(&n.Items[i], f)
	}
}

// checkItem holds an item against what any of its kind must say.
func checkItem(v fhir.Item, n *fhir.Node, now time.Time) error {
	dated := v.Resource == "Observation" || v.Resource == "Immunization"
	switch {
	case strings.TrimSpace(v.Text) == "" && v.Code.Code == "":
		return itemIssue(fhir.Required, v.Resource, "code", "Écrivez de quoi il s’agit.")
	case utf8.RuneCountInString(v.Text) > maxItemText || utf8.RuneCountInString(v.Note) > maxItemNote ||
		utf8.RuneCountInString(v.Dosage) > maxItemText || utf8.RuneCountInString(v.Reaction) > maxItemText:
		return itemIssue(fhir.Invalid, v.Resource, "text", "Le texte est trop long\u00a0: raccourcissez-le.")
	case dated && v.Start == "":
		return itemIssue(fhir.Required, v.Resource, "date", "Indiquez la date.")
	case fhir.ParseTime(v.Start).After(now.Add(early)):
		return itemIssue(fhir.Invalid, v.Resource, "date", "Cette date est dans le futur\u00a0: vérifiez-la.")
	case v.Start != "" && v.End != "" && endsBeforeStart(v):
		return itemIssue(fhir.Invalid, v.Resource, "date", "La fin est avant le début\u00a0: vérifiez les dates.")
	case v.Resource == "Observation":
		return checkMeasure(v, n)
	}
	return nil
}

// endsBeforeStart compares as far as both dates say.
func endsBeforeStart(v fhir.Item) bool {
	k := min(len(v.Start), len(v.End), len(time.DateOnly))
	return v.End[:k] < v.Start[:k]
}

// checkMeasure refuses a value without a unit, one in a unit that is not the
// measure's, one that no living person has, and half of a measure of two values.
// What is not in the table of measures, as most of what laboratories measure, is
// a number with a unit, or words.
func checkMeasure(v fhir.Item, n *fhir.Node) error {
	m, part, known := terminology.Measure{}, -1, false
	if v.Code.System == fhir.SystemLOINC {
		m, part, known = terminology.MeasureByCode(v.Code.Code)
	}
	switch {
	case known && part < 0:
		values, err := valuesOf(m, v)
		if err == nil {
			err = m.Check(values)
		}
		return measureIssue(err)
	case known && len(v.Parts) > 0:
		return measureIssue(terminology.ErrMeasureParts)
	case known:
		verdict, err := m.Judge(terminology.MeasureValue{Part: part, Value: v.Value, Unit: v.Unit})
		if err == nil && verdict == terminology.Impossible {
			err = terminology.ErrMeasureImpossible
		}
		return measureIssue(err)
	case v.Value == "" && len(v.Parts) == 0 && !saidInWords(n):
		return notNumber()
	case v.Value != "" && v.Unit == "":
		return itemIssue(fhir.Required, v.Resource, "valueQuantity.code", "Indiquez l’unité de la mesure.")
	}
	for _, p := range v.Parts {
		if p.Unit == "" {
			return itemIssue(fhir.Required, v.Resource, "component.valueQuantity.code", "Indiquez l’unité de la mesure.")
		}
	}
	return nil
}

// valuesOf gives the values of a known measure as its table counts them.
func valuesOf(m terminology.Measure, v fhir.Item) ([]terminology.MeasureValue, error) {
	if len(m.Parts) == 1 {
		if len(v.Parts) > 0 {
			return nil, terminology.ErrMeasureParts
		}
		return []terminology.MeasureValue{{Value: v.Value, Unit: v.Unit}}, nil
	}
	if v.Value != "" {
		return nil, terminology.ErrMeasureParts
	}
	var out []terminology.MeasureValue
	for _, p := range v.Parts {
		at := slices.IndexFunc(m.Parts, func(one terminology.MeasurePart) bool { return one.Code == p.Code.Code })
		if at < 0 || p.Code.System != fhir.SystemLOINC {
			return nil, terminology.ErrMeasureParts
		}
		out = append(out, terminology.MeasureValue{Part: at, Value: p.Value, Unit: p.Unit})
	}
	return out, nil
}

func measureIssue(err error) error {
	if err == nil {
		return nil
	}
	return itemIssue(fhir.Invalid, "Observation", "valueQuantity", sentence(err.Error()))
}

// saidInWords tells that an observation says something that is no exact number.
func saidInWords(n *fhir.Node) bool {
	for _, name := range []string{"valueString", "valueCodeableConcept", "component", "dataAbsentReason"} {
		if n.Get(name) != nil {
			return true
		}
	}
	return n.At("valueQuantity", "comparator") != nil
}
