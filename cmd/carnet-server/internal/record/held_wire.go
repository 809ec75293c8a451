package record

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// What a holder's own application asks over FHIR besides what the pages ask:
// the same rules, resources instead of views.

// HeldOf names the record that a document is of, among those that a citizen may
// enter, if they may know of it or once might. It tells nothing of the document:
// what is done with it there is decided and logged on its own. Errors: NotFound,
// for a hidden document and one of others as for none.
func (s *Service) HeldOf(ctx context.Context, c Citizen, document string) (string, error) {
	rec, _, err := s.heldOf(ctx, c, PatchTarget{ID: document})
	return rec, err
}

// HeldNamed is HeldOf of a document by its uniqueId, and gives its logical id.
func (s *Service) HeldNamed(ctx context.Context, c Citizen, uniqueID string) (rec, document string, err error) {
	return s.heldOf(ctx, c, PatchTarget{UniqueID: uniqueID})
}

func (s *Service) heldOf(ctx context.Context, c Citizen, target PatchTarget) (string, string, error) {
	if c.ID == "" {
		return "", "", refused(consent.RefusalIdentity)
	}
	d, rec, err := s.st.Locate(ctx, target.ID, target.UniqueID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", "", fault(err)
	}
	if err == nil {
		h, err := s.stand(ctx, c, rec)
		if err != nil && fhir.CodeOf(err) != fhir.Forbidden { // theirs, not activated: no document is there for them
			return "", "", fault(err)
		}
		if h != nil && (h.grant.Filter().Allows(d.Facts) || h.grant.Filter().AllowedBefore(d.Facts)) {
			return rec.Facts.PatientID, d.ID, nil
		}
	}
	e := audit.Entry{
		At: s.now(), Kind: fhir.KindMiss, Outcome: audit.OutcomeMinor, Document: clip(cmp.Or(target.ID, target.UniqueID)), Request: c.RequestID,
		Agent: audit.Agent{ID: consent.CitizenID(c.ID), Name: c.Name, Role: "patient"},
	}
	return "", "", errors.Join(s.record(ctx, e, nil), notFound())
}

// HeldPage gives a later page of HeldDocuments, whose cursor says of which
// record. Errors: those of HeldDocuments.
func (s *Service) HeldPage(ctx context.Context, c Citizen, cursor string) (HeldDocuments, error) {
	var at heldCursor
	if err := s.openCursor(c.principal(), cursorHeld, cursor, &at); err != nil {
		return HeldDocuments{}, err
	}
	return s.HeldDocuments(ctx, c, at.Record, HeldQuery{Cursor: cursor})
}

// cursorHeldSets is of a holder's list of submission sets.
const cursorHeldSets = "held-sets"

// HeldSets lists the submission sets of a record of whose documents the reader
// may know, newest first (ITI-66). With a cursor q.PatientID comes from there.
// Errors: NotFound, BadValue (cursor).
func (s *Service) HeldSets(ctx context.Context, c Citizen, q SetQuery) (Page, error) {
	at := setCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorHeldSets, q.Cursor, &at); err != nil {
			return Page{}, err
		}
	}
	var page Page
	err := s.enters(ctx, c, at.Query.PatientID, func(r *held) error {
		found, err := s.st.Sets(ctx, r.grant, r.rec, store.SetQuery{Date: ranges(at.Query.Date), Limit: pageSize(at.Query.Limit), Before: at.Before})
		if err != nil {
			return err
		}
		page = Page{Total: found.Total}
		next := at
		for _, set := range found.Sets {
			page.Items = append(page.Items, Resource{ID: set.ID, Version: "1", LastUpdated: set.Filed, JSON: set.Body})
			next.Before = set.N
		}
		if found.More {
			page.Next = s.sealCursor(c.principal(), cursorHeldSets, next)
		}
		e := s.heldEntry(r, fhir.KindSearchSets, "")
		e.Detail = "patient,status"
		return s.wrote(ctx, r, e, nil)
	})
	return durable(page, err)
}

// cursorHeldAudit is of a holder's list of audit events.
const cursorHeldAudit = "held-audit"

// HeldAudit lists the accesses to a record one by one, newest first (IHE BALP):
// what everybody did there, as far as its reader may know of it, as the export
// of the history does. How many there are in all is not said: it would count
// what is withheld. A page may be short while Next is set. Errors: NotFound,
// BadValue (cursor), Forbidden (heirs and the partner).
func (s *Service) HeldAudit(ctx context.Context, c Citizen, q AuditQuery) (Page, error) {
	at := auditCursor{Query: q}
	if q.Cursor != "" {
		if err := s.openCursor(c.principal(), cursorHeldAudit, q.Cursor, &at); err != nil {
			return Page{}, err
		}
	}
	var page Page
	err := s.enters(ctx, c, at.Query.PatientID, func(r *held) (err error) {
		if err := r.reviews(); err != nil {
			return err
		}
		if page, err = s.heldEvents(ctx, r, at); err != nil {
			return err
		}
		return s.wrote(ctx, r, s.heldEntry(r, fhir.KindHistory, ""), nil)
	})
	return durable(page, err)
}

// heldEvents reads one page of them.
func (s *Service) heldEvents(ctx context.Context, r *held, at auditCursor) (Page, error) {
	q := at.Query
	found, err := s.st.Entries(ctx, store.EntryQuery{Record: r.rec.N, Actor: q.AgentID, Date: ranges(q.Date), Limit: pageSize(q.Limit), Before: at.Before})
	if err != nil {
		return Page{}, err
	}
	person, err := s.st.PersonByN(ctx, r.rec.N)
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: fhir.NoTotal}
	see := newSight(s, r)
	name := strings.TrimSpace(strings.ToUpper(cmp.Or(person.UsedName, person.BirthName)) + " " + person.FirstGiven)
	for _, e := range found.Entries {
		at.Before = e.Seq
		if e.Body == nil { // erased
			continue
		}
		v, told, err := see.event(ctx, e)
		if err != nil {
			return Page{}, err
		}
		if told {
			v.PatientName = name
			page.Items = append(page.Items, Resource{ID: v.ID, Version: "1", LastUpdated: e.At, JSON: v.JSON()})
		}
	}
	if found.More {
		page.Next = s.sealCursor(r.c.principal(), cursorHeldAudit, at)
	}
	return page, see.err
}

// event gives an entry as its reader may see it; told is false when they may
// not know of it.
func (v *sight) event(ctx context.Context, e store.LogEntry) (event fhir.AuditEvent, told bool, err error) {
	entry, err := audit.Decode(e.Body)
	if err != nil {
		return event, false, err
	}
	event = entry.Event(strconv.FormatInt(e.Seq, 10))
	if entry.Document != "" {
		event.DocumentTitle = v.document(ctx, entry.Document, true).title
	}
	if entry.Kind == fhir.KindDenial {
		event.OutcomeDesc = refusalWord(entry.Refusal)
	}
	told, err = v.tells(ctx, e.Body)
	return event, told, err
}
