package batch

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"carnet/client/fhir"
)

// WriteCSV writes the full result.
func (e *Engine) WriteCSV(w io.Writer, lang string) error {
	rows, _ := e.Rows(Query{States: States()})
	return WriteCSV(w, lang, rows)
}

// WriteCSV writes rows as Batch.WriteCSV does.
func WriteCSV(w io.Writer, lang string, rows []Row) error {
	buf := bufio.NewWriter(w)
	_, _ = buf.WriteString("\ufeff") // an error comes back from Flush
	out := csv.NewWriter(buf)
	out.Comma, out.UseCRLF = ';', true
	heading := []string{"fichier", "état", "à faire", "nom de naissance", "prénoms", "date de naissance", "INS", "type", "libellé", "date de l’acte", "titre", "verdict", "remarques", "document", "référence", "terminé le"}
	if lang == "en" {
		heading = []string{"file", "state", "to do", "birth name", "given names", "date of birth", "INS", "type", "label", "date of the act", "title", "verdict", "remarks", "document", "reference", "finished"}
	}
	_ = out.Write(heading)
	for i := range rows {
		_ = out.Write(csvLine(&rows[i], lang))
	}
	out.Flush()
	if err := buf.Flush(); err != nil {
		return fhir.Wrap(fhir.Unavailable, err)
	}
	return nil
}

// csvLine is one row in cells.
func csvLine(r *Row, lang string) []string {
	var todo, remarks []string
	if s := r.Explain(lang); s != "" {
		todo = append(todo, s)
	}
	for _, f := range r.Findings {
		remarks = append(remarks, f.Message(lang))
	}
	var name, given, born, ins string
	if p := r.Patient; p != nil {
		name, given, born, ins = p.BirthName, strings.Join(p.Given, " "), p.BirthDate, p.INS.Value
	}
	act, done := "", ""
	if !r.ActDate.IsZero() {
		act = r.ActDate.Format(time.DateOnly)
	}
	if !r.Done.IsZero() {
		done = r.Done.Format(time.RFC3339)
	}
	cells := []string{
		r.Path, r.State.Label(lang), strings.Join(todo, " "), name, given, born, ins, r.Type.Code, r.Type.Display, act, r.Title,
		string(r.Verdict), strings.Join(remarks, " "), r.DocumentID, r.RequestID, done,
	}
	for i, c := range cells {
		cells[i] = defuse(c)
	}
	return cells
}

// defuse keeps a spreadsheet from taking a cell for a formula: what begins like
// one gets an apostrophe before it (OWASP, CSV injection). Numbers of 15 digits
// stay what they are.
func defuse(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n|", rune(cell[0])) || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") || strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}
