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

// sources tells which documents that items name their reader may read.
type sources struct {
	s    *Service
	g    *consent.Grant
	rec  *store.Record
	seen map[string]bool
	err  error
}

func newSources(s *Service, g *consent.Grant, rec *store.Record) *sources {
	return &sources{s: s, g: g, rec: rec, seen: map[string]bool{}}
}

// shows tells that a document is one of this record that may be read now.
func (x *sources) shows(ctx context.Context, id string) bool {
	if shown, ok := x.seen[id]; ok {
		return shown
	}
	d, _, err := x.s.st.Locate(ctx, id, "")
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		x.err = fault(err)
	}
	shown := err == nil && d.Record == x.rec.N && x.g.Filter().Allows(d.Facts)
	x.seen[id] = shown
	return shown
}

// servedItem gives the resource of an opened item as its reader may see it.
func (s *Service) servedItem(ctx context.Context, see *sources, i store.Item) ([]byte, error) {
	if bytes.Contains(i.Body, []byte(fhir.ExtItemAuthor)) && !bytes.Contains(i.Body, []byte("DocumentReference/")) {
		return i.Body, nil
	}
	n, err := fhir.Parse(i.Body)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(i.Body, []byte(fhir.ExtItemAuthor)) { // kept before authors were said in it
		author, err := s.itemAuthor(ctx, i, see.rec)
		if err != nil {
			return nil, err
		}
		stampAuthor(n, author, see.rec.Facts.PatientID)
	}
	pruneItem(n, func(ref string) bool {
		id, document := strings.CutPrefix(ref, "DocumentReference/")
		return document && !see.shows(ctx, id)
	})
	return n.AppendJSON(nil), see.err
}

// itemAuthor says who wrote an item, by the directory.
func (s *Service) itemAuthor(ctx context.Context, i store.Item, rec *store.Record) (fhir.Item, error) {
	id := i.Facts.AuthorID
	switch {
	case id == consent.CitizenID(rec.Facts.PatientID):
		return fhir.Item{ByHolder: true}, nil
	case isCitizen(id):
		name, err := s.actorName(ctx, id)
		return fhir.Item{ByHolder: true, Author: fhir.Party{Name: name}}, err
	}
	l, err := s.nameOf(ctx, id)
	return fhir.Item{Author: fhir.Party{ID: id, Name: l.Name, OrgID: l.OrgID, OrgName: l.OrgName}}, err
}

// pruneItem takes out what refers to something hidden, with whatever that leaves
// empty; it tells whether the node itself is to go.
func pruneItem(n *fhir.Node, hidden func(ref string) bool) (gone bool) {
	if n.Kind != fhir.Object && n.Kind != fhir.Array {
		return false
	}
	if n.Kind == fhir.Object && hidden(n.Get("reference").String()) {
		return true
	}
	kept := 0
	for i := range n.Items {
		if pruneItem(&n.Items[i], hidden) {
			continue
		}
		n.Items[kept] = n.Items[i]
		if n.Kind == fhir.Object {
			n.Names[kept] = n.Names[i]
		}
		kept++
	}
	lost := kept < len(n.Items)
	n.Items = n.Items[:kept]
	if n.Kind == fhir.Object {
		n.Names = n.Names[:kept]
	}
	// An extension without its value, an object or a list without anything.
	return lost && (kept == 0 || kept == 1 && n.Kind == fhir.Object && n.Names[0] == "url")
}
