package lifecycle

import (
	"crypto/sha1" //nolint:gosec // what FHIR R4 puts into Attachment.hash
	"encoding/base64"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// A former record is read leniently: what is wrong in a description and follows
// from elsewhere in the same document is put right, and told in report.csv. What
// does not follow from anything (of whom it is, by whom, of what type) is not
// guessed: such a document is refused.
const (
	remarkClass = "classe corrigée : elle n’était pas celle du type"
	remarkSize  = "taille recalculée : elle n’était pas celle du contenu"
	remarkHash  = "empreinte recalculée : elle n’était pas celle du contenu"
)

// mend puts right what can be in a document that stands alone, and says what.
func mend(n *fhir.Node) (remarks []string) {
	if mendClass(n) {
		remarks = append(remarks, remarkClass)
	}
	a := n.At("content", "attachment")
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(a.Get("data").String()), ""))
	if err != nil {
		return remarks // refused by whoever reads it
	}
	if size := a.Get("size"); size != nil && !equal(size, fhir.Whole(int64(len(data)))) {
		a.Set("size", fhir.Whole(int64(len(data))))
		remarks = append(remarks, remarkSize)
	}
	sum := sha1.Sum(data) //nolint:gosec // see above
	if hash := fhir.Text(base64.StdEncoding.EncodeToString(sum[:])); a.Get("hash") != nil && !equal(a.Get("hash"), hash) {
		a.Set("hash", hash)
		remarks = append(remarks, remarkHash)
	}
	return remarks
}

func equal(n *fhir.Node, want fhir.Node) bool {
	return string(n.AppendJSON(nil)) == string(want.AppendJSON(nil))
}

// mendClass gives a document the class of its type, where another is said.
func mendClass(n *fhir.Node) bool {
	class := terminology.ClassOf(n.At("type", "coding", "code").String())
	said, right := classes(n.Get("category"), class)
	if class == "" || !said || right {
		return false
	}
	coding := fhir.Object1("system", fhir.Text(fhir.SystemClass))
	coding.Set("code", fhir.Text(class))
	coding.Set("display", fhir.Text(terminology.ClassLabel(class)))
	concept := fhir.Object1("coding", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding}})
	n.Set("category", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{concept}})
	return true
}

// classes tells whether a category says any class, and whether a right one.
func classes(category *fhir.Node, want string) (said, right bool) {
	if category == nil {
		return false, false
	}
	for i := range category.Items {
		codings := category.Items[i].Get("coding")
		if codings == nil {
			continue
		}
		for k := range codings.Items {
			if c := &codings.Items[k]; c.Get("system").String() == fhir.SystemClass {
				said, right = true, right || c.Get("code").String() == want
			}
		}
	}
	return said, right
}
