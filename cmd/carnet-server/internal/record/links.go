package record

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A document may point to others: relatesTo, context.related, an extension. To
// a reader who may not see one of those, the reference is not there either
// (contract section 13).
//
// Few documents point to others, and lists are long. So the served form of one
// that does begins with a space, which JSON allows and the seal covers: a list
// sees it without decoding, and takes apart only those.
const linkMark = ' '

// markLinks gives the form of a resource to be stored.
func markLinks(n *fhir.Node) []byte {
	points := false
	_, _ = prune(n, func(target) (bool, error) { // fails only where the callback does
		points = true
		return true, nil
	})
	if points {
		return n.AppendJSON([]byte{linkMark})
	}
	return n.AppendJSON(nil)
}

// unmarked gives the resource as it goes out.
func unmarked(body []byte) []byte { return bytes.TrimPrefix(body, []byte{linkMark}) }

func points(body []byte) bool { return len(body) > 0 && body[0] == linkMark }

// linked gives a document's resource with its links to other documents: one to
// a document that the caller may not see is taken out, one to the document
// that replaces it is put in.
func (s *Service) linked(ctx context.Context, g *consent.Grant, rec *store.Record, d store.Doc, body []byte) (Resource, error) {
	if d.Replaces == 0 && d.ReplacedBy == 0 && !points(body) {
		return resource(d, body), nil
	}
	n, err := fhir.Parse(body)
	if err != nil {
		return Resource{}, err
	}
	if _, err := prune(n, func(t target) (bool, error) { return s.shows(ctx, g, rec, t) }); err != nil {
		return Resource{}, err
	}
	if d.ReplacedBy != 0 {
		seen, err := s.st.Visible(ctx, g, rec, []int64{d.ReplacedBy})
		if err != nil {
			return Resource{}, err
		}
		if id := seen[d.ReplacedBy]; id != "" {
			addExtension(n, fhir.ExtReplacedBy, "valueReference", fhir.Object1("reference", fhir.Text("DocumentReference/"+id)))
		}
	}
	return resource(d, n.AppendJSON(nil)), nil
}

// shows tells whether a reader may see what a reference points to. A relative
// reference to nothing goes the way of one to a hidden document; what is known
// nowhere here by a unique id, or is on another server, stays.
func (s *Service) shows(ctx context.Context, g *consent.Grant, rec *store.Record, t target) (bool, error) {
	d, _, err := s.st.Locate(ctx, t.id, t.uniqueID)
	if errors.Is(err, store.ErrNotFound) {
		return !t.here, nil
	}
	return err == nil && d.Record == rec.N && g.Filter().Allows(d.Facts), err
}

// target is one way in which a reference names a document.
type target struct {
	id, uniqueID string
	here         bool // relative to this server
}

// targets gives all the ways in which a Reference names a document: by logical
// id, also of its content, by unique id, or by both.
func targets(ref *fhir.Node) (all []target) {
	literal, _, _ := strings.Cut(ref.Get("reference").String(), "#")
	for _, kind := range []string{"DocumentReference", "Binary"} {
		if id := fhir.RefID(literal, kind); id != "" {
			all = append(all, target{id: id, here: fhir.IsHere(literal, "", kind)})
		}
	}
	if strings.HasPrefix(literal, "urn:") {
		all = append(all, target{uniqueID: literal})
	}
	if id := fhir.RefIdentifier(literal, "DocumentReference"); id.Value != "" {
		all = append(all, target{uniqueID: id.Value})
	}
	if value := ref.At("identifier", "value").String(); strings.HasPrefix(value, "urn:") {
		all = append(all, target{uniqueID: value})
	}
	return all
}

// prune takes out of a resource each reference that names something not shown,
// and with it what says nothing without it: a relation without its target, an
// extension without its value, a list without items.
func prune(n *fhir.Node, shown func(target) (bool, error)) (gone bool, err error) {
	if n.Kind == fhir.Object && n.Get("resourceType") == nil {
		for _, t := range targets(n) {
			if ok, err := shown(t); err != nil || !ok {
				return true, err
			}
		}
	}
	kept := 0
	for i := range n.Items {
		out, err := prune(&n.Items[i], shown)
		if err != nil {
			return false, err
		}
		if out {
			if n.Kind == fhir.Object && (n.Names[i] == "target" || strings.HasPrefix(n.Names[i], "value")) {
				return true, nil
			}
			continue
		}
		n.Items[kept] = n.Items[i]
		if n.Kind == fhir.Object {
			n.Names[kept] = n.Names[i]
		}
		kept++
	}
	gone = kept == 0 && len(n.Items) > 0
	n.Items = n.Items[:kept]
	if n.Kind == fhir.Object {
		n.Names = n.Names[:kept]
	}
	return gone, nil
}
