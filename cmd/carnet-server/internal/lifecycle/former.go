package lifecycle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Former carries over what persons had in their former DMP, when they activate
// their record. Dir holds one folder a person, named by the SHA-256 of the INS
// (64 hexadecimal digits, so that no folder names anybody), with
//
//   - bundles of ITI-65 (*.json): transactions of DocumentReference and Binary;
//   - or files beside documents.csv (see csv.go), or both.
//
// Each document goes through the same reader and gate as one that is filed
// today, after lenient reading (lenient.go). One that is refused is told in report.csv of the folder, and stops no
// other. Carried over again, nothing is filed twice.
type Former struct {
	Dir     string
	Records interface {
		ImportFormer(ctx context.Context, by record.Staff, patient string, u record.Upload) (string, bool, error)
	}
}

// Item is what became of one document.
type Item struct {
	Name   string // of the file, with the place in a bundle
	Result string // Filed, Already or Refused
	Why    string // in words, when refused; what was put right, when filed
}

// Results of an Item.
const (
	Filed   = "filed"
	Already = "already"
	Refused = "refused"
)

// reportFile tells what became of a folder.
const reportFile = "report.csv"

// largestBundle bounds a file of JSON: a lot of documents of 25 MiB.
const largestBundle = 256 << 20

// FolderOf is the name of a person's folder.
func FolderOf(ins string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(ins), "")))
	return hex.EncodeToString(sum[:])
}

// CarryOver files what is in a person's folder; without a folder there is
// nothing to do. The error is of reading the folder or of the store, and then it
// is to be done again; what is wrong with a document is in the items.
func (f Former) CarryOver(ctx context.Context, l record.Life) ([]Item, error) {
	folder := filepath.Join(f.Dir, FolderOf(l.INS))
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, hideNames(err)
	}
	var items []Item
	for _, file := range files {
		name := file.Name()
		var found []document
		switch {
		case !file.Type().IsRegular():
			continue
		case strings.EqualFold(filepath.Ext(name), ".json"):
			found, err = readBundle(folder, name)
		case strings.EqualFold(name, csvFile):
			found, err = readCSV(folder, name, l)
		default:
			continue
		}
		if err != nil {
			items = append(items, refusal(name, err))
			continue
		}
		for _, d := range found {
			item, err := f.file(ctx, l, d)
			if err != nil {
				return items, err
			}
			items = append(items, item)
		}
	}
	return items, writeReport(filepath.Join(folder, reportFile), items)
}

// document is one document of a former record, as ITI-105 would bring it.
type document struct {
	name    string
	body    []byte
	remarks []string // what was put right
	err     error    // why there is no body
}

// file files one document. The error is of the store: it is no fault of the
// document's.
func (f Former) file(ctx context.Context, l record.Life, d document) (Item, error) {
	if d.err != nil {
		return refusal(d.name, d.err), nil
	}
	split, err := fhir.SplitData(bytes.NewReader(d.body), fhir.DefaultSplitLimits())
	if err != nil {
		return refusal(d.name, err), nil
	}
	defer func() { _ = split.Close() }() // it was only read
	_, created, err := f.Records.ImportFormer(ctx, system.Staff, l.Patient, record.Upload{
		Body: split.Body, Data: split.Data, File: split.File, Size: split.Size, SHA1: split.SHA1, SHA256: split.SHA256,
	})
	switch {
	case fhir.CodeOf(err) == fhir.Unavailable || ctx.Err() != nil:
		return Item{}, err
	case fhir.CodeOf(err) == fhir.Duplicate:
		return Item{Name: d.name, Result: Already}, nil
	case err != nil:
		return refusal(d.name, err), nil
	case !created:
		return Item{Name: d.name, Result: Already}, nil
	}
	return Item{Name: d.name, Result: Filed, Why: strings.Join(d.remarks, " ; ")}, nil
}

func refusal(name string, err error) Item {
	why := "fichier illisible"
	var known *fhir.Error
	if errors.As(err, &known) && known.Message != "" {
		why = known.Message
	}
	return Item{Name: name, Result: Refused, Why: why}
}

// readBundle takes the documents out of an ITI-65 transaction. A document whose
// Binary is missing is one that is refused.
func readBundle(folder, name string) ([]document, error) {
	path := filepath.Join(folder, name)
	if info, err := os.Stat(path); err != nil || info.Size() > largestBundle {
		return nil, errors.Join(err, fhir.E(fhir.TooLarge, "Le fichier est trop volumineux."))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := fhir.Parse(data); err != nil { // strictly: no key twice
		return nil, err
	}
	bundle, err := fhir.ParseBundle(data)
	if err != nil {
		return nil, err
	}
	contents := map[string]string{}
	for _, e := range bundle.Entries {
		if n, err := fhir.Parse(e.Resource); err == nil && n.Get("resourceType").String() == "Binary" {
			contents[e.FullURL] = n.Get("data").String()
		}
	}
	var out []document
	for i, e := range bundle.Entries {
		n, err := fhir.Parse(e.Resource)
		if err != nil || n.Get("resourceType").String() != "DocumentReference" {
			continue
		}
		d := document{name: fmt.Sprintf("%s#%d", name, i+1)}
		if d.err = alone(n, contents); d.err == nil {
			d.remarks = mend(n)
			d.body = n.AppendJSON(nil)
		}
		out = append(out, d)
	}
	return out, nil
}

// alone makes a document of a bundle one that stands alone: with its bytes
// inside, and its subject by identifier.
func alone(n *fhir.Node, contents map[string]string) error {
	a := n.At("content", "attachment")
	if a == nil {
		return fhir.E(fhir.Required, "Le document n’a pas de contenu.")
	}
	if a.Get("data") == nil {
		data, ok := contents[a.Get("url").String()]
		if !ok {
			return fhir.E(fhir.Required, "Le contenu du document n’est pas dans le lot.")
		}
		a.Remove("url")
		a.Set("data", fhir.Text(data))
	}
	n.Remove("id")
	n.Remove("meta")
	ref := n.At("subject", "reference").String()
	if _, query, ok := strings.Cut(ref, "?identifier="); ok {
		system, value, _ := strings.Cut(query, "|")
		id := fhir.Object1("system", fhir.Text(system))
		id.Set("value", fhir.Text(value))
		n.Set("subject", fhir.Object1("identifier", id))
	}
	return nil
}

// writeReport tells what became of each document, for who brought the folder.
func writeReport(path string, items []Item) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"document", "result", "why"}}
	for _, i := range items {
		rows = append(rows, []string{i.Name, i.Result, i.Why})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err == nil && slices.Equal(old, b.Bytes()) {
		return nil
	}
	return hideNames(os.WriteFile(path, b.Bytes(), 0o600))
}
