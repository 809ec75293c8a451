package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

var _ client.Profiles = (*Cache)(nil)

// Items lists the health profile; offline, what the copy has of it: that it was
// shown is in the journal first.
func (c *Cache) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	cause := error(fhir.E(fhir.Offline, "Le serveur ne répond pas. Réessayez dans un moment."))
	if !strings.HasPrefix(q.Page, pagePrefix) {
		p, err := c.onlineItems(ctx, a, q)
		if !offline(err) || q.Page != "" { // a list of the server does not go on in a copy
			return p, err
		}
		cause = err
	}
	e, held, err := c.offlineProfile(ctx, a, cause)
	if err != nil {
		return client.ItemPage{}, err
	}
	hits := slices.DeleteFunc(held.Items, func(i client.Item) bool { return !q.Asks(i) })
	rows, next, err := cut(hits, q.Page, q.Limit, usualItems)
	if err != nil {
		return client.ItemPage{}, err
	}
	return client.ItemPage{Items: rows, Total: len(hits), Next: next, Provenance: profileAge(e)}, nil
}

// usualItems is how many items a page has when nobody says (client.ItemQuery).
const usualItems = 200

// onlineItems asks the server, and draws the consequences for the copy.
func (c *Cache) onlineItems(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	from, err := c.profilesOf()
	if err != nil {
		return client.ItemPage{}, err
	}
	p, err := from.Items(ctx, online(a), q)
	switch {
	case err == nil && q.Whole() && p.Next == "":
		c.keepItems(a, p.Items)
	case fhir.CodeOf(err) == fhir.NoConsent && !emergency(a):
		c.purgeNow(a.PatientID)
	}
	return p, err
}

func emergency(a client.Access) bool {
	return a.Mode == fhir.ModeBreakGlass || a.Mode == fhir.ModeCentre15
}

// profilesOf gives the profiles of the server.
func (c *Cache) profilesOf() (client.Profiles, error) {
	if p, ok := c.Records.(client.Profiles); ok {
		return p, nil
	}
	return nil, fhir.E(fhir.NotAllowed, "Ce serveur ne donne pas le profil de santé.")
}

// profileAge says of when a copied profile is: of when the server last confirmed the
// record, if nothing of it has changed since the profile was copied.
func profileAge(e *entry) client.Provenance {
	at := e.Profile.At
	if e.Profile.Stamp == e.Lease.Stamp && e.AsOf.After(at) {
		at = e.AsOf
	}
	return client.Provenance{Cached: true, AsOf: at}
}

// offlineProfile gives the copied profile of a record that may be shown, once it is in
// the journal that it is.
func (c *Cache) offlineProfile(ctx context.Context, a client.Access, cause error) (*entry, client.CopiedProfile, error) {
	done, err := c.use()
	if err != nil {
		return nil, client.CopiedProfile{}, err
	}
	defer done()
	e, err := c.readable(a.PatientID, cause)
	if err != nil {
		return nil, client.CopiedProfile{}, err
	}
	for {
		if e.Profile.Parts == 0 { // not copied yet: nothing is said to be all there is
			return nil, client.CopiedProfile{}, noCopy(cause)
		}
		held, err := c.profile(e)
		if err == nil {
			return e, held, c.journalled(ctx, a, e, client.OfflineRead{Profile: true})
		}
		now := c.entry(a.PatientID)
		if now == nil {
			return nil, client.CopiedProfile{}, noCopy(cause)
		}
		if now.Profile == e.Profile {
			return nil, client.CopiedProfile{}, c.broken(e, err)
		}
		e = now // it was copied anew meanwhile
	}
}

// CareTeam gives who cares for the patient; offline, those of the copy whose time has
// not ended.
func (c *Cache) CareTeam(ctx context.Context, a client.Access) ([]client.CareMember, error) {
	from, err := c.profilesOf()
	if err != nil {
		return nil, err
	}
	team, err := from.CareTeam(ctx, online(a))
	if fhir.CodeOf(err) == fhir.NoConsent && !emergency(a) {
		c.purgeNow(a.PatientID)
	}
	if !offline(err) {
		return team, err
	}
	_, held, err := c.offlineProfile(ctx, a, err)
	if err != nil {
		return nil, err
	}
	now, _ := c.clock.now()
	return slices.DeleteFunc(held.Team, func(m client.CareMember) bool { return !m.Until.IsZero() && !now.Before(m.Until) }), nil
}

