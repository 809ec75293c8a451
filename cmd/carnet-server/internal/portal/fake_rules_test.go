package portal

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

func (w *world) Rules(_ context.Context, c record.Citizen, rec string) (record.Rules, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("rules", c, rec)
	if err != nil {
		return record.Rules{}, err
	}
	return k.rules, nil
}

func (w *world) Representatives(_ context.Context, c record.Citizen, rec string) ([]record.Representative, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("representatives", c, rec); err != nil {
		return nil, err
	}
	return w.kin[rec], nil
}

func (w *world) Represented(context.Context, record.Citizen) ([]record.RepresentedPerson, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.represented, nil
}

func (w *world) actor(id string) (record.Listed, error) {
	for _, l := range w.listed {
		if l.ID == id {
			return l, nil
		}
	}
	return record.Listed{}, fhir.E(fhir.NotFound, "")
}

func (k *chart) blocked(actor string) bool {
	return slices.ContainsFunc(k.rules.Rules, func(r record.Rule) bool { return r.Kind == record.RuleBlock && r.Active && r.Actor.ID == actor })
}

func (k *chart) add(r record.Rule) {
	k.lastID++
	r.ID, r.Active = fmt.Sprint("new", k.lastID), true
	k.rules.Rules = append(k.rules.Rules, r)
}

func (w *world) Allow(_ context.Context, c record.Citizen, rec string, g record.GrantAsked) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("allow", c, rec)
	if err != nil {
		return err
	}
	l, err := w.actor(g.Actor)
	if err != nil {
		return err
	}
	if k.blocked(g.Actor) || l.Specialty == "SM25" {
		return fhir.E(fhir.BusinessRule, "")
	}
	k.add(record.Rule{Kind: g.Kind, Actor: l, Start: g.Start, End: g.End})
	return nil
}

func (w *world) Revoke(_ context.Context, c record.Citizen, rec, rule string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("revoke", c, rec)
	if err != nil {
		return err
	}
	for i, r := range k.rules.Rules {
		if r.ID == rule {
			k.rules.Rules[i].Active, k.rules.Rules[i].End = false, w.clock
			return nil
		}
	}
	return fhir.E(fhir.NotFound, "")
}

func (w *world) Block(_ context.Context, c record.Citizen, rec, actor string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("block", c, rec)
	if err != nil {
		return err
	}
	if k.rules.MT.ID == actor {
		return fhir.E(fhir.BusinessRule, "")
	}
	l, err := w.actor(actor)
	if err == nil {
		k.add(record.Rule{Kind: record.RuleBlock, Actor: l, Start: w.clock})
	}
	return err
}

func (w *world) Unblock(_ context.Context, c record.Citizen, rec, actor string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("unblock", c, rec)
	if err != nil {
		return err
	}
	k.rules.Rules = slices.DeleteFunc(k.rules.Rules, func(r record.Rule) bool { return r.Kind == record.RuleBlock && r.Actor.ID == actor })
	return nil
}

func (w *world) DeclareMT(_ context.Context, c record.Citizen, rec, actor string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("mt", c, rec)
	if err != nil {
		return err
	}
	if actor == "" {
		k.rules.MT = record.Listed{}
		return nil
	}
	l, err := w.actor(actor)
	switch {
	case err != nil:
		return err
	case l.Profession != "10" || k.blocked(actor):
		return fhir.E(fhir.BusinessRule, "")
	}
	k.rules.MT = l
	return nil
}

func (w *world) Choose(_ context.Context, c record.Citizen, rec string, ch record.Choices) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("choose", c, rec)
	if err == nil {
		k.rules.Choices = ch
	}
	return err
}

func (w *world) Contest(_ context.Context, c record.Citizen, rec, rule, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("contest", c, rec)
	if err != nil {
		return err
	}
	for i, r := range k.rules.Rules {
		if r.ID == rule && r.ByPro {
			k.rules.Rules[i].Active, k.rules.Rules[i].Contested = false, w.clock
			return nil
		}
	}
	return fhir.E(fhir.NotFound, "")
}

func (w *world) ContestAccess(_ context.Context, c record.Citizen, rec string, act int64, words string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("contest-access", c, rec); err != nil {
		return err
	}
	w.contests = append(w.contests, record.Complaint{ID: fmt.Sprint("c", len(w.contests)+1), Patient: c.Name, Act: act, Words: words, At: w.clock})
	return nil
}

func (w *world) Answer(_ context.Context, c record.Citizen, rec, request string, a record.Reply) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("answer", c, rec)
	if err != nil {
		return err
	}
	for i, q := range k.rules.Requests {
		if q.ID == request {
			k.rules.Requests = slices.Delete(slices.Clone(k.rules.Requests), i, i+1)
			if a.Accept {
				k.add(record.Rule{Kind: record.RuleAuthorisation, Actor: q.Actor, Start: w.clock, End: a.Until})
			}
			return nil
		}
	}
	return fhir.E(fhir.NotFound, "")
}

