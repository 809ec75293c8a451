package lifecycle

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"carnet/cmd/carnet-server/internal/record"
)

// lot is an ITI-65 transaction with one document; edit changes its text.
func lot(ins, unique, text string, edit func(string) string) string {
	doc := fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:1","resource":{"resourceType":"List","status":"current","mode":"working"},"request":{"method":"POST","url":"List"}},
{"fullUrl":"urn:uuid:2","resource":{"resourceType":"DocumentReference","id":"x","contained":[{"resourceType":"Practitioner","id":"author",
"identifier":[{"system":"urn:oid:1.2.250.1.71.4.2.1","value":"899700218896"}]}],
"masterIdentifier":{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.3.%s"},"status":"current",
"type":{"coding":[{"system":"http://loinc.org","code":"11488-4"}]},
"subject":{"reference":"Patient?identifier=urn:oid:1.2.250.1.213.1.4.10|%s"},"date":"2020-06-12T10:00:00+02:00",
"author":[{"reference":"#author"}],
"content":[{"attachment":{"contentType":"text/plain","language":"fr-FR","url":"urn:uuid:3","title":"Consultation"}}],
"context":{"period":{"start":"2020-06-12T10:00:00+02:00"}}},"request":{"method":"POST","url":"DocumentReference"}},
{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Binary","contentType":"text/plain","data":%q},"request":{"method":"POST","url":"Binary"}}]}`,
		unique, ins, base64.StdEncoding.EncodeToString([]byte(text)))
	return edit(doc)
}

// What a person had in their former DMP is in their record soon after they
// activated it: lots, and files with a table; what is wrong is told and stops
// nothing; done twice, nothing is there twice.
func TestCarryingOver(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	former := t.TempDir()
	w.Former = &Former{Dir: former, Records: w.service}
	folder := filepath.Join(former, FolderOf(zoe().INS.Value))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	mine := zoe().INS.Value
	keep := func(s string) string { return s }
	table := "file;type;title;date;author;name;ins;structure;structure_id\r\n" +
		"été.txt;11488-4;\"Synthèse ; d’été\";2019-07-01;899700218896;Dr Zoë D;" + mine + ";Clinique d’été;1750000001\r\n" +
		"été.txt;0000-0;Type inconnu;2019-07-01;899700218896;Dr Zoë D;" + mine + "\r\n" +
		"absent.txt;11488-4;Absent;2019-07-01;899700218896;Dr Zoë D;" + mine + "\r\n" +
		"../secret.txt;11488-4;Ailleurs;2019-07-01;899700218896;Dr Zoë D;" + mine + "\r\n" +
		"été.txt;11488-4;D’une autre;2019-07-01;899700218896;Dr Zoë D;" + leo().INS.Value + "\r\n"
	for name, text := range map[string]string{
		"1.json":      lot(mine, "1", "premier", keep),
		"2.json":      lot(mine, "2", "deuxième", keep),
		"broken.json": lot(mine, "3", "x", func(s string) string { return s[:len(s)/2] }),
		"other.json":  lot(leo().INS.Value, "4", "x", keep),
		"nobytes.json": lot(mine, "5", "x", func(s string) string {
			return strings.Replace(s, `"urn:uuid:3","resource"`, `"urn:uuid:9","resource"`, 1)
		}),
		"hash.json": lot(mine, "6", "x", func(s string) string { return strings.Replace(s, `"title"`, `"hash":"AAAA","title"`, 1) }),
		"size.json": lot(mine, "8", "x", func(s string) string { return strings.Replace(s, `"title"`, `"size":7,"title"`, 1) }),
		"type.json": lot(mine, "9", "x", func(s string) string { return strings.Replace(s, "11488-4", "0-0", 1) }),
		"class.json": lot(mine, "7", "x", func(s string) string {
			return strings.Replace(s, `"subject"`, `"category":[{"coding":[{"system":"https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument","code":"99"}]}],"subject"`, 1)
		}),
		"été.txt":    "contenu de l'été",
		"notes.docx": "no document",
		csvFile:      must(charmap.Windows1252.NewEncoder().String(table)),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	id := w.announced(zoe())
	if _, err := w.Activate(ctx, activation(zoe(), w.codes()[0])); err != nil {
		t.Fatal(err)
	}
	w.work()
	titles := func() (out []string) {
		page, err := w.service.HeldDocuments(ctx, record.Citizen{ID: id, Name: "Zoé LEFÈVRE", Session: "s"}, id, record.HeldQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			out = append(out, strings.TrimSpace(d.Attachment.Title+" "+d.Author.ID+" "+d.Author.OrgID+" "+d.Author.OrgName))
		}
		return out
	}
	want := "[Consultation 899700218896 Consultation 899700218896 Consultation 899700218896 Consultation 899700218896 Consultation 899700218896 Synthèse ; d’été 899700218896 1750000001 Clinique d’été]"
	if got := fmt.Sprint(titles()); got != want {
		t.Errorf("%s", got)
	}
	report := string(must(os.ReadFile(filepath.Join(folder, reportFile))))
	for _, line := range []string{
		"1.json#2,filed,", "2.json#2,filed,", "broken.json,refused,", "other.json#2,refused,Ce document concerne une autre personne", "nobytes.json#2,refused,Le contenu",
		"hash.json#2,filed,empreinte recalculée", "class.json#2,filed,classe corrigée", "size.json#2,filed,taille recalculée", "type.json#2,refused,", "documents.csv#2,filed,", "documents.csv#3,refused,Ce type", "documents.csv#4,refused,\"Le fichier manque",
		"documents.csv#5,refused,Le nom", "documents.csv#6,refused,Cette ligne",
	} {
		if !strings.Contains(report, line) {
			t.Errorf("the report lacks %s:\n%s", line, report)
		}
	}
	l := must(w.service.LifeOf(ctx, id))
	if l.Carry {
		t.Error("it is still to be carried over")
	}
	items, err := w.Former.CarryOver(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if i.Result == Filed {
			t.Errorf("%s was filed twice", i.Name)
		}
	}
	if got := fmt.Sprint(titles()); got != want {
		t.Errorf("once more: %s", got)
	}
	if verified, err := record.Verify(ctx, w.dir); err != nil || len(verified.Problems) != 0 {
		t.Errorf("%+v, %v", verified, err)
	}
}

// A table is read whatever spreadsheet wrote it, and never panics.
func FuzzReadTable(f *testing.F) {
	for _, s := range []string{
		"file,type,title,date,author,name,ins\na.pdf,11488-4,T,2020-01-01,8,N,1\n",
		"\ufefffile;type;title;date;author;name;ins\r\na.pdf;\"x;y\";T;2020-01-01;8;N;1\r\n",
		"file;type\n\"", "", ";", "fil\xe9;type\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := readTable(data)
		if err != nil {
			return
		}
		if lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1; len(rows) > lines {
			t.Errorf("%d rows of %d lines", len(rows), lines)
		}
	})
}

// A lot that is no lot is refused, and never panics.
func FuzzReadBundle(f *testing.F) {
	f.Add([]byte(lot("1", "1", "x", func(s string) string { return s })))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DocumentReference"}}]}`))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"DocumentReference","content":[{"attachment":{}}],"subject":{"reference":"?identifier="}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := readBundle(dir, "a.json")
		if err != nil && len(found) > 0 {
			t.Error("refused, and read")
		}
	})
}
