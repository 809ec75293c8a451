package fhir

import (
	"strconv"
	"strings"
)

// Transaction is what a Bundle of ITI-65 asks: to file documents as one
// submission set, whole or not at all (IHE MHD 4.2.4, 2:3.65.4.1.2; PDSm
// 3.1.1).
type Transaction struct {
	Set       *Node // the List
	SetEntry  int
	Documents []LotDocument
	Patches   []LotPatch
	Binaries  []LotBinary
	Entries   int // of the Bundle
	Parts     int // contents that SplitLot took out
}

// LotDocument is a DocumentReference of a transaction.
type LotDocument struct {
	Entry   int    // index in the Bundle
	FullURL string // by which the List names it
	Node    *Node
	Binary  int // index in Transaction.Binaries
}

// LotBinary is a content of a transaction.
type LotBinary struct {
	Entry       int
	FullURL     string
	ContentType string
	Part        int // index in LotSplit.Parts
}

// LotPatch marks a replaced document as superseded, which relatesTo replaces
// says already.
type LotPatch struct {
	Entry  int
	Target string // request.url
	Part   int    // of the JSON Patch; -1 when it has none
}

// EntryPath is the FHIRPath of an entry's resource.
func EntryPath(entry int) string { return "Bundle.entry[" + strconv.Itoa(entry) + "].resource" }

// InEntry names the elements of findings about a resource as those of the
// resource of an entry: "DocumentReference.type" becomes
// "Bundle.entry[2].resource.type".
func InEntry(issues []Issue, entry int) []Issue {
	out := make([]Issue, len(issues))
	for i, one := range issues {
		_, element, nested := strings.Cut(one.Expression, ".")
		one.Expression = EntryPath(entry)
		if nested {
			one.Expression += "." + element
		}
		out[i] = one
	}
	return out
}

// ReadTransaction takes a Bundle of ITI-65 apart, its contents taken out by
// SplitLot. It gives every finding about the Bundle and how its entries hang
// together; what the documents say is not looked at.
func ReadTransaction(n *Node) (Transaction, []Issue) {
	t := reading{}
	if issues := CheckAs(n, "Bundle"); len(issues) > 0 {
		return t.Transaction, issues
	}
	t.issues = append(t.issues, Modifiers(n)...)
	if n.Get("type").String() != BundleTransaction {
		t.fault(Invalid, "Bundle.type", "Un lot de soumission est un Bundle de type « transaction ».")
	}
	if entries := n.Get("entry"); entries != nil {
		t.Entries = len(entries.Items)
		for i := range entries.Items {
			t.entry(i, &entries.Items[i])
		}
	}
	switch {
	case t.Set == nil:
		t.fault(Required, "Bundle.entry", "Le lot de soumission (List) manque.")
	case len(t.Documents) == 0:
		t.fault(Required, "Bundle.entry", "Le lot ne contient aucun document.")
	case len(t.Documents) > MaxLot:
		t.fault(Invalid, "Bundle.entry", "Un lot contient 50 documents au plus : envoyez le reste dans un autre lot.")
	default:
		t.link()
		t.listed()
	}
	return t.Transaction, t.issues
}

// reading is a Transaction while it is read.
type reading struct {
	Transaction
	issues []Issue
}

func (t *reading) fault(code Code, at, message string) {
	if len(t.issues) < maxIssues {
		t.issues = append(t.issues, Issue{code, at, message})
	}
}