// KeepItem adds or corrects an item; without a server it is Offline, and the outbox's.
func (c *Cache) KeepItem(ctx context.Context, a client.Access, key string, item client.Item) (client.Item, error) {
	from, err := c.profilesOf()
	if err != nil {
		return client.Item{}, err
	}
	kept, err := from.KeepItem(ctx, online(a), key, item)
	c.changed(err)
	return kept, err
}

// DropItem takes an item back; without a server it is Offline, and the outbox's.
func (c *Cache) DropItem(ctx context.Context, a client.Access, item client.Item) error {
	from, err := c.profilesOf()
	if err != nil {
		return err
	}
	err = from.DropItem(ctx, online(a), item)
	c.changed(err)
	return err
}

// changed has the copies followed soon after something was written.
func (c *Cache) changed(err error) {
	if err != nil {
		return
	}
	select {
	case c.nudge <- struct{}{}:
	default:
	}
}

// keepItems puts items that were read online into the record's copy. What went from the
// profile is for Sync, which gives the record a new key. A copy is never made of what
// was read in an emergency mode.
func (c *Cache) keepItems(a client.Access, items []client.Item) {
	if emergency(a) || !c.syncing.TryLock() { // Sync is at work on it
		return
	}
	defer c.syncing.Unlock()
	done, err := c.use()
	if err != nil {
		return
	}
	defer done()
	e := c.entry(a.PatientID)
	if e == nil || !e.Whole || e.Profile.Parts == 0 {
		return
	}
	held, err := c.profile(e)
	if err != nil || gone(held.Items, items) || same(held.Items, items) {
		return
	}
	if _, err := c.putProfile(e, client.CopiedProfile{Items: items, Team: held.Team}, e.Profile.Stamp); err != nil {
		c.cfg.Log("cache: a profile could not be kept")
	}
}

// gone tells whether something of before is no longer there.
func gone(before, now []client.Item) bool {
	left := map[string]bool{}
	for _, i := range now {
		left[i.Resource+"/"+i.ID] = true
	}
	return slices.ContainsFunc(before, func(i client.Item) bool { return !left[i.Resource+"/"+i.ID] })
}

func same(a, b []client.Item) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// followProfiles copies the profiles of the records whose stamp moved since their own
// was copied, or that have none yet.
func (c *Cache) followProfiles(ctx context.Context, r *Synced) error {
	from, ok := c.copies.(client.ProfileCopies)
	if !ok {
		return nil
	}
	var moved []*entry
	c.mu.RLock()
	for _, e := range c.entries {
		if e.Whole && e.Profile.Stamp != e.Lease.Stamp {
			moved = append(moved, e)
		}
	}
	c.mu.RUnlock()
	var failed error
	for _, e := range c.byPriority(moved) {
		switch err := c.copyProfile(ctx, from, e, r); {
		case fhir.CodeOf(err) == fhir.NotFound, fhir.CodeOf(err) == fhir.NotAllowed:
			return failed // a server that gives no profiles gives none of the others
		case stops(err):
			return err
		case err != nil:
			failed = err
		}
	}
	return failed
}

// copyProfile copies one profile. What went from it opens no more: the record gets a
// new key.
func (c *Cache) copyProfile(ctx context.Context, from client.ProfileCopies, e *entry, r *Synced) error {
	r.Requests++
	got, err := from.CopyProfile(ctx, e.Lease.ID, e.Patient.ID)
	if fhir.CodeOf(err) == fhir.NoConsent {
		r.Purged++
		return c.refuse(e.record)
	}
	if err != nil {
		return err
	}
	if e.Profile.Parts > 0 {
		held, err := c.profile(e)
		if errors.Is(err, vault.ErrLocked) {
			return err
		}
		if err != nil {
			return c.drop(e, err)
		}
		if gone(held.Items, got.Items) {
			h := e.head
			h.Profile = profileHead{}
			if e, err = c.rekey(newEntry(e.record, h)); err != nil || e == nil {
				return err
			}
		}
	}
	if _, err = c.putProfile(e, got, e.Lease.Stamp); err == nil {
		r.Profiles++
	}
	return err
}
