package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Kinds of notices that a Told has. In the store, a document's notice is of one
// kind, and its detail says which of the two it is here.
const (
	noticeAccess    = "access"    // another visit, for who wants to know of each
	noticeChanged   = "changed"   // a document was changed or withdrawn
	noticeTeam      = "team"      // a place in the care team
	noticeRequest   = "request"   // a professional wishes to be let in
	noticeLife      = "life"      // the record itself was opened, closed …
	noticeComplaint = "complaint" // a contested access was answered
)

// noticeBody is what a notice says: who, and what in one word. It holds no
// title: what a reader may see of a document is joined when they read.
type noticeBody struct {
	Agent    string `json:"agent"`
	Name     string `json:"name,omitempty"`
	OrgName  string `json:"orgName,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Document string `json:"document,omitempty"`
	Rule     string `json:"rule,omitempty"`    // id of the provision that it tells of
	Session  string `json:"session,omitempty"` // access session that it tells of
	Act      int64  `json:"act,omitempty"`     // entry of the log, when it is known
	Dialogue string `json:"dialogue,omitempty"`
}

func (s *Service) notice(p Principal, rec *store.Record, kind, detail string) store.Notice {
	return s.documentNotice(p, rec, kind, noticeBody{Detail: detail})
}

func (s *Service) documentNotice(p Principal, rec *store.Record, kind string, b noticeBody) store.Notice {
	b.Agent, b.Name, b.OrgName = p.ID, p.Name, p.OrgName
	return s.told(rec.N, kind, b)
}

// told makes a notice of what anybody did.
func (s *Service) told(record int64, kind string, b noticeBody) store.Notice {
	body, err := json.Marshal(b)
	if err != nil { // strings always marshal
		panic(err)
	}
	return store.Notice{Record: record, Kind: kind, At: s.now(), Body: body, Document: b.Document}
}

// entering is a visit that begins or goes on, as its transaction sees it.
type entering struct {
	v       visit
	touched store.Touched
	opened  bool // by $open: a visit of its own
}

// notifyVisit tells the patient of a first access, of every emergency, and of
// each visit when they wish so. It runs in the transaction that notes the
// visit, so that of two first accesses at once exactly one is told.
func (s *Service) notifyVisit(tx store.Tx, p Principal, rec *store.Record, e entering) error {
	kind, detail := "", ""
	again := e.opened || s.now().Sub(e.touched.Before) >= visitLasts
	switch {
	case e.v.mode != fhir.ModeNormal && again:
		kind, detail = noticeEmergency, e.v.mode
	case e.touched.Before.IsZero():
		kind = noticeFirstAccess
	case again:
		every, err := tx.EveryVisit(rec.N)
		if err != nil || !every {
			return err
		}
		kind = noticeAccess
	default:
		return nil
	}
	return tx.AddNotice(s.documentNotice(p, rec, kind, noticeBody{Detail: detail, Session: e.v.id}))
}

const (
	noticesPage    = 50
	largestNotices = 200
)

// Notices tells what happened in a record, newest first: at most limit (0:
// fifty). What its reader may not know of is left out before anything is
// counted: a document that waits for its announcement, and from representatives
// what is hidden from them. Reading them is logged. Errors: NotFound, Forbidden
// (heirs and the partner).
func (s *Service) Notices(ctx context.Context, c Citizen, rec string, limit int) ([]Told, error) {
	if limit <= 0 || limit > largestNotices {
		limit = noticesPage
	}
	var out []Told
	err := s.enters(ctx, c, rec, func(r *held) (err error) {
		if err := r.reviews(); err != nil {
			return err
		}
		if out, err = s.readNotices(ctx, r, limit); err != nil {
			return err
		}
		e := s.heldEntry(r, fhir.KindNotices, "")
		return s.wrote(ctx, r, e, nil)
	})
	return durable(out, err)
}

func (s *Service) readNotices(ctx context.Context, r *held, limit int) ([]Told, error) {
	upto, err := s.st.NoticesRead(ctx, r.rec.N, r.c.ID)
	if err != nil {
		return nil, err
	}
	out, see := []Told{}, newSight(s, r)
	for below := int64(0); len(out) < limit; {
		page, err := s.st.Notices(ctx, r.rec.N, below, limit)
		if err != nil {
			return nil, err
		}
		for _, n := range page {
			below = n.N
			t, ok, err := s.readNotice(ctx, see, n)
			if err != nil {
				return nil, err
			}
			if t.Read = n.N <= upto; ok && len(out) < limit {
				out = append(out, t)
			}
		}
		if len(page) < limit {
			break
		}
	}
	return out, see.err
}

// readNotice gives a notice as its reader may see it; not ok is not at all.
func (s *Service) readNotice(ctx context.Context, see *sight, n store.Told) (t Told, ok bool, err error) {
	var b noticeBody
	if err := json.Unmarshal(n.Body, &b); err != nil {
		return t, false, err
	}
	t = Told{ID: n.N, Kind: n.Kind, At: n.At, Who: inWords(b), Detail: b.Detail, Rule: b.Rule, Act: b.Act, Dialogue: b.Dialogue}
	if n.Kind == noticeDocument && b.Detail != "added" {
		t.Kind = noticeChanged
	}
	if n.Kind == noticeEmergency && t.Act == 0 && b.Session != "" {
		if t.Act, err = s.openingOf(ctx, see.r.rec.N, n.At, b.Session); err != nil {
			return t, false, err
		}
	}
	if b.Document == "" {
		return t, true, nil
	}
	d := see.document(ctx, b.Document, true)
	switch {
	case !d.shown || d.waiting:
		return t, false, nil
	case d.gone && b.Detail == "added": // there is nothing to be seen any longer
		t.Detail = "withdrawn"
	case !d.gone && !d.other:
		t.Document, t.Title = b.Document, d.title
	}
	return t, true, nil
}

// inWords names who did what a notice tells of.
func inWords(b noticeBody) string {
	switch {
	case b.Name == "":
		return b.OrgName
	case b.OrgName == "":
		return b.Name
	}
	return b.Name + ", " + b.OrgName
}

// openingOf finds the entry of the log that opened an access session at a time.
func (s *Service) openingOf(ctx context.Context, record int64, at time.Time, session string) (int64, error) {
	after, err := s.st.SeqAt(ctx, record, at.Add(clockSlack))
	if err != nil {
		return 0, err
	}
	for range 10 {
		found, err := s.st.History(ctx, store.HistoryAsk{Record: record, Below: after, Limit: 20})
		if err != nil {
			return 0, err
		}
		for _, e := range found {
			after = e.Seq
			if entry, err := audit.Read(e.Body); err == nil && entry.Session == session && entry.Kind == fhir.KindOpen {
				return e.Seq, nil
			}
			if e.At.Before(at.Add(-clockSlack)) {
				return 0, nil
			}
		}
		if len(found) == 0 {
			break
		}
	}
	return 0, nil
}

// NoticesRead marks the notices of a record as read by the citizen, up to the
// one of an ID. Errors: NotFound.
func (s *Service) NoticesRead(ctx context.Context, c Citizen, rec string, until int64) error {
	return s.enters(ctx, c, rec, func(r *held) error {
		if err := r.reviews(); err != nil {
			return err
		}
		return s.st.Do(ctx, store.Op{Still: still(r.rec), Do: func(tx store.Tx) error {
			return tx.MarkNoticesRead(r.rec.N, c.ID, until)
		}})
	})
}

// Mail is an e-mail that says that something happened in a record, and nothing
// of what: whoever reads it signs in to know.
type Mail struct {
	ID      string // stays the same until it is sent
	To      []string
	Subject string
	Text    string
}

// Mailer is who sends them: it asks PendingMails from time to time, and says
// MailSent of each that left. What happens meanwhile in the same record waits
// for the next one.
type Mailer interface {
	PendingMails(ctx context.Context, limit int) ([]Mail, error)
	MailSent(ctx context.Context, id string) error
}

var _ Mailer = (*Service)(nil)

const (
	mailSubject = "Du nouveau dans votre carnet de santé / News in your health record"
	mailText    = "Bonjour,\n\nIl y a du nouveau dans un carnet de santé qui vous concerne. Pour votre tranquillité, cet e-mail ne dit pas quoi\u00a0: " +
		"connectez-vous à votre espace, comme vous en avez l’habitude, pour le lire. Nous n’envoyons jamais de lien à suivre.\n\n" +
		"—\n\nHello,\n\nThere is something new in a health record of yours. For your privacy this e-mail does not say what: " +
		"sign in to your space as you usually do to read it. We never send a link to follow.\n"
)

// PendingMails lists e-mails to be sent, the oldest first: to the holder and to
// their representatives, as far as they gave an address and may know of what
// happened. One of which nobody is to get any is dropped.
func (s *Service) PendingMails(ctx context.Context, limit int) ([]Mail, error) {
	waiting, err := s.st.Mails(ctx, limit)
	if err != nil {
		return nil, fault(err)
	}
	var out []Mail
	var none []store.Mail
	for _, m := range waiting {
		to, err := s.mailTo(ctx, m)
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrSealed) {
			return nil, fault(err)
		}
		if len(to) == 0 {
			none = append(none, m)
			continue
		}
		out = append(out, Mail{ID: mailID(m), To: to, Subject: mailSubject, Text: mailText})
	}
	if len(none) == 0 {
		return out, nil
	}
	err = s.st.Do(ctx, store.Op{Do: func(tx store.Tx) (err error) {
		for _, m := range none {
			err = errors.Join(err, tx.DropMail(m))
		}
		return err
	}})
	return out, fault(err)
}

// mailTo gives the addresses of those who are to know.
func (s *Service) mailTo(ctx context.Context, m store.Mail) (to []string, err error) {
	records := []int64{m.Record}
	if !m.HolderOnly {
		mandates, err := s.st.MandatesOf(ctx, m.Record)
		if err != nil {
			return nil, err
		}
		now := s.now()
		for _, one := range mandates {
			running := one.Ended.IsZero() && !now.Before(one.Starts) && (one.Ends.IsZero() || now.Before(one.Ends))
			if !running || one.Bond != consent.BondRepresentative {
				continue
			}
			rec, err := s.st.RecordOf(ctx, one.Person)
			if errors.Is(err, store.ErrNotFound) {
				continue // no record of their own, no address
			}
			if err != nil {
				return nil, err
			}
			records = append(records, rec.N)
		}
	}
	for _, n := range records {
		address, err := s.address(ctx, n)
		if err != nil {
			return to, err
		}
		if address != "" && !slices.Contains(to, address) {
			to = append(to, address)
		}
	}
	return to, nil
}

// address is where the holder of a record gets e-mails: what they chose, or
// where their code went by e-mail. "": nowhere.
func (s *Service) address(ctx context.Context, record int64) (string, error) {
	choices, err := s.st.Choices(ctx, record)
	if err != nil || choices.Email != "" {
		return choices.Email, err
	}
	kept, err := s.st.Life(ctx, record)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	life, err := openLife(kept)
	if err != nil || life.Channel != ChannelEmail || life.Parent != "" { // a child's code went to a parent
		return "", err
	}
	return life.Email, nil
}

// mailID names an e-mail by its row and by when the last thing happened that it
// stands for.
func mailID(m store.Mail) string {
	return strings.Join([]string{"mail", base36(m.N), base36(m.At.UnixMilli())}, "-")
}

func base36(n int64) string { return strconv.FormatInt(n, 36) }

// MailSent says that an e-mail of PendingMails left. One that is not known any
// longer is no error.
func (s *Service) MailSent(ctx context.Context, id string) error {
	parts := strings.Split(id, "-")
	if len(parts) != 3 || parts[0] != "mail" {
		return nil
	}
	n, err := strconv.ParseInt(parts[1], 36, 64)
	at, atErr := strconv.ParseInt(parts[2], 36, 64)
	if err != nil || atErr != nil {
		return nil
	}
	m := store.Mail{N: n, At: time.UnixMilli(at)}
	return fault(s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error { return tx.DropMail(m) }}))
}
