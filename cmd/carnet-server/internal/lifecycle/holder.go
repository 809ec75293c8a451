package lifecycle

import (
	"context"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Close closes a record for its holder, or a representative. Professionals read
// and file nothing from then on; the holder still reads, for ten years.
func (e *Engine) Close(ctx context.Context, c record.Citizen, rec string) error {
	return e.byCitizen(ctx, c, rec, Event{Kind: Close})
}

// Reopen opens a closed record again: everything is as it was.
func (e *Engine) Reopen(ctx context.Context, c record.Citizen, rec string) error {
	return e.byCitizen(ctx, c, rec, Event{Kind: Reopen})
}

// Erase deletes a closed record for good, and the account with it. Only the
// holder may. That it was asked for is kept first: should the server stop, Work
// goes on with it.
func (e *Engine) Erase(ctx context.Context, c record.Citizen, rec string) error {
	if err := e.byCitizen(ctx, c, rec, Event{Kind: EraseAsked}); err != nil {
		return err
	}
	return e.erase(context.WithoutCancel(ctx), rec, c)
}

// confirmTime bounds how long a confirmation may keep an erasure waiting.
const confirmTime = 10 * time.Second

// erase does what was asked for, in an order in which each thing may be done
// again: the confirmation goes out while the address is known, the account
// leaves, the record goes.
func (e *Engine) erase(ctx context.Context, patient string, c record.Citizen) error {
	e.erasing.Lock()
	defer e.erasing.Unlock()
	l, err := e.Records.LifeOf(ctx, patient)
	if fhir.CodeOf(err) == fhir.NotFound {
		return nil // done meanwhile
	}
	if err != nil {
		return err
	}
	for _, x := range l.Letters {
		if x.Kind != EraseAsked {
			continue
		}
		e.confirm(ctx, l, x)
		if l, err = e.apply(ctx, l, Event{Kind: Sent, Letter: x.ID}, record.LifeChange{By: system}); err != nil {
			return err
		}
	}
	if e.Leave != nil {
		if err := e.Leave(ctx, patient); err != nil {
			return err
		}
	}
	_, err = e.apply(ctx, l, Event{Kind: Erase}, record.LifeChange{By: record.LifeBy{Citizen: c}})
	return err
}

// confirm tries once to say that a record is erased: by the channel that was
// chosen, or else by letter. An erasure does not wait for better times.
func (e *Engine) confirm(ctx context.Context, l record.Life, x record.Letter) {
	if e.Sender == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, confirmTime)
	defer cancel()
	err := e.Sender.Send(ctx, e.write(l, x))
	if err != nil && x.By != record.ChannelLetter {
		x.By = record.ChannelLetter
		err = e.Sender.Send(ctx, e.write(l, x))
	}
	if err != nil {
		e.Log.WithError(err).Warn("lifecycle: a record was erased without its confirmation")
	}
}

func (e *Engine) byCitizen(ctx context.Context, c record.Citizen, rec string, event Event) error {
	_, err := e.change(ctx, rec, event, record.LifeChange{By: record.LifeBy{Citizen: c}})
	return err
}

// Find tells an operator where the record of somebody stands, by the whole INS.
func (e *Engine) Find(ctx context.Context, s record.Staff, ins string) (record.Life, error) {
	return e.Records.FindLife(ctx, s, ins)
}

// Object records for somebody who telephones that they want no record. words
// says how the operator made sure of who it is.
func (e *Engine) Object(ctx context.Context, s record.Staff, patient, words string) error {
	return e.byOperator(ctx, s, patient, words, Event{Kind: Object})
}

// WithdrawObjection records that they want one after all: it is open, and a
// code is on its way.
func (e *Engine) WithdrawObjection(ctx context.Context, s record.Staff, patient, words string) error {
	return e.byOperator(ctx, s, patient, words, Event{Kind: Withdraw, Code: record.NewCode()})
}

// CloseFor closes a record for somebody who asks for it.
func (e *Engine) CloseFor(ctx context.Context, s record.Staff, patient, words string) error {
	return e.byOperator(ctx, s, patient, words, Event{Kind: Close})
}

// ReopenFor opens it again.
func (e *Engine) ReopenFor(ctx context.Context, s record.Staff, patient, words string) error {
	return e.byOperator(ctx, s, patient, words, Event{Kind: Reopen})
}

// NewCode sends a new provisional code by a channel ("" as before); the one
// before is no longer good. The operator does not see it.
func (e *Engine) NewCode(ctx context.Context, s record.Staff, patient, channel string) error {
	return e.byStaff(ctx, s, patient, "", Event{Kind: NewCode, Code: record.NewCode(), Channel: channel})
}

func (e *Engine) byOperator(ctx context.Context, s record.Staff, patient, words string, event Event) error {
	if strings.TrimSpace(words) == "" {
		return fhir.E(fhir.Required, "Écrivez en quelques mots qui le demande, et comment vous vous en êtes assuré.")
	}
	return e.byStaff(ctx, s, patient, words, event)
}

func (e *Engine) byStaff(ctx context.Context, s record.Staff, patient, words string, event Event) error {
	if s.Role != record.StaffOperator {
		return fhir.E(fhir.Forbidden, "Cela revient au support : adressez-vous à lui.")
	}
	_, err := e.change(ctx, patient, event, record.LifeChange{Words: words, By: record.LifeBy{Staff: s}})
	return err
}

// OpenArchive lets an heir, or the partner, reach what article L. 1110-4 allows
// of a closed record, until an end.
func (e *Engine) OpenArchive(ctx context.Context, s record.Staff, m record.Mandate, words string) error {
	switch {
	case s.Role != record.StaffOperator:
		return fhir.E(fhir.Forbidden, "Cela revient au support : adressez-vous à lui.")
	case strings.TrimSpace(words) == "":
		return fhir.E(fhir.Required, "Écrivez en quelques mots qui le demande, et comment vous vous en êtes assuré.")
	case m.Relation != record.RelationHeir && m.Relation != record.RelationPartner:
		return fhir.E(fhir.Invalid, "Seul un ayant droit ou le partenaire accède à un dossier clos : précisez le lien.")
	case !e.Now().Before(m.End) || m.End.After(e.Now().AddDate(1, 0, 0)):
		return fhir.E(fhir.Invalid, "Cet accès dure un an au plus : indiquez sa fin.")
	}
	l, err := e.Records.LifeOf(ctx, m.Patient)
	if err != nil {
		return err
	}
	if l.State != record.LifeClosed {
		return fhir.E(fhir.StateConflict, "Ce dossier n’est pas clos : personne d’autre que son titulaire n’y accède ainsi.")
	}
	if m.Start.IsZero() {
		m.Start = e.Now().Truncate(time.Millisecond)
	}
	by := record.LifeBy{Staff: s}
	if _, err := e.Records.SaveLife(ctx, l, record.LifeChange{Detail: "archive", Words: words, By: by}); err != nil { // why, before what
		return err
	}
	return e.Records.AddMandate(ctx, by, m)
}
