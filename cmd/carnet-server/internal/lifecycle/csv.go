package lifecycle

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// csvFile lists the files of a folder, one a line, under this header, in any
// order of columns, separated by ; or , in UTF-8 or Windows-1252:
//
//	file    name of a file of the same folder
//	type    LOINC or local code of the type of document (11488-4)
//	title   as it is shown
//	date    of the act, YYYY-MM-DD
//	author  national id of who wrote it (8 and the RPPS)
//	name    of the author, in words
//	ins     of the person: it must be whom the folder is of
//	structure     where the author worked, in words; may be left out
//	structure_id  its national id (1 and the FINESS, 3 and the SIRET); likewise
//	id      unique id (urn:oid:…, urn:uuid:…); may be empty: made of the contents
const csvFile = "documents.csv"

// csvColumns are those that must be there.
var csvColumns = []string{"file", "type", "title", "date", "author", "name", "ins"}

// mediaTypes by the end of a file's name.
var mediaTypes = map[string]string{
	".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff",
	".txt": "text/plain", ".xml": "text/xml",
}

// readTable reads a CSV with a header, as spreadsheets write it.
func readTable(data []byte) (rows []map[string]string, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		if data, err = charmap.Windows1252.NewDecoder().Bytes(data); err != nil {
			return nil, err
		}
	}
	head, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return nil, fhir.E(fhir.Malformed, "Le tableau ne se lit pas : vérifiez les séparateurs et les guillemets.")
	}
	for i, name := range all[0] {
		all[0][i] = strings.ToLower(strings.TrimSpace(name))
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			if i < len(line) {
				row[name] = strings.TrimSpace(line[i])
			}
		}
		rows = append(rows, row)
	}
	return rows, wants(all[0], csvColumns)
}

// wants tells the columns that are missing.
func wants(head, columns []string) error {
	for _, c := range columns {
		if !slices.Contains(head, c) {
			return fhir.E(fhir.Required, "Il manque la colonne « %s ».", c)
		}
	}
	return nil
}

// readCSV takes the documents that documents.csv lists.
func readCSV(folder, name string, l record.Life) ([]document, error) {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	rows, err := readTable(data)
	if err != nil {
		return nil, err
	}
	out := make([]document, 0, len(rows))
	for i, row := range rows {
		d := document{name: fmt.Sprintf("%s#%d", name, i+2)}
		d.body, d.err = rowDocument(folder, row, l)
		out = append(out, d)
	}
	return out, nil
}

// rowDocument makes the document of one line.
func rowDocument(folder string, row map[string]string, l record.Life) ([]byte, error) {
	media, ok := mediaTypes[strings.ToLower(filepath.Ext(row["file"]))]
	switch {
	case row["file"] == "" || row["file"] != filepath.Base(row["file"]):
		return nil, fhir.E(fhir.Invalid, "Le nom du fichier n’est pas celui d’un fichier du dossier.")
	case !ok:
		return nil, fhir.E(fhir.BadCode, "Ce format n’est pas accepté : PDF, image ou texte.")
	case strings.Join(strings.Fields(row["ins"]), "") != l.INS:
		return nil, fhir.E(fhir.Invalid, "Cette ligne concerne une autre personne.")
	}
	kind, ok := terminology.TypeByCode(row["type"])
	if !ok {
		return nil, fhir.E(fhir.BadCode, "Ce type de document n’existe pas.")
	}
	path := filepath.Join(folder, row["file"])
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() > fhir.DefaultSplitLimits().Data {
		return nil, fhir.E(fhir.Invalid, "Le fichier manque, ou dépasse 25 Mio.")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fhir.E(fhir.Invalid, "Le fichier ne se lit pas.")
	}
	id := row["id"]
	if id == "" {
		id = derivedID(l.INS, row["file"], data)
	}
	d := fhir.DocumentReference{
		UniqueID: id, Status: "current", Type: fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label},
		PatientINS: fhir.Identifier{System: l.INSSystem, Value: l.INS}, Date: row["date"] + "T12:00:00+01:00",
		Author:     fhir.Party{ID: row["author"], Name: row["name"], OrgID: row["structure_id"], OrgName: row["structure"]},
		Attachment: fhir.Attachment{ContentType: media, Title: row["title"]},
	}
	before, after := d.SplitJSON()
	body := base64.StdEncoding.AppendEncode(before, data)
	return append(body, after...), nil
}

// derivedID is the unique id of a document that has none: the same whenever the
// same file is carried over to the same person.
func derivedID(ins, file string, data []byte) string {
	sum := sha256.Sum256(append([]byte(ins+"\x00"+file+"\x00"), data...))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // RFC 9562, version 8
	h := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
