package fhir

import (
	"strconv"
	"strings"
)

// maxIssues is where a check stops counting.
const maxIssues = 50

// Check compares a resource with FHIR R4: known elements, how many, of which
// type and form, required bindings, primitive extensions, references,
// contained resources. It gives every finding, up to fifty, in the order of
// the resource; none for a valid one.
func Check(n *Node) []Issue {
	c := &checker{table: elementTable()}
	c.resource(n, "", nil)
	return c.issues
}

// CheckAs also wants the resource to be of the kind.
func CheckAs(n *Node, kind string) []Issue {
	if got := n.Get("resourceType").String(); got != kind {
		return []Issue{{Code: Malformed, Expression: "resourceType", Message: "Une ressource " + kind + " était attendue."}}
	}
	return Check(n)
}

// Refuse makes one error of findings, nil of none. The first finding gives the
// code.
func Refuse(issues []Issue) error {
	if len(issues) == 0 {
		return nil
	}
	return &Error{Code: issues[0].Code, Message: "La ressource est refusée : corrigez les éléments indiqués.", Issues: issues}
}

type checker struct {
	table  *table
	issues []Issue
	local  map[string]string // contained resources of the resource at hand: id → type
}

func (c *checker) fault(code Code, path, message string) {
	if len(c.issues) < maxIssues {
		c.issues = append(c.issues, Issue{Code: code, Expression: path, Message: message})
	}
}

// resource checks a resource; outer is set for a contained one.
func (c *checker) resource(n *Node, path string, outer *Node) {
	kind := n.Get("resourceType").String()
	if path == "" {
		path = kind
	}
	s := c.table.types[kind]
	switch {
	case n.Kind != Object || kind == "":
		c.fault(Malformed, orRoot(path), "Une ressource FHIR était attendue : un objet avec resourceType.")
		return
	case s == nil || !s.resource:
		c.fault(Malformed, orRoot(path), "Ce type de ressource n'est pas reçu ici.")
		return
	}
	if outer == nil {
		saved := c.local
		c.local = localIDs(n)
		defer func() { c.local = saved }()
	} else {
		if n.Get("id").String() == "" {
			c.fault(Required, path+".id", "Une ressource contenue a un id.")
		}
		if n.Get("contained") != nil {
			c.fault(Malformed, path+".contained", "Une ressource contenue n'en contient pas d'autre.")
		}
	}
	c.structure(n, s, path, n)
}

func orRoot(path string) string {
	if path == "" {
		return "resourceType"
	}
	return path
}

func localIDs(n *Node) map[string]string {
	ids := map[string]string{}
	if list := n.Get("contained"); list != nil {
		for i := range list.Items {
			if id := list.Items[i].Get("id").String(); id != "" {
				ids[id] = list.Items[i].Get("resourceType").String()
			}
		}
	}
	return ids
}

// structure checks an object against its definition; holder is the resource
// that it is part of.
func (c *checker) structure(n *Node, s *structure, path string, holder *Node) {
	if n.Kind != Object {
		c.fault(Malformed, path, "Un objet était attendu.")
		return
	}
	if len(n.Items) == 0 {
		c.fault(Malformed, path, "Un objet vide n'est pas permis.")
	}
	given := make(map[*elementDef]string, len(n.Names))
	for i, key := range n.Names {
		if key == "resourceType" && s.resource {
			continue
		}
		name, beside := strings.CutPrefix(key, "_")
		k, ok := s.byKey[name]
		if !ok || beside && !isPrimitive(k.typ.name) {
			c.unknown(s, path, key)
			continue
		}
		here := path + "." + k.element.name
		if before, twice := given[k.element]; twice && before != name {
			c.fault(Malformed, here, "Un seul type de valeur est permis.")
			continue
		}
		given[k.element] = name
		if beside {
			c.extensions(&n.Items[i], n.Get(name), k, here)
			continue
		}
		c.element(&n.Items[i], n.Get("_"+name), k, here, holder)
	}
	for i := range s.elements {
		e := &s.elements[i]
		if _, ok := given[e]; !ok && e.min > 0 {
			c.fault(Required, path+"."+e.name, "Cet élément est obligatoire.")
		}
	}
	c.rules(n, s, path)
}

