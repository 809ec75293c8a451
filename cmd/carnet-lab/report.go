package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/terminology"
)

// stores opens what is on disk without anything that sends.
func (m *Main) stores(ctx context.Context, o *options) (*lab, error) {
	l, err := m.openStores(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := l.openOutbox(); err != nil {
		_ = l.close()
		return nil, err
	}
	return l, nil
}

// status says how things stand.
func (m *Main) status(ctx context.Context, o *options, args []string) (int, error) {
	if len(args) > 0 {
		return 0, usageError(o.lang.say("« status » n’attend rien", "status wants nothing"))
	}
	var s standing
	running, err := ask(o, question{Ask: "status"}, &s)
	if !running {
		var l *lab
		if l, err = m.stores(ctx, o); err != nil {
			return 0, err
		}
		s, err = l.standing(ctx, false)
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return 0, err
	}
	code := exitDone
	if s.waits() {
		code = exitKept
	}
	if o.json {
		enc := json.NewEncoder(m.Stdout)
		enc.SetIndent("", "  ")
		return code, enc.Encode(s)
	}
	return code, m.tellStanding(o.lang, s)
}

// tellStanding says in words how things stand.
func (m *Main) tellStanding(l lang, s standing) error {
	state := l.say("Aucun envoi ne tourne.", "Nothing is being sent.")
	if s.Running {
		state = l.say("Un envoi tourne.", "Sending is under way.")
	}
	fmt.Fprintln(m.Stdout, state)
	fmt.Fprintln(m.Stdout, l.say("En cours : ", "Under way: ")+summary(l, s.Files))
	fmt.Fprintln(m.Stdout, l.say("Aujourd’hui : ", "Today: ")+summary(l, s.Today))
	for _, f := range s.Aside {
		m.tellFile(l, f)
	}
	waiting := 0
	for state, n := range s.Outbox {
		if state != client.OutboxDone && state != client.OutboxRefused {
			waiting += n
		}
	}
	if waiting > 0 {
		fmt.Fprintf(m.Stdout, l.say("À envoyer : %d, le plus ancien depuis %s\n", "To be sent: %d, the oldest since %s\n"), waiting, s.Oldest.Local().Format("2006-01-02 15:04"))
	}
	if s.Reason != "" {
		fmt.Fprintln(m.Stdout, "    "+cmp.Or(s.Words, l.reason(s.Reason)))
	}
	if s.Damaged > 0 {
		fmt.Fprintln(m.Stdout, l.say("Des données de travail étaient abîmées et ont été mises de côté ; faites contrôler le disque.", "Part of the work folder was damaged and put aside; have the disk checked."))
	}
	return nil
}

// report accounts for each file of a period.
func (m *Main) report(ctx context.Context, o *options, args []string) (int, error) {
	q := question{Ask: "report", From: o.from, To: o.to}
	today := m.Now().Format(time.DateOnly)
	if q.From == "" {
		q.From = today
	}
	if q.To == "" {
		q.To = today
	}
	_, err1 := time.Parse(time.DateOnly, q.From)
	_, err2 := time.Parse(time.DateOnly, q.To)
	if len(args) > 0 || err1 != nil || err2 != nil || q.To < q.From {
		return 0, usageError(o.lang.say("« report » attend -from AAAA-MM-JJ et -to AAAA-MM-JJ", "report wants -from YYYY-MM-DD and -to YYYY-MM-DD"))
	}
	var a answer
	running, err := ask(o, q, &a)
	if !running {
		var l *lab
		if l, err = m.stores(ctx, o); err != nil {
			return 0, err
		}
		a, err = l.account(ctx, q)
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return 0, err
	}
	if o.json {
		return a.Exit, m.tell(o, a)
	}
	return a.Exit, writeCSV(m.Stdout, o.lang, a.Files)
}

// account tells of every file of a period: what became of it, or how it stands.
func (l *lab) account(ctx context.Context, q question) (answer, error) {
	a := answer{Command: "report"}
	files, err := l.history.between(ctx, q.From, q.To)
	if err != nil {
		return a, err
	}
	for _, f := range files {
		a.add(f)
	}
	rows, err := l.pending(ctx)
	if err != nil {
		return a, err
	}
	for _, r := range rows { // whenever it came: it is not at its end
		a.add(l.tellOf(r))
	}
	a.Exit = exitOf(a.Counts)
	return a, nil
}

// writeCSV writes the account as a spreadsheet reads it: `;`, UTF-8 with a byte
// order mark.
func writeCSV(w io.Writer, l lang, files []fileRecord) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("\ufeff") // Flush tells
	c := csv.NewWriter(out)
	c.Comma, c.UseCRLF = ';', true
	head := l.say("date;heure;dossier;fichier;ligne;etat;ins;type;libelle;date_acte;document;codes;motif;reference;octets;range_dans;id",
		"date;time;folder;file;line;outcome;ins;type;label;act_date;document;codes;reason;reference;bytes;moved_to;id")
	_ = c.Write(strings.Split(head, ";"))
	for _, f := range files {
		at := f.Time.Local()
		line, size := "", ""
		if f.Line > 0 {
			line = strconv.Itoa(f.Line)
		}
		if f.Size >= 0 {
			size = strconv.FormatInt(f.Size, 10)
		}
		label := ""
		if t, ok := terminology.TypeByCode(f.Type); ok {
			label = t.Label
		}
		cells := []string{
			at.Format(time.DateOnly), at.Format(time.TimeOnly), f.Folder, f.File, line, f.Outcome.word(l), f.INS, f.Type, label, f.ActDate,
			f.Document, strings.Join(f.Codes, " "), strings.Join(f.Words, " "), f.Reference, size, f.MovedTo, f.ID,
		}
		for i := range cells {
			cells[i] = defused(oneLine(cells[i]))
		}
		_ = c.Write(cells)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return out.Flush()
}

// defused keeps a spreadsheet from taking a cell for a formula.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
