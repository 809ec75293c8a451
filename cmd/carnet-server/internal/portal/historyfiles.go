package portal

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"carnet/cmd/carnet-server/internal/record"
)

// exportAtMost bounds the visits of one printed or CSV history; the export
// with proofs has them all.
const exportAtMost = 5000

func parseSeq(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

// wholeHistory gathers the visits that the filter leaves, or those of a month
// that the form names.
func (c *call) wholeHistory() ([]visitView, error) {
	q := c.s.get().history.query()
	if p, ok := c.periodOf(c.field("mois")); ok {
		q = p.narrow(q)
	}
	q.Limit = 200
	var all []visitView
	for len(all) < exportAtMost {
		page, err := c.Records.History(c.r.Context(), c.citizen(), c.rec, q)
		if err != nil {
			return nil, err
		}
		all = append(all, c.visits(page.Visits)...)
		if page.Next == "" || page.Next == q.Cursor {
			break
		}
		q.Cursor = page.Next
	}
	return all, nil
}

// historyCSV writes a line for each act, for a spreadsheet.
func (c *call) historyCSV() error {
	all, err := c.wholeHistory()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("\ufeff") // or spreadsheets take the accents for Latin-1
	w := csv.NewWriter(&out)
	w.Comma = ';'
	_ = w.Write([]string{c.T("Date"), c.T("Heure"), c.T("Qui"), c.T("Métier et lieu"), c.T("Accès"), c.T("Motif"), c.T("Action"), c.T("Détail"), c.T("Document"), c.T("Hors ligne, connu le"), c.T("Sous la responsabilité de"), c.T("Nombre de fois")})
	for _, v := range all {
		for _, a := range v.Acts {
			_ = w.Write(cells(c.words().isoDay(a.At), a.At.In(c.Zone).Format("15:04:05"), v.Name, v.Sub, v.Mode, v.Reason, a.Text, a.Detail, a.Title, stamp(a.Synced, c.Zone), a.Responsible, strconv.Itoa(a.Times)))
		}
	}
	w.Flush()
	return c.save("historique.csv", "text/csv; charset=utf-8", out.Bytes())
}

// cells keeps a text from being run as a formula by a spreadsheet.
func cells(texts ...string) []string {
	for i, t := range texts {
		if t != "" && strings.ContainsRune("=+-@\t\r", rune(t[0])) {
			texts[i] = "'" + t
		}
	}
	return texts
}

func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// save answers with a file to be kept. Its name tells nothing of anybody.
func (c *call) save(name, kind string, data []byte) error {
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = c.w.Write(data)
	return nil
}

// historyPDF writes the history as a document to be kept.
func (c *call) historyPDF() error {
	all, err := c.wholeHistory()
	if err != nil {
		return err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	latin := pdf.UnicodeTranslatorFromDescriptor("")
	write := func(style string, size float64, text string) {
		pdf.SetFont("Helvetica", style, size)
		pdf.MultiCell(0, size*0.5, latin(strings.ReplaceAll(text, "\u00a0", " ")), "", "L", false)
	}
	pdf.SetTitle(c.T("Historique du dossier"), true)
	pdf.SetCreationDate(c.Now())
	pdf.SetModificationDate(c.Now())
	pdf.SetMargins(18, 18, 18)
	pdf.SetAutoPageBreak(true, 18)
	pdf.AliasNbPages("")
	pdf.SetFooterFunc(func() {
		pdf.SetY(-14)
		pdf.SetFont("Helvetica", "", 8)
		pdf.CellFormat(0, 5, latin(c.T("Page %d sur {nb}", pdf.PageNo())), "", 0, "R", false, 0, "")
	})
	pdf.AddPage()
	write("B", 16, c.T("Historique du dossier")+" : "+c.actingName())
	write("", 9, c.T("Établi le %s à %s", c.words().Date(c.Now()), c.words().Clock(c.Now())))
	pdf.Ln(4)
	for _, v := range all {
		write("B", 10, c.words().Date(v.Start)+", "+c.words().Clock(v.Start)+" : "+v.Name)
		for _, line := range []string{v.Sub, v.Mode, v.Reason, v.Summary} {
			if line != "" {
				write("", 9, line)
			}
		}
		for _, a := range v.Acts {
			write("", 9, "   "+c.words().Clock(a.At)+"  "+c.actLine(a))
		}
		pdf.Ln(2)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return err
	}
	return c.save("historique.pdf", "application/pdf", out.Bytes())
}

// actingName is the name of who the shown record is about.
func (c *call) actingName() string {
	for _, h := range c.held {
		if h.Patient.ID == c.rec {
			return fullName(h.Patient)
		}
	}
	return ""
}

// historyProofs gives the history with its proofs, for verify-export.
func (c *call) historyProofs() error {
	return c.stream("historique-preuves.json", "application/json", func(w io.Writer, who record.Citizen) error {
		return c.Records.ExportHistory(c.r.Context(), who, c.rec, w)
	})
}

// stream sends a file while it is made. An error before the first byte gets
// its page; one after it cuts the connection, so that half a file does not
// look whole.
func (c *call) stream(name, kind string, write func(io.Writer, record.Citizen) error) error {
	out := &late{c: c, name: name, kind: kind}
	err := write(out, c.citizen())
	if err != nil && out.begun {
		c.Log.WithField("request_id", c.request).WithError(err).Warn("a file was cut off")
		panic(http.ErrAbortHandler)
	}
	return err
}

// late sets the headers with the first byte.
type late struct {
	c          *call
	name, kind string
	begun      bool
}

// Write begins the answer when it must.
func (l *late) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.c.w.Header().Set("Content-Type", l.kind)
		l.c.w.Header().Set("Content-Disposition", `attachment; filename="`+l.name+`"`)
	}
	return l.c.w.Write(b)
}

// actLine says an act in one line of plain text.
func (c *call) actLine(a actView) string {
	parts := []string{strings.TrimSpace(a.Text + " " + a.Title)}
	if a.Detail != "" {
		parts = append(parts, a.Detail)
	}
	if a.Responsible != "" {
		parts = append(parts, c.T("sous la responsabilité de %s", a.Responsible))
	}
	if a.Times > 1 {
		parts = append(parts, c.T("%d fois", a.Times))
	}
	return strings.Join(parts, ", ")
}
