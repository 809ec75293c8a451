package record

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// The life of records, for package lifecycle: where each stands, and the door
// through which it is changed, logged and told. The rules of what may follow
// what are there; who may ask for what is here.

// decisionStates are the states of the decision by those of a life.
var decisionStates = map[string]consent.State{
	LifePending: consent.StatePending, LifeOpposed: consent.StateOpposed, LifeOpened: consent.StateOpen,
	LifeActivated: consent.StateOpen, LifeClosed: consent.StateClosed,
}

// LifeOf tells where a record stands in its life. Nothing is logged: it is the
// server's own question. Errors: NotFound, also of an erased record.
func (s *Service) LifeOf(ctx context.Context, patient string) (Life, error) {
	rec, err := s.st.RecordOf(ctx, patient)
	if err != nil {
		return Life{}, fault(err)
	}
	kept, err := s.st.Life(ctx, rec.N)
	if errors.Is(err, store.ErrNotFound) {
		return s.named(ctx, rec.N, lifeBefore(rec))
	}
	if err != nil {
		return Life{}, fault(err)
	}
	l, err := openLife(kept)
	if err != nil {
		return Life{}, fault(err)
	}
	return s.named(ctx, rec.N, l)
}

// lifeBefore is the life of a record from before lives were kept.
func lifeBefore(rec *store.Record) Life {
	l := Life{Patient: rec.Facts.PatientID, Channel: ChannelLetter}
	switch rec.Facts.State {
	case consent.StatePending:
		l.State = LifePending
	case consent.StateOpposed:
		l.State = LifeOpposed
	case consent.StateClosed:
		l.State = LifeClosed
	default:
		l.State = LifeOpened
	}
	return l
}

// LifeByINS is LifeOf by a national identifier, present or past, for who shows
// a card. Errors: NotFound.
func (s *Service) LifeByINS(ctx context.Context, ins string) (Life, error) {
	who, err := s.byINS(ctx, ins)
	if err != nil {
		return Life{}, err
	}
	return s.LifeOf(ctx, who.ID)
}

// byINS finds a person by the digits of their INS, whichever its system.
func (s *Service) byINS(ctx context.Context, ins string) (store.Person, error) {
	ins = strings.ToUpper(strings.Join(strings.Fields(ins), ""))
	if ins == "" {
		return store.Person{}, notFound()
	}
	for _, system := range []string{fhir.SystemINSNIR, fhir.SystemINSNIA, fhir.SystemINSTest, fhir.SystemINSTestNIA} {
		who, err := s.st.PersonByIdentifier(ctx, fhir.Identifier{System: system, Value: ins})
		if !errors.Is(err, store.ErrNotFound) {
			return who, fault(err)
		}
	}
	return store.Person{}, notFound()
}

// Lives gives those in which something is to be done at a time, the longest due
// first.
func (s *Service) Lives(ctx context.Context, due time.Time, limit int) ([]Life, error) {
	kept, err := s.st.LivesDue(ctx, due, limit)
	if err != nil {
		return nil, fault(err)
	}
	out := make([]Life, 0, len(kept))
	for _, k := range kept {
		l, err := openLife(k)
		if err == nil {
			l, err = s.named(ctx, k.Record, l)
		}
		if err != nil {
			return nil, fault(err)
		}
		out = append(out, l)
	}
	return out, nil
}

// named adds who a life is about, and whom its letters go to.
func (s *Service) named(ctx context.Context, n int64, l Life) (Life, error) {
	who, err := s.st.PersonByN(ctx, n)
	if err != nil {
		return Life{}, fault(err)
	}
	l.Name, l.BirthDate, l.City = personName(who.Patient), who.BirthDate, who.City
	l.INS, l.INSSystem = who.INS.Value, who.INS.System
	l.To = l.Name
	if l, err = s.addressed(ctx, n, l); err != nil || l.Parent == "" {
		return l, fault(err)
	}
	parent, err := s.st.PersonByID(ctx, l.Parent)
	if err == nil {
		l.To = personName(parent.Patient)
	}
	return l, fault(ignoreAbsent(err))
}

// ignoreAbsent drops what says that somebody is not there.
func ignoreAbsent(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// openLife reads a life as the store kept it.
func openLife(kept store.Life) (Life, error) {
	var l Life
	if err := json.Unmarshal(kept.Body, &l); err != nil {
		return l, err
	}
	l.Patient, l.State, l.Version, l.Due = kept.Patient, kept.State, kept.Version, kept.Due
	return l, nil
}

// closeLife makes what the store keeps of a life.
func closeLife(n int64, l Life) (store.Life, error) {
	kept := store.Life{Record: n, State: l.State, Version: l.Version, Due: l.Due}
	l.Name, l.BirthDate, l.City, l.To, l.INS, l.INSSystem = "", "", "", "", "", ""
	body, err := json.Marshal(l)
	kept.Body = body
	return kept, err
}

// SaveLife keeps a life in the place of the one that was read (l.Version), sets
// the state that decisions read, logs who did it and tells the person. It gives
// the life as it is kept. Errors: VersionConflict when it changed meanwhile
// (read it again), Forbidden, NotFound.
func (s *Service) SaveLife(ctx context.Context, l Life, ch LifeChange) (Life, error) {
	state, ok := decisionStates[l.State]
	if !ok {
		return Life{}, fhir.E(fhir.BusinessRule, "Cet état ne se donne pas ainsi : rechargez la page.")
	}
	rec, err := s.st.RecordOf(ctx, l.Patient)
	if err != nil {
		return Life{}, fault(err)
	}
	e, err := s.lifeEntry(ctx, rec, ch)
	if err != nil {
		return Life{}, err
	}
	sealed, err := s.prepare(e, rec)
	if err != nil {
		return Life{}, fault(err)
	}
	kept, err := closeLife(rec.N, l)
	if err != nil {
		return Life{}, fault(err)
	}
	op := store.Op{Log: []store.Entry{sealed}, Do: func(tx store.Tx) error {
		if err := tx.SaveLife(&kept, state, l.Closed); err != nil {
			return err
		}
		if !ch.Notice {
			return nil
		}
		return tx.AddNotice(s.lifeNotice(e, rec))
	}}
	if err := s.st.Do(ctx, op); errors.Is(err, store.ErrVersion) {
		return Life{}, fhir.E(fhir.VersionConflict, "Le dossier a changé entre-temps : rechargez la page, puis recommencez.")
	} else if err != nil {
		return Life{}, fault(err)
	}
	l.Version = kept.Version
	return l, nil
}

// lifeNotice tells the person what became of their record, and who did it.
func (s *Service) lifeNotice(e audit.Entry, rec *store.Record) store.Notice {
	body, _ := json.Marshal(noticeBody{Agent: e.Agent.ID, Name: e.Agent.Name, Detail: e.Detail}) // strings always encode
	return store.Notice{Record: rec.N, Kind: noticeLife, At: e.At, Body: body}
}
