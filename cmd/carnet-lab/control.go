package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
)

// controlName is the socket by which a second carnet-lab asks the one that runs:
// only one program at a time has the notebook and the outbox open.
const controlName = "control.sock"

// controlTime is how long a question may take.
const controlTime = 10 * time.Second

// question is what a second carnet-lab asks.
type question struct {
	Ask      string `json:"ask"` // status, report
	From, To string
}

// serveControl answers questions until stop is called. A socket that cannot be
// made (a path too long for one) only makes status and report wait for the end.
func (m *Main) serveControl(l *lab) (stop func()) {
	path := filepath.Join(l.o.data, controlName)
	_ = os.Remove(path) // ours from before a crash: the notebook's lock says that nobody else runs
	s, err := net.Listen("unix", path)
	if err != nil {
		l.log.WithError(err).Warn("status and report cannot be asked while this runs")
		return func() {}
	}
	_ = os.Chmod(path, 0o600)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := s.Accept()
			if err != nil {
				return
			}
			m.answerOne(l, c)
		}
	}()
	return func() {
		_ = s.Close()
		<-done
	}
}

// answerOne answers one question.
func (m *Main) answerOne(l *lab, c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(controlTime))
	var q question
	line, err := bufio.NewReader(io.LimitReader(c, 4096)).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &q) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), controlTime)
	defer cancel()
	var a any
	if q.Ask == "report" {
		a, err = l.account(ctx, q)
	} else {
		a, err = l.standing(ctx, true)
	}
	if err != nil {
		l.log.WithError(err).Warn("a question could not be answered")
		return
	}
	_ = json.NewEncoder(c).Encode(a) // who asked may be gone
}

// ask asks the carnet-lab that runs; false when none does.
func ask(o *options, q question, into any) (bool, error) {
	c, err := net.DialTimeout("unix", filepath.Join(o.data, controlName), controlTime)
	if err != nil {
		return false, nil
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(controlTime))
	data, err := json.Marshal(q)
	if err == nil {
		_, err = c.Write(append(data, '\n'))
	}
	if err == nil {
		err = json.NewDecoder(c).Decode(into)
	}
	if err != nil {
		return true, &fhir.Error{Code: fhir.Unavailable, Message: "Le carnet-lab qui tourne ne répond pas. Réessayez dans un instant.", Err: err}
	}
	return true, nil
}

// shownAside is how many files that were left aside status names.
const shownAside = 20

// standing is the answer to status.
type standing struct {
	Schema  string                     `json:"schema"`
	Command string                     `json:"command"`
	Time    time.Time                  `json:"time"`
	Running bool                       `json:"running"`          // another carnet-lab sends
	Files   map[outcome]int            `json:"files"`            // under way, by outcome
	Outbox  map[client.OutboxState]int `json:"outbox"`           // by state
	Oldest  time.Time                  `json:"oldest,omitzero"`  // since when the oldest file waits to leave
	Reason  fhir.Code                  `json:"reason,omitempty"` // why it waits
	Words   string                     `json:"words,omitempty"`  // the same for people
	Today   map[outcome]int            `json:"today"`            // what became of files today
	Rate    float64                    `json:"rate,omitempty"`   // files a second
	Left    float64                    `json:"left,omitempty"`   // seconds
	Aside   []fileRecord               `json:"aside,omitempty"`  // left aside today, the latest last
	Damaged int                        `json:"damaged,omitempty"`
}

// waits tells whether a file is still to be sent: from the outbox, or before it came
// there, as on a full disk.
func (s standing) waits() bool {
	return !s.Oldest.IsZero() || s.Files[kept]+s.Files[barred]+s.Files[working] > 0
}

// standing says how things stand.
func (l *lab) standing(ctx context.Context, running bool) (standing, error) {
	now := l.now()
	s := standing{
		Schema: schema, Command: "status", Time: now, Running: running,
		Files: map[outcome]int{}, Outbox: map[client.OutboxState]int{}, Today: map[outcome]int{},
		Damaged: l.notes.Report().Damaged + l.box.Report().Damaged,
	}
	items, err := l.box.List(ctx)
	if err != nil {
		return s, err
	}
	for _, it := range items {
		s.Outbox[it.State]++
		if it.State != client.OutboxDone && it.State != client.OutboxRefused && (s.Oldest.IsZero() || it.Created.Before(s.Oldest)) {
			s.Oldest, s.Reason = it.Created, it.Reason
		}
	}
	rows, err := l.pending(ctx)
	for _, r := range rows {
		o := l.tellOf(r).Outcome
		s.Files[o]++
		if o.waits() && s.Reason == "" {
			s.Reason = r.Reason
		}
	}
	if s.Reason != "" {
		s.Words = l.reason(s.Reason)
	}
	if l.engine != nil {
		c := l.engine.Counts()
		s.Rate, s.Left = c.Rate, c.Left.Seconds()
	}
	day := now.Format(time.DateOnly)
	files, herr := l.history.between(ctx, day, day)
	for _, f := range files {
		s.Today[f.Outcome]++
		if f.Outcome == aside {
			s.Aside = append(s.Aside[max(0, len(s.Aside)-shownAside+1):], f)
		}
	}
	return s, errors.Join(err, herr)
}

// pending gives the rows of all batches that are not told as done.
func (l *lab) pending(ctx context.Context) ([]batch.Row, error) {
	names, err := l.notes.List(ctx, batchNames)
	if err != nil {
		return nil, err
	}
	var out []batch.Row
	for _, n := range names {
		rows, err := l.rowsOf(n.Name[len(batchNames):])
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if o := outcomeOf(r); !l.history.told(r.ID, o) {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// rowsOf gives the rows of a batch: of the engine that runs, or as it was left.
func (l *lab) rowsOf(name string) ([]batch.Row, error) {
	if l.engine != nil && name == l.name {
		rows, _ := l.engine.Rows(batch.Query{})
		return rows, nil
	}
	e, err := l.newEngine(name)
	if err != nil {
		return nil, err
	}
	rows, _ := e.Rows(batch.Query{})
	return rows, e.Close()
}
