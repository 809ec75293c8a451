package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Clock is the time of a demonstration's record service: the true one, except
// while Start plays what happened before.
type Clock struct {
	now  func() time.Time
	past atomic.Int64 // Unix milliseconds; 0: now
}

// NewClock makes a clock that tells the time of now.
func NewClock(now func() time.Time) *Clock { return &Clock{now: now} }

// Now gives the time.
func (c *Clock) Now() time.Time {
	if at := c.past.Load(); at != 0 {
		return time.UnixMilli(at).UTC()
	}
	return c.now()
}

// scene is a visit of a record, played through the door as any other: the log,
// the history and the notices have it.
type scene struct {
	who     string // of cast
	patient string
	mode    string // fhir.Mode…
	reason  string
	days    int // before today, at ten o'clock UTC
	class   string
	reads   int // documents at most, the newest of that day first
}

// scenes are in the order of time, as the log is. Those who have a visit in the
// table of rules come on its day, so that what is new since then stays new.
var scenes = []scene{
	{who: "gp", patient: richest, days: 20, reads: 2},
	{who: "pharmacist", patient: richest, days: 6, class: "42", reads: 1},
	{who: "nurse", patient: richest, days: 2, reads: 1},
	{
		who: "emergency", patient: "p015", mode: fhir.ModeBreakGlass, days: 1, reads: 2,
		reason: "Malaise sur la voie publique, patiente inconsciente à l’arrivée aux urgences : traitements et allergies ?",
	},
}

// Start fills a record service that runs by the clock, as Seed does, and plays
// the visits of the days before; it does nothing when that was done before. The
// times of the log ascend: the people are made on the day of the first visit.
// Errors: those of Seed and of the service.
func Start(ctx context.Context, s *record.Service, c *Clock) error {
	seeder, err := s.Seed()
	if err != nil {
		return err
	}
	all, err := readPeople()
	if err != nil {
		return err
	}
	today := c.now()
	if seeder.Has(all[len(all)-1].seed.ID) {
		return nil
	}
	defer c.past.Store(0)
	c.past.Store(scenes[0].at(today).Add(-time.Hour).UnixMilli())
	if err := Seed(ctx, s, today); err != nil {
		return err
	}
	return playAll(ctx, s, c, today)
}

// playAll plays the scenes, one after the other.
func playAll(ctx context.Context, s *record.Service, c *Clock, today time.Time) error {
	defer c.past.Store(0)
	for _, sc := range scenes {
		c.past.Store(sc.at(today).UnixMilli())
		if err := sc.play(ctx, s, c); err != nil {
			return fmt.Errorf("the visit of %s: %w", sc.who, err)
		}
	}
	return nil
}

// at is when the scene is played.
func (sc scene) at(today time.Time) time.Time {
	y, m, d := today.Date()
	return time.Date(y, m, d-sc.days, 10, 0, 0, 0, time.UTC)
}

// play opens the record, lists its documents, reads some and closes it, with a
// minute or two between.
func (sc scene) play(ctx context.Context, s *record.Service, c *Clock) error {
	p := cast[sc.who]
	o := orgs[p.where]
	who := record.Principal{
		ID: p.id, Name: p.name, Profession: p.profession, Specialty: p.specialty, OrgID: o.id, OrgName: o.name, Sector: o.sector,
		Session: "demo-" + sc.who, RequestID: "demo",
	}
	access, err := s.OpenAccess(ctx, who, sc.patient, sc.mode, sc.reason)
	if err != nil {
		return err
	}
	ids, err := sc.documents(ctx, s, who, access.Session, c.Now())
	for _, id := range ids {
		c.past.Add(90_000)
		content, err := s.Content(ctx, who, access.Session, id)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, content.Reader); err != nil {
			return err
		}
		if err := content.Reader.Close(); err != nil {
			return err
		}
	}
	if err == nil && len(ids) == 0 {
		err = errors.New("there was nothing to read")
	}
	c.past.Add(60_000)
	if err != nil {
		return err
	}
	return s.CloseAccess(ctx, who, access.Session)
}

// documents chooses what is read: what was there on that day, and does not wait
// for its announcement.
func (sc scene) documents(ctx context.Context, s *record.Service, who record.Principal, session string, day time.Time) ([]string, error) {
	q := record.DocumentQuery{PatientID: sc.patient, Statuses: []string{"current"}, Limit: 200}
	if sc.class != "" {
		q.Categories = []fhir.Coding{{Code: sc.class}}
	}
	page, err := s.SearchDocuments(ctx, who, session, q)
	if err != nil {
		return nil, err
	}
	var there []fhir.DocumentReference
	for _, item := range page.Items {
		d, err := fhir.ParseDocumentReference(item.JSON)
		if err != nil {
			return nil, err
		}
		if at := fhir.ParseTime(d.Date); !at.IsZero() && at.Before(day) && !d.HiddenPatient && !d.Masked {
			there = append(there, d)
		}
	}
	slices.SortStableFunc(there, func(a, b fhir.DocumentReference) int { return fhir.ParseTime(b.Date).Compare(fhir.ParseTime(a.Date)) })
	var ids []string
	for _, d := range there[:min(sc.reads, len(there))] {
		ids = append(ids, d.ID)
	}
	return ids, nil
}