// entry sorts one entry by what it asks.
func (t *reading) entry(i int, e *Node) {
	at := "Bundle.entry[" + strconv.Itoa(i) + "]"
	resource := e.Get("resource")
	part := -1
	if resource.Get("data") != nil {
		part = t.Parts
		t.Parts++
	}
	method, target := e.At("request", "method").String(), e.At("request", "url").String()
	kind := resource.Get("resourceType").String()
	url := e.Get("fullUrl").String()
	switch {
	case method == "PATCH" && strings.HasPrefix(target, "DocumentReference"):
		t.Patches = append(t.Patches, LotPatch{i, target, part})
	case method != "POST":
		t.fault(Invalid, at+".request.method", "Un lot se dépose avec POST, et PATCH pour un document remplacé.")
	case kind == "" || target != kind:
		t.fault(Invalid, at+".request.url", "L'adresse demandée est le type de la ressource de l'entrée.")
	case url == "" && kind != "List":
		t.fault(Required, at+".fullUrl", "Chaque document et chaque contenu du lot a une fullUrl (urn:uuid:…).")
	case kind == "List" && t.Set != nil:
		t.fault(Invalid, at, "Un lot n'a qu'une seule List.")
	case kind == "List":
		t.Set, t.SetEntry = resource, i
	case kind == "DocumentReference":
		t.Documents = append(t.Documents, LotDocument{Entry: i, FullURL: url, Node: resource, Binary: -1})
	case kind == "Binary" && part < 0:
		t.fault(Required, at+".resource.data", "Le contenu du document est obligatoire.")
	case kind == "Binary":
		t.Binaries = append(t.Binaries, LotBinary{i, url, resource.Get("contentType").String(), part})
	default:
		t.fault(Invalid, at+".resource", "Un lot contient une List, des DocumentReference et des Binary, rien d'autre.")
	}
}

// link finds the content of each document.
func (t *reading) link() {
	byURL := map[string]int{}
	for i, b := range t.Binaries {
		if _, twice := byURL[b.FullURL]; twice {
			t.fault(Invalid, "Bundle.entry["+strconv.Itoa(b.Entry)+"].fullUrl", "Cette fullUrl est donnée deux fois.")
		}
		byURL[b.FullURL] = i
	}
	used := make([]bool, len(t.Binaries))
	for i := range t.Documents {
		d := &t.Documents[i]
		attachment := d.Node.At("content", "attachment")
		at := EntryPath(d.Entry) + ".content[0].attachment"
		if attachment.Get("data") != nil {
			t.fault(Invalid, at+".data", "Dans un lot, le contenu est dans une entrée Binary que attachment.url désigne.")
			continue
		}
		b, ok := byURL[attachment.Get("url").String()]
		switch {
		case !ok:
			t.fault(Invalid, at+".url", "Aucun Binary du lot n'a cette fullUrl.")
			continue
		case used[b]:
			t.fault(Invalid, at+".url", "Ce contenu est déjà celui d'un autre document du lot.")
			continue
		case t.Binaries[b].ContentType != attachment.Get("contentType").String():
			t.fault(Invalid, EntryPath(t.Binaries[b].Entry)+".contentType", "Le type du contenu n'est pas celui que le document annonce.")
		}
		d.Binary, used[b] = b, true
	}
	for i, b := range t.Binaries {
		if !used[i] {
			t.fault(Invalid, EntryPath(b.Entry), "Ce contenu n'est celui d'aucun document du lot.")
		}
	}
}

// listed compares the List with the documents, and checks what ITI-65 asks of
// it.
func (t *reading) listed() {
	at := EntryPath(t.SetEntry)
	if t.Set.At("code", "coding", "code").String() != CodeSubmissionSet {
		t.fault(Invalid, at+".code", "Le code de la List est « submissionset ».")
	}
	if t.Set.Get("status").String() != "current" {
		t.fault(Invalid, at+".status", "Un lot est déposé avec le statut « current ».")
	}
	if t.Set.Get("subject") == nil {
		t.fault(Required, at+".subject", "Cet élément est obligatoire (PDSm).")
	}
	missing := map[string]int{}
	for _, d := range t.Documents {
		if _, twice := missing[d.FullURL]; twice {
			t.fault(Invalid, "Bundle.entry["+strconv.Itoa(d.Entry)+"].fullUrl", "Cette fullUrl est donnée deux fois.")
		}
		missing[d.FullURL] = d.Entry
	}
	if entries := t.Set.Get("entry"); entries != nil {
		for i := range entries.Items {
			ref := entries.Items[i].At("item", "reference").String()
			if _, ok := missing[ref]; !ok {
				t.fault(Invalid, at+".entry["+strconv.Itoa(i)+"].item", "La List désigne chaque document du lot, une fois, et rien d'autre.")
			}
			delete(missing, ref)
		}
	}
	for _, d := range t.Documents {
		if _, left := missing[d.FullURL]; left {
			t.fault(Invalid, "Bundle.entry["+strconv.Itoa(d.Entry)+"]", "La List ne désigne pas ce document.")
		}
	}
}
