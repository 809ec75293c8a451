package batch

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// How a document is found that another one corrects and that is not of this batch:
// what was filed leaves a note in the notebook, under a name that is derived from
// the sender, the patient and the file's name; a file that still lies beside is
// summed up, which gives its document's unique id.

// filedNotes begins the names of these notes, of whatever batch.
const filedNotes = "filed/"

// filedDomain keeps their names apart from all else that is derived.
const filedDomain = "carnet/batch/filed/1"

// filedFor is how long a file's name is remembered.
const filedFor = 60 * 24 * time.Hour

// filedAs is what a file was filed as.
type filedAs struct {
	Unique  string    // unique id of the document
	Several bool      `json:",omitempty"` // files of this name were different documents: none of them is meant
	At      time.Time // of the last
}

// filedName gives the name of a note.
func (e *Engine) filedName(ins fhir.Identifier, file string) string {
	return filedNotes + derive(filedDomain, e.c.Sender, ins, sha256.Sum256([]byte(file)))
}

// namesFile tells whether what a manifest gives as the document to correct is a
// file: ids of documents have no such endings.
func namesFile(replaces string) bool {
	if strings.HasPrefix(replaces, "urn:") {
		return false
	}
	endings := []string{".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff"}
	return strings.ContainsAny(replaces, `/\ `) || slices.Contains(endings, strings.ToLower(filepath.Ext(replaces))) || !fhir.IsID(replaces)
}

// baseName is a file's name without its folders, of either kind of system.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// filing is what is to be remembered of an entry.
type filing struct{ name, unique string }

// filingOf gives it; false when the record does not have the entry's document.
// The caller holds mu.
func (e *Engine) filingOf(x *entry) (filing, bool) {
	unique, ok := e.unique(x)
	if !ok || x.row.State != Sent && x.row.State != Already {
		return filing{}, false
	}
	return filing{e.filedName(x.row.Patient.INS, baseName(string(x.Path))), unique}, true
}

// remember gives the notes of what was filed.
func (e *Engine) remember(ctx context.Context, all []filing) (pages []client.Note) {
	now := map[string]string{}
	for _, f := range all {
		was, known := e.remembered(ctx, f.name)
		if unique, again := now[f.name]; again {
			was, known = filedAs{Unique: unique}, true
		}
		now[f.name] = f.unique
		if known && was.Unique == f.unique {
			continue
		}
		value, err := json.Marshal(filedAs{Unique: f.unique, Several: known, At: e.c.Now()})
		if err == nil { // plain data always encodes
			pages = append(pages, client.Note{Name: f.name, Value: value})
		}
	}
	return pages
}

// remembered reads a note; what is too old is none.
func (e *Engine) remembered(ctx context.Context, name string) (f filedAs, ok bool) {
	value, err := e.c.Notes.Get(ctx, name)
	if err != nil || json.Unmarshal(value, &f) != nil || e.c.Now().Sub(f.At) > filedFor {
		return filedAs{}, false
	}
	return f, true
}

// forgetFiled has the notes forgotten that are too old.
func (e *Engine) forgetFiled(ctx context.Context) error {
	notes, err := e.c.Notes.List(ctx, filedNotes)
	if err != nil {
		return err
	}
	for _, n := range notes {
		var f filedAs
		if json.Unmarshal(n.Value, &f) != nil || e.c.Now().Sub(f.At) > filedFor {
			e.forgotten = append(e.forgotten, n.Name)
		}
	}
	return nil
}

// formerly gives the unique id of the document that a file was filed as, for a
// patient; "" when that cannot be told.
func (e *Engine) formerly(ctx context.Context, ins fhir.Identifier, root, file string) string {
	if f, ok := e.remembered(ctx, e.filedName(ins, baseName(file))); ok && !f.Several {
		return f.Unique
	}
	inside := insideOf(root, file)
	if root == "" || !filepath.IsLocal(inside) {
		return ""
	}
	f, info, err := source{root: root, inside: inside}.open()
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, io.LimitReader(f, client.MaxDocument+1)); err != nil || n != info.Size() {
		return ""
	}
	return documentID(e.c.Sender, ins, digest(sum.Sum(nil)))
}
