package fhir

import (
	"strconv"
	"strings"
)

// rules checks what the table cannot say of a structure: FHIR's own
// invariants of the types in use.
func (c *checker) rules(n *Node, s *structure, path string) {
	switch s.name {
	case "Extension":
		c.extension(n, path)
	case "Period":
		c.period(n, path)
	case "Attachment":
		if n.Get("data") != nil && n.Get("contentType") == nil {
			c.fault(Required, path+".contentType", "Un contenu dit son type (att-1).")
		}
	case "Narrative":
		div := n.Get("div").String()
		if div != "" && !strings.HasPrefix(strings.TrimSpace(div), "<div") || hasActive(div) {
			c.fault(Invalid, path+".div", "Le texte est un <div> de XHTML sans script ni objet actif (txt-1).")
		}
	case "Bundle":
		c.bundle(n, path)
	}
}

// extension: a value or extensions of its own, exactly one of the two (ext-1).
func (c *checker) extension(n *Node, path string) {
	values := 0
	for _, key := range n.Names {
		if strings.HasPrefix(key, "value") || strings.HasPrefix(key, "_value") && n.Get(key[1:]) == nil {
			values++
		}
	}
	nested := n.Get("extension") != nil
	if values+toInt(nested) != 1 {
		c.fault(Malformed, path, "Une extension a une valeur, ou des extensions, et pas les deux (ext-1).")
	}
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// period: the end is not before the start (per-1).
func (c *checker) period(n *Node, path string) {
	start, end := ParseTime(n.Get("start").String()), ParseTime(n.Get("end").String())
	if len(n.Get("start").String()) == len(n.Get("end").String()) && !start.IsZero() && !end.IsZero() && end.Before(start) {
		c.fault(Invalid, path, "La fin précède le début (per-1).")
	}
}

// hasActive finds what XHTML of a narrative may not hold.
func hasActive(div string) bool {
	low := strings.ToLower(div)
	for _, bad := range []string{"<script", "<iframe", "<object", "<embed", "<form", "<base", "<link", "javascript:", " on"} {
		i := strings.Index(low, bad)
		if i < 0 {
			continue
		}
		if bad != " on" {
			return true
		}
		if isHandler(low) {
			return true
		}
	}
	return false
}

// isHandler finds an event attribute (onclick="…") inside a tag.
func isHandler(low string) bool {
	for tag := range strings.SplitSeq(low, "<") {
		tag, _, _ = strings.Cut(tag, ">")
		for _, attribute := range strings.Fields(tag) {
			if name, _, ok := strings.Cut(attribute, "="); ok && strings.HasPrefix(name, "on") {
				return true
			}
		}
	}
	return false
}

// bundle: the invariants that matter for what is received here.
func (c *checker) bundle(n *Node, path string) {
	kind := n.Get("type").String()
	entries := n.Get("entry")
	if entries == nil {
		return
	}
	for i := range entries.Items {
		asks := entries.Items[i].Get("request") != nil
		if (kind == BundleTransaction || kind == "batch") && !asks {
			c.fault(Required, path+".entry["+strconv.Itoa(i)+"].request", "Chaque entrée d'une transaction dit ce qu'elle demande (bdl-3).")
		}
	}
}

// reference checks how a reference points and at what.
func (c *checker) reference(n *Node, t *typeRef, path string) {
	literal := n.Get("reference")
	if literal == nil {
		if n.Get("identifier") == nil && n.Get("display") == nil && n.Get("extension") == nil {
			c.fault(Malformed, path, "Une référence dit vers quoi elle pointe.")
		}
		c.targetType(n.Get("type").String(), t, path+".type")
		return
	}
	ref := literal.String()
	at := path + ".reference"
	if id, local := strings.CutPrefix(ref, "#"); local {
		kind, ok := c.local[id]
		if !ok && id != "" {
			c.fault(Invalid, at, "Cette ressource contenue n'existe pas (ref-1).")
			return
		}
		c.targetType(kind, t, at)
		return
	}
	switch {
	case strings.HasPrefix(ref, "urn:uuid:"):
		if !isUUID(ref) {
			c.fault(Invalid, at, "Cet UUID n'a pas la bonne forme.")
		}
	case strings.HasPrefix(ref, "urn:"):
	case !isURI(ref):
		c.fault(Invalid, at, "Cette référence n'a pas la forme d'une adresse.")
	default:
		c.targetType(refType(ref), t, at)
		if !strings.Contains(ref, "://") && refType(ref) == "" {
			c.fault(Invalid, at, "Une référence relative s'écrit Type/id.")
		}
	}
}

// refType gives the type that an address names, "" when it names none.
func refType(ref string) string {
	ref, query, conditional := strings.Cut(ref, "?")
	ref, _, _ = strings.Cut(ref, "/_history/")
	parts := strings.Split(ref, "/")
	if conditional {
		if query == "" {
			return ""
		}
		return parts[len(parts)-1]
	}
	if len(parts) < 2 || !IsID(parts[len(parts)-1]) {
		return ""
	}
	if name := parts[len(parts)-2]; name != "" && name[0] >= 'A' && name[0] <= 'Z' {
		return name
	}
	return ""
}

func (c *checker) targetType(kind string, t *typeRef, path string) {
	if kind == "" || len(t.targets) == 0 {
		return
	}
	for _, want := range t.targets {
		if want == kind || want == "Resource" {
			return
		}
	}
	c.fault(Invalid, path, "Cette référence ne peut pas pointer vers ce type de ressource.")
}

// binding checks the codes of a Coding or CodeableConcept whose value set is
// required: one coding of it is enough.
func (c *checker) binding(n *Node, t *typeRef, path string) {
	if t.set == "" {
		return
	}
	set := c.table.sets[t.set]
	if t.name == "Coding" {
		if code := n.Get("code").String(); !set[code] {
			c.fault(BadCode, path+".code", "Ce code n'est pas dans le jeu de valeurs "+t.set+".")
		}
		return
	}
	codings := n.Get("coding")
	if codings == nil || codings.Kind != Array {
		c.fault(BadCode, path, "Un code du jeu de valeurs "+t.set+" est demandé.")
		return
	}
	for i := range codings.Items {
		if set[codings.Items[i].Get("code").String()] {
			return
		}
	}
	c.fault(BadCode, path+".coding", "Un code du jeu de valeurs "+t.set+" est demandé.")
}
