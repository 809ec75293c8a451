package record

import (
	"context"
	"errors"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// The directory names the professionals and structures that a holder may
// decide about. It is public, and is fed from three sides: each professional's
// own sign-in (Known), a national list (ImportDirectory), a demonstration's
// people (Seeder.AddListed).

// How many of the directory an answer holds.
const (
	usualListed   = 20
	largestListed = 50
)

// listed gives an entry of the directory as a holder sees it.
func listed(l store.Listed) Listed {
	return Listed{ID: l.ID, Name: l.Name, Profession: l.Profession, Specialty: l.Specialty, OrgID: l.OrgID, OrgName: l.OrgName, City: l.City, Org: l.Org}
}

// requesterOf gives an entry of the directory as the decision would know them.
func requesterOf(l store.Listed) consent.Requester {
	return consent.Requester{ID: l.ID, Profession: l.Profession, Specialty: l.Specialty, OrgID: l.OrgID, Sector: l.Sector}
}

// listedWords gives what an entry is found by: the words of its names and city,
// its national id and, of a professional, the RPPS number in it.
func listedWords(l store.Listed) []string {
	words := strings.Fields(fold(strings.Join([]string{l.Name, l.OrgName, l.City}, " ")))
	words = append(words, l.ID)
	if !l.Org && len(l.ID) == 12 && l.ID[0] == '8' {
		words = append(words, l.ID[1:])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// nameOf names an actor: by the directory, or by their id alone.
func (s *Service) nameOf(ctx context.Context, id string) (Listed, error) {
	l, err := s.st.Listed(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Listed{ID: id, Name: id, Org: isOrg(id)}, nil
	}
	return listed(l), err
}

// isCitizen tells a natural person's agent from a national id.
func isCitizen(agent string) bool { return strings.HasPrefix(agent, consent.CitizenID("")) }

// actingName names a natural person who acted in a record; "" is its holder.
func (s *Service) actingName(ctx context.Context, agent string) (string, error) {
	id, ok := strings.CutPrefix(agent, consent.CitizenID(""))
	if !ok {
		return "", nil
	}
	p, err := s.st.PersonByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	family := p.UsedName
	if family == "" {
		family = p.BirthName
	}
	return strings.TrimSpace(p.FirstGiven + " " + strings.ToUpper(family)), err
}

// actor finds whom a holder decides about: in the directory, or among those
// about whom something is decided already. Errors: NotFound.
func (s *Service) actor(ctx context.Context, h *held, id string) (store.Listed, error) {
	l, err := s.st.Listed(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return l, err
	}
	all, listErr := s.st.Decisions(ctx, h.rec.N)
	if listErr != nil {
		return l, listErr
	}
	at := slices.IndexFunc(all, func(p store.Provision) bool { return p.Actor == id })
	if at < 0 && h.rec.Facts.MT != id {
		return l, unlisted(err)
	}
	return store.Listed{ID: id, Org: isOrg(id)}, nil
}

// Directory finds professionals and structures of whose name, structure or
// city every word typed starts a word; a national id or RPPS number is one.
// Fewer than two letters or digits find nothing.
func (s *Service) Directory(ctx context.Context, c Citizen, words string, limit int) ([]Listed, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = usualListed
	}
	asked := strings.Fields(fold(clip(words)))
	if len(strings.Join(asked, "")) < 2 {
		return nil, nil
	}
	all, err := s.st.Directory(ctx, asked, min(limit, largestListed))
	if err != nil {
		return nil, fault(err)
	}
	out := make([]Listed, len(all))
	for i, l := range all {
		out[i] = listed(l)
	}
	return out, nil
}

// seenPros remembers who is in the directory as they are.
type seenPros struct {
	all *lru.Cache[string, Principal] // by national id, without what is of one sign-in
}

const rememberedPros = 20_000

func newSeenPros() *seenPros {
	all, err := lru.New[string, Principal](rememberedPros)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &seenPros{all}
}

// Known keeps a professional who signed in, and their structure, in the
// directory, so that patients find who treats them; of a system its structure
// alone. It is cheap: who is there as they are is remembered, and nothing is
// written. $open and filing call it; call it for other first uses of a sign-in.
func (s *Service) Known(ctx context.Context, p Principal) error {
	if p.check() != nil || !isNational(p.ID) && p.OrgID == "" {
		return nil
	}
	p.Session, p.RequestID = "", ""
	if was, ok := s.seen.all.Get(p.ID); ok && was == p {
		return nil
	}
	err := s.keepKnown(ctx, p)
	if err == nil {
		s.seen.all.Add(p.ID, p)
	}
	return err
}

// keepKnown writes what a sign-in tells of a professional, if it is new.
func (s *Service) keepKnown(ctx context.Context, p Principal) error {
	var all []store.Listed
	if isNational(p.ID) {
		all = append(all, store.Listed{
			ID: p.ID, Name: p.Name, Profession: p.Profession, Specialty: p.Specialty, Sector: p.Sector, OrgID: p.OrgID, OrgName: p.OrgName,
		})
	}
	if p.OrgID != "" && p.OrgName != "" {
		all = append(all, store.Listed{ID: p.OrgID, Org: true, Name: p.OrgName, Sector: p.Sector})
	}
	var fresh []store.Listed
	for _, l := range all {
		changed, err := s.renews(ctx, &l)
		if err != nil {
			return fault(err)
		}
		if changed {
			fresh = append(fresh, l)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fault(s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error { return s.keepListed(tx, fresh) }}))
}

// isNational tells a professional's national id from a system's client id.
func isNational(id string) bool {
	return len(id) >= 9 && strings.Trim(id, "0123456789") == "" && !isOrg(id)
}

// renews tells whether an entry says anything new, and keeps what the old one
// knew besides: a sign-in does not tell the city, nor when an activity ends.
func (s *Service) renews(ctx context.Context, l *store.Listed) (bool, error) {
	old, err := s.st.Listed(ctx, l.ID)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if l.City == "" {
		l.City = old.City
	}
	if l.OrgID == old.OrgID { // of another structure, other days
		l.Since, l.Until = old.Since, old.Until
	}
	l.Updated, old.Words = old.Updated, nil
	return !sameListed(*l, old), nil
}

func sameListed(a, b store.Listed) bool {
	return a.ID == b.ID && a.Org == b.Org && a.Name == b.Name && a.Profession == b.Profession && a.Specialty == b.Specialty &&
		a.Sector == b.Sector && a.OrgID == b.OrgID && a.OrgName == b.OrgName && a.City == b.City && a.Since == b.Since && a.Until == b.Until
}

// keepListed writes entries of the directory.
func (s *Service) keepListed(tx store.Tx, all []store.Listed) error {
	for _, l := range all {
		l.Words, l.Updated = listedWords(l), s.now()
		if err := tx.KeepListed(l); err != nil {
			return err
		}
	}
	return nil
}

// ListedSeed is a professional or a structure of a demonstration's directory.
type ListedSeed struct {
	Listed
	Sector string
}

// AddListed adds to the directory.
func (s *Seeder) AddListed(l ListedSeed) error {
	return s.do(500, func(tx store.Tx) error {
		return s.svc.keepListed(tx, []store.Listed{{
			ID: l.ID, Org: l.Org, Name: l.Name, Profession: l.Profession, Specialty: l.Specialty, Sector: l.Sector,
			OrgID: l.OrgID, OrgName: l.OrgName, City: l.City,
		}})
	})
}