func (w *world) Directory(_ context.Context, _ record.Citizen, words string, limit int) ([]record.Listed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []record.Listed
	for _, l := range w.listed {
		if strings.Contains(terminology.Fold(l.Name+" "+l.City+" "+l.ID), terminology.Fold(words)) && len(out) < limit {
			out = append(out, l)
		}
	}
	return out, nil
}

func (w *world) History(_ context.Context, c record.Citizen, rec string, q record.HistoryQuery) (record.History, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("history", c, rec)
	if err != nil {
		return record.History{}, err
	}
	var all []record.Visit
	for _, v := range k.visits {
		emergency := v.Mode != fhir.ModeNormal
		if (q.Who == "" || v.Who.ID == q.Who) && (q.Only != "emergency" || emergency) && (q.Only != "refusals" || v.Refused) &&
			(q.From.IsZero() || !v.Start.Before(q.From)) && (q.To.IsZero() || v.Start.Before(q.To)) {
			all = append(all, v)
		}
	}
	from := 0
	_, _ = fmt.Sscanf(q.Cursor, "after-%d", &from)
	from = min(from, len(all))
	to := min(len(all), from+q.Limit)
	out := record.History{Visits: all[from:to]}
	if to < len(all) {
		out.Next = fmt.Sprintf("after-%d", to)
	}
	return out, nil
}

func (w *world) ExportHistory(_ context.Context, c record.Citizen, rec string, out io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("export-history", c, rec); err != nil {
		return err
	}
	_, err := io.WriteString(out, `{"proofs":[]}`)
	return err
}

func (w *world) Notices(_ context.Context, c record.Citizen, rec string, limit int) ([]record.Told, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("notices", c, rec)
	if err != nil {
		return nil, err
	}
	return slices.Clone(k.told[:min(limit, len(k.told))]), nil
}

func (w *world) NoticesRead(_ context.Context, c record.Citizen, rec string, until int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("notices-read", c, rec)
	if err != nil {
		return err
	}
	for i := range k.told {
		k.told[i].Read = k.told[i].Read || k.told[i].ID <= until
	}
	return nil
}

func (w *world) Leases(_ context.Context, c record.Citizen, rec string) ([]record.Lease, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("leases", c, rec)
	if err != nil {
		return nil, err
	}
	return k.leases, nil
}

func (w *world) Profile(_ context.Context, c record.Citizen, rec string) ([]record.ProfileItem, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("profile", c, rec)
	if err != nil {
		return nil, err
	}
	return slices.Clone(k.items), nil
}

func (w *world) KeepItem(_ context.Context, c record.Citizen, rec string, it record.ProfileItem) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("keep-item", c, rec)
	if err != nil {
		return "", err
	}
	if it.ID == "" {
		k.lastID++
		it.ID, it.Version = fmt.Sprint("p-new", k.lastID), 1
		k.items = append(k.items, it)
		return it.ID, nil
	}
	for i, old := range k.items {
		if old.ID == it.ID {
			if old.Version != it.Version {
				return "", fhir.E(fhir.VersionConflict, "")
			}
			it.Version++
			k.items[i] = it
			return it.ID, nil
		}
	}
	return "", fhir.E(fhir.NotFound, "")
}

func (w *world) DropItem(_ context.Context, c record.Citizen, rec, id string, version int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("drop-item", c, rec)
	if err != nil {
		return err
	}
	for i, it := range k.items {
		if it.ID == id && it.Version == version {
			k.items = slices.Delete(k.items, i, i+1)
			return nil
		}
	}
	return fhir.E(fhir.VersionConflict, "")
}

func (w *world) ExportRecord(_ context.Context, c record.Citizen, rec string, out io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.enter("export", c, rec); err != nil {
		return err
	}
	_, err := io.WriteString(out, "PK\x03\x04")
	return err
}

func (w *world) Contested(context.Context, record.Staff) ([]record.Complaint, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.contests), nil
}

func (w *world) AnswerComplaint(_ context.Context, _ record.Staff, id, words string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.contests {
		if w.contests[i].ID == id {
			w.contests[i].Answer, w.contests[i].Answered = words, w.clock
			return nil
		}
	}
	return fhir.E(fhir.NotFound, "")
}

func (w *world) MaskItem(_ context.Context, c record.Citizen, rec string, item record.ProfileItem) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	k, err := w.enter("mask-item", c, rec)
	if err != nil {
		return err
	}
	for i, it := range k.items {
		if it.ID == item.ID && it.Version == item.Version {
			k.items[i].Masked, k.items[i].Version = item.Masked, item.Version+1
			return nil
		}
	}
	return fhir.E(fhir.VersionConflict, "")
}