// unknown names an element that FHIR does not have here, and the one that was
// probably meant.
func (c *checker) unknown(s *structure, path, key string) {
	if !isCode(key) || len(key) > 64 || strings.ContainsAny(key, " |'\"") {
		key = "?"
	}
	for known := range s.byKey {
		if strings.EqualFold(known, key) {
			c.fault(Malformed, path+"."+key, "Élément inconnu : écrivez « "+known+" ».")
			return
		}
	}
	c.fault(Malformed, path+"."+key, "Cet élément n'existe pas ici.")
}

func isPrimitive(name string) bool {
	_, ok := primitives[name]
	return ok
}

// element checks a value, or each of several. beside holds the extensions of
// primitive values.
func (c *checker) element(n, beside *Node, k keyed, path string, holder *Node) {
	if !k.element.many {
		if n.Kind == Array {
			c.fault(Malformed, path, "Une seule valeur est permise, pas une liste.")
			return
		}
		c.value(n, k.typ, path, holder)
		return
	}
	if n.Kind != Array {
		c.fault(Malformed, path, "Une liste était attendue.")
		return
	}
	if len(n.Items) == 0 {
		c.fault(Malformed, path, "Une liste vide n'est pas permise.")
	}
	for i := range n.Items {
		at := path + "[" + strconv.Itoa(i) + "]"
		if n.Items[i].Kind == Null && beside != nil && beside.Kind == Array && i < len(beside.Items) && beside.Items[i].Kind == Object {
			continue
		}
		c.value(&n.Items[i], k.typ, at, holder)
	}
}

// extensions checks _x, which carries the id and extensions of a primitive x.
func (c *checker) extensions(n, value *Node, k keyed, path string) {
	element := c.table.types["Extension"]
	one := func(n *Node, at string) {
		if n.Kind != Object || len(n.Items) == 0 {
			c.fault(Malformed, at, "L'extension d'une valeur simple est un objet.")
			return
		}
		for i, key := range n.Names {
			switch key {
			case "id", "extension":
				c.element(&n.Items[i], nil, element.byKey[key], at+"."+key, nil)
			default:
				c.fault(Malformed, at+"."+key, "Seuls id et extension sont permis ici.")
			}
		}
	}
	if !k.element.many {
		one(n, path)
		return
	}
	if n.Kind != Array || value != nil && value.Kind == Array && len(value.Items) != len(n.Items) {
		c.fault(Malformed, path, "La liste des extensions suit celle des valeurs.")
		return
	}
	for i := range n.Items {
		if at := path + "[" + strconv.Itoa(i) + "]"; n.Items[i].Kind != Null {
			one(&n.Items[i], at)
		}
	}
}

// value checks one value against its type.
func (c *checker) value(n *Node, t *typeRef, path string, holder *Node) {
	if p, ok := primitives[t.name]; ok {
		c.primitive(n, p, t, path)
		return
	}
	if t.name == "Resource" {
		if strings.Contains(path, ".contained[") {
			c.resource(n, path, holder)
		} else {
			c.resource(n, path, nil)
		}
		return
	}
	s := c.table.types[t.name]
	if s == nil {
		c.fault(Malformed, path, "Ce type de valeur n'est pas reçu ici.")
		return
	}
	c.structure(n, s, path, holder)
	switch t.name {
	case "Reference":
		c.reference(n, t, path)
	case "CodeableConcept", "Coding":
		c.binding(n, t, path)
	}
}

func (c *checker) primitive(n *Node, p primitive, t *typeRef, path string) {
	switch {
	case n.Kind != p.kind:
		c.fault(Malformed, path, "Une valeur de type "+t.name+" était attendue.")
	case !p.form(n.Text):
		c.fault(Invalid, path, "Cette valeur n'a pas la forme d'un "+t.name+".")
	case t.set != "" && !c.table.sets[t.set][n.Text]:
		c.fault(BadCode, path, "Ce code n'est pas dans le jeu de valeurs "+t.set+".")
	}
}
