package httpapi

import (
	"bytes"
	"slices"
	"strconv"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// relative reads operations that speak of the document as it is: an index into
// securityLabel, a test, a removal. They are applied to the version that the
// caller sees, and the change is bound to that version.
func (c *call) relative(target *record.PatchTarget, ops []op) (record.Patch, error) {
	if target.ID == "" {
		return record.Patch{}, fhir.E(fhir.BadValue, "Un PATCH par identifiant remplace l'élément entier : /status, /securityLabel ou l'extension isArchived.")
	}
	r, err := c.Records.Document(c.r.Context(), c.p, c.session(), target.ID)
	if err != nil {
		return record.Patch{}, err
	}
	return relativeTo(r, target, ops)
}

// relativeTo is relative, to a version that is known.
func relativeTo(r record.Resource, target *record.PatchTarget, ops []op) (record.Patch, error) {
	if target.IfMatch != "" && target.IfMatch != r.Version {
		return record.Patch{}, fhir.E(fhir.VersionConflict, "Le document a changé entre-temps : rechargez-le, puis recommencez.")
	}
	target.IfMatch = r.Version
	n, err := fhir.Parse(r.JSON)
	if err != nil {
		return record.Patch{}, err
	}
	before := snapshot(n)
	for _, o := range ops {
		if err := apply(n, o); err != nil {
			return record.Patch{}, err
		}
	}
	return before.change(n, ops[0])
}

// state is what of a document may change, and its other extensions, which may
// not.
type state struct {
	status   string
	labels   []byte
	archived bool
	others   []byte
}

func snapshot(n *fhir.Node) state {
	s := state{status: n.Get("status").String()}
	if labels := n.Get("securityLabel"); labels != nil {
		s.labels = labels.AppendJSON(nil)
	}
	if list := n.Get("extension"); list != nil {
		for i := range list.Items {
			e := &list.Items[i]
			if e.Get("url").String() == fhir.ExtIsArchived {
				v := e.Get("valueBoolean")
				s.archived = v != nil && v.Text == "true"
				continue
			}
			s.others = e.AppendJSON(s.others)
		}
	}
	return s
}

// change compares a document with what it was.
func (s state) change(n *fhir.Node, first op) (record.Patch, error) {
	after := snapshot(n)
	if !bytes.Equal(s.others, after.others) {
		return record.Patch{}, first.refused()
	}
	var p record.Patch
	var err error
	if after.status != s.status {
		if p.Status, err = readStatus(n.Get("status")); err != nil {
			return p, err
		}
	}
	if !bytes.Equal(after.labels, s.labels) {
		if p.Labels, err = readLabels(n.Get("securityLabel")); err != nil {
			return p, err
		}
	}
	if after.archived != s.archived {
		p.Archived = &after.archived
	}
	return p, nil
}

// apply applies one operation (RFC 6902) to a document.
func apply(n *fhir.Node, o op) error {
	missing := fhir.E(fhir.Invalid, "Une opération du JSON Patch vise un élément qui n'existe pas.")
	holder, name := n, o.path[0]
	for _, next := range o.path[1:] {
		child := step(holder, name)
		if child == nil {
			return missing
		}
		holder, name = child, next
	}
	if holder.Kind == fhir.Array {
		return applyToList(holder, name, o, missing)
	}
	old := holder.Get(name)
	switch {
	case holder.Kind != fhir.Object || old == nil && o.verb != "add":
		return missing
	case o.verb == "remove":
		holder.Remove(name)
	case o.verb == "test":
		return tested(old, o)
	default:
		holder.Set(name, *o.value)
	}
	return nil
}

func step(n *fhir.Node, name string) *fhir.Node {
	if n.Kind == fhir.Object {
		return n.Get(name)
	}
	if i, ok := index(n, name, len(n.Items)-1); ok {
		return &n.Items[i]
	}
	return nil
}

// index reads a place in a list, at most last.
func index(n *fhir.Node, name string, last int) (int, bool) {
	i, err := strconv.Atoi(name)
	return i, err == nil && n.Kind == fhir.Array && i >= 0 && i <= last && strconv.Itoa(i) == name
}

func applyToList(list *fhir.Node, name string, o op, missing error) error {
	if o.verb == "add" {
		i, ok := len(list.Items), name == "-"
		if !ok {
			i, ok = index(list, name, len(list.Items))
		}
		if !ok {
			return missing
		}
		list.Items = slices.Insert(list.Items, i, *o.value)
		return nil
	}
	i, ok := index(list, name, len(list.Items)-1)
	switch {
	case !ok:
		return missing
	case o.verb == "remove":
		list.Items = slices.Delete(list.Items, i, i+1)
	case o.verb == "test":
		return tested(&list.Items[i], o)
	default:
		list.Items[i] = *o.value
	}
	return nil
}

// tested fails as RFC 6902 asks: the whole patch has no effect.
func tested(n *fhir.Node, o op) error {
	if bytes.Equal(n.AppendJSON(nil), o.value.AppendJSON(nil)) {
		return nil
	}
	return fhir.E(fhir.VersionConflict, "Le document n'est plus celui que ce PATCH attend : rechargez-le, puis recommencez.")
}
