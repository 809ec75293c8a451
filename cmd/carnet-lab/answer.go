package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// schema names the form of the JSON answers. It changes only when a field is
// taken away or means something else.
const schema = "carnet-lab/1"

// answer is what a command says.
type answer struct {
	Schema   string          `json:"schema"`
	Command  string          `json:"command"`
	Exit     int             `json:"exit"`
	Time     time.Time       `json:"time"`
	Counts   map[outcome]int `json:"counts"`
	Files    []fileRecord    `json:"files"`
	Problems []problem       `json:"problems,omitempty"` // of the call, not of one file
}

// problem is something to be told beside the files.
type problem struct {
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	Name  string `json:"name,omitempty"` // of a column that means nothing
	Code  string `json:"code"`
	Words string `json:"words"`
}

// add tells of one more file.
func (a *answer) add(f fileRecord) {
	if a.Counts == nil {
		a.Counts = map[outcome]int{}
	}
	a.Counts[f.Outcome]++
	a.Files = append(a.Files, f)
}

// settled gives the files whose outcome is final.
func (a answer) settled() []fileRecord {
	var out []fileRecord
	for _, f := range a.Files {
		if f.Outcome.final() {
			out = append(out, f)
		}
	}
	return out
}

// tell says an answer: JSON for a program, else counts and what needs attention.
func (m *Main) tell(o *options, a answer) error {
	a.Schema, a.Time = schema, m.Now()
	if a.Files == nil {
		a.Files = []fileRecord{}
	}
	if a.Counts == nil {
		a.Counts = map[outcome]int{}
	}
	if o.json {
		enc := json.NewEncoder(m.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(a)
	}
	l := o.lang
	for _, f := range a.Files {
		if f.Outcome == arrived || f.Outcome == already {
			continue
		}
		m.tellFile(l, f)
	}
	for _, p := range a.Problems {
		place := oneLine(p.File)
		if p.Line > 0 {
			place += fmt.Sprintf(l.say(", ligne %d", ", line %d"), p.Line)
		}
		if p.Name != "" {
			place += fmt.Sprintf(l.say(" (« %s »)", " (%s)"), oneLine(p.Name))
		}
		fmt.Fprintf(m.Stdout, "%s\n    %s\n", place, p.Words)
	}
	_, err := fmt.Fprintln(m.Stdout, summary(l, a.Counts))
	return err
}

// tellFile says what became of one file.
func (m *Main) tellFile(l lang, f fileRecord) {
	fmt.Fprintf(m.Stdout, "%s — %s\n", oneLine(f.File), f.Outcome.word(l))
	for _, w := range f.Words {
		fmt.Fprintf(m.Stdout, "    %s\n", w)
	}
	if f.Reference != "" {
		fmt.Fprintf(m.Stdout, "    %s%s\n", l.say("réf. ", "ref. "), f.Reference)
	}
}

// summary counts the files in one line.
func summary(l lang, counts map[outcome]int) string {
	total := 0
	var parts []string
	for _, o := range outcomes() {
		if n := counts[o]; n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%s : %d", o.word(l), n))
		}
	}
	if total == 0 {
		return l.say("Aucun fichier.", "No file.")
	}
	head := l.say("%d fichiers — ", "%d files — ")
	if total == 1 {
		head = l.say("%d fichier — ", "%d file — ")
	}
	return fmt.Sprintf(head, total) + strings.Join(parts, " ; ")
}

// oneLine shows a file's name on one line, whatever it holds.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, name)
}
