package portal

import (
	"context"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// setLife changes where a record stands, wherever it is held.
func (w *world) setLife(rec string, change func(*record.Life)) error {
	found := fhir.E(fhir.NotFound, "")
	for _, held := range w.holds {
		for i := range held {
			if held[i].Patient.ID == rec {
				change(&held[i].Life)
				found = nil
			}
		}
	}
	if found != nil {
		return found
	}
	return nil
}

func (w *world) Activate(_ context.Context, a Activation) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.ins[a.INS]
	switch {
	case a.Code == "OLDCODE1":
		return "", fhir.E(fhir.TokenExpired, "")
	case a.Code == "TOOMANY1":
		return "", fhir.E(fhir.Throttled, "")
	case id == "" || a.Code != w.code || a.Card != "1234567890" || a.BirthDate != "1979-03-28":
		return "", fhir.E(fhir.Invalid, "")
	}
	return id, nil
}

func (w *world) RenewCode(_ context.Context, r Renewal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Card == "999" {
		return fhir.E(fhir.Throttled, "")
	}
	w.renewed = append(w.renewed, r)
	return nil
}

func (w *world) Close(_ context.Context, c record.Citizen, rec string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("close", c, rec); err != nil {
		return err
	}
	return w.setLife(rec, func(l *record.Life) {
		l.State, l.Closed, l.ArchiveEnd = record.LifeClosed, w.clock, w.clock.AddDate(10, 0, 0)
	})
}

func (w *world) Reopen(_ context.Context, c record.Citizen, rec string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("reopen", c, rec); err != nil {
		return err
	}
	return w.setLife(rec, func(l *record.Life) { l.State, l.Closed = record.LifeActivated, time.Time{} })
}

func (w *world) Erase(_ context.Context, c record.Citizen, rec string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("erase", c, rec); err != nil {
		return err
	}
	for person, held := range w.holds {
		for i, h := range held {
			if h.Patient.ID == rec {
				if h.Life.State != record.LifeClosed {
					return fhir.E(fhir.StateConflict, "")
				}
				w.holds[person] = append(held[:i:i], held[i+1:]...)
			}
		}
	}
	delete(w.records, rec)
	return nil
}

func (w *world) Find(_ context.Context, s record.Staff, ins string) (record.Life, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, "find by "+s.Role)
	id := w.ins[ins]
	if id == "" {
		return record.Life{}, fhir.E(fhir.NotFound, "")
	}
	return w.holds[id][0].Life, nil
}

func (w *world) Object(_ context.Context, _ record.Staff, patient, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.setLife(patient, func(l *record.Life) { l.State = record.LifeOpposed })
}

func (w *world) NewCode(_ context.Context, _ record.Staff, patient, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.setLife(patient, func(l *record.Life) { l.CodeUntil = w.clock.AddDate(0, 0, 42) })
}

func (w *world) CloseFor(_ context.Context, _ record.Staff, patient, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.setLife(patient, func(l *record.Life) {
		l.State, l.Closed, l.ArchiveEnd = record.LifeClosed, w.clock, w.clock.AddDate(10, 0, 0)
	})
}

func (w *world) OpenArchive(_ context.Context, _ record.Staff, m record.Mandate, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.archived = append(w.archived, m.Patient+" "+m.Person+" "+m.Relation+" "+m.End.Format("2006-01-02"))
	return nil
}

func (w *world) CreateCitizen(_ context.Context, n NewAccount) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case n.Login == "deja":
		return nil, fhir.E(fhir.BusinessRule, "")
	case n.Login == "pris":
		return nil, fhir.E(fhir.Duplicate, "")
	case n.Code != "123456" || n.Secret != "JBSWY3DPEHPK3PXP":
		return nil, fhir.E(fhir.Invalid, "")
	}
	w.made = append(w.made, n)
	return []string{"aaaa-1111", "bbbb-2222", "cccc-3333", "dddd-4444"}, nil
}

func (w *world) NewSecret(string) (string, string, []byte, error) {
	return "JBSWY3DPEHPK3PXP", "otpauth://totp/Carnet?secret=JBSWY3DPEHPK3PXP", picture(), nil
}

func (w *world) Sessions(_ context.Context, person string) ([]SignIn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]SignIn(nil), w.signIns[person]...), nil
}

func (w *world) StaffSessions(ctx context.Context, account string) ([]SignIn, error) {
	return w.Sessions(ctx, "staff/"+account)
}

func (w *world) SignOutEverywhere(_ context.Context, person string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signIns[person] = nil
	return nil
}
