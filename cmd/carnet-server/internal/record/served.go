package record

import (
	"encoding/base64"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// The served form of a document is what was received, element for element,
// with what the server sets on it: id, meta, the address, size and hash of the
// content, and, after a PATCH, status, labels and isArchived. It is made once,
// when the document is written, on the JSON itself: no model in between could
// lose an element, a primitive's extension or a decimal's digits.

// servedNode makes the served form of a received DocumentReference.
func servedNode(n *fhir.Node, d *store.Doc, sha1 []byte) ([]byte, error) {
	stamp(n, d)
	content := n.Get("content")
	if content == nil || content.Kind != fhir.Array || len(content.Items) == 0 {
		return nil, fhir.E(fhir.Required, "Le contenu du document manque.")
	}
	a := content.Items[0].Get("attachment")
	if a == nil || a.Kind != fhir.Object {
		return nil, fhir.E(fhir.Required, "Le contenu du document manque.")
	}
	a.Remove("data")
	a.Set("url", fhir.Text("Binary/"+d.ID))
	a.Set("size", fhir.Whole(d.Size))
	a.Set("hash", fhir.Text(base64.StdEncoding.EncodeToString(sha1)))
	return markLinks(n), nil
}

// stamp sets what changes with every version.
func stamp(n *fhir.Node, d *store.Doc) {
	n.Set("id", fhir.Text(d.ID))
	meta := n.Get("meta")
	if meta == nil || meta.Kind != fhir.Object {
		n.Set("meta", fhir.Node{Kind: fhir.Object})
		meta = n.Get("meta")
	}
	meta.Set("versionId", fhir.Text(strconv.FormatInt(d.Version, 10)))
	meta.Set("lastUpdated", fhir.Text(fhir.Instant(d.Updated)))
	n.Set("status", fhir.Text(d.Facts.Status))
}

// addExtension sets one extension of a resource, replacing one with its
// address.
func addExtension(n *fhir.Node, url, valueName string, value fhir.Node) {
	removeExtension(n, url)
	if n.Get("extension") == nil {
		n.Set("extension", fhir.Node{Kind: fhir.Array})
	}
	e := fhir.Object1("url", fhir.Text(url))
	e.Set(valueName, value)
	list := n.Get("extension")
	list.Items = append(list.Items, e)
}

// removeExtension takes an extension out, and the list once it is empty.
func removeExtension(n *fhir.Node, url string) {
	list := n.Get("extension")
	if list == nil || list.Kind != fhir.Array {
		return
	}
	kept := list.Items[:0]
	for _, e := range list.Items {
		if e.Get("url").String() != url {
			kept = append(kept, e)
		}
	}
	if list.Items = kept; len(kept) == 0 {
		n.Remove("extension")
	}
}

// describe takes from a document's view what the store filters and sorts by.
func describe(v fhir.DocumentReference, d *store.Doc) {
	d.UniqueID = v.UniqueID
	d.Facts.Type, d.Facts.AuthorID, d.Facts.Status = v.Type.Code, v.Author.ID, v.Status
	d.Facts.Masked, d.Facts.HiddenPatient, d.Facts.HiddenReps, d.Facts.Archived = v.Masked, v.HiddenPatient, v.HiddenReps, v.Archived
	d.Class, d.Conf, d.Facility, d.Setting, d.Format = v.Category.Code, v.Confidential, v.Facility.Code, v.Practice.Code, v.Format.Code
	for _, e := range v.Event {
		d.Events = append(d.Events, e.Code)
	}
	d.GivenName, d.Family = authorNames(v.Author.Name)
	d.ContentType = v.Attachment.ContentType
	d.Date, d.Creation = fhir.ParseTime(v.Date), fhir.ParseTime(v.Attachment.Creation)
	d.PeriodStart, d.PeriodEnd = fhir.ParseTime(v.PeriodStart), fhir.ParseTime(v.PeriodEnd)
	d.PeriodStart = firstTime(d.PeriodStart, d.Creation, d.Date, d.Filed)
	d.PeriodEnd = firstTime(d.PeriodEnd, d.PeriodStart)
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
