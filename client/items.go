package client

import (
	"context"
	"slices"
	"time"

	"carnet/client/fhir"
)

// Item is one thing of the health profile: an allergy, a disease, a treatment, an
// injection, a measure.
type Item = fhir.Item

// ItemQuery narrows the health profile. The zero query asks for all that this
// reader may read.
type ItemQuery struct {
	Resources []string // FHIR types; empty: all
	Codes     []string // of measures: LOINC codes; empty: all
	From, To  time.Time
	Limit     int // rows a page; 0 means 200, which is enough for most people's whole profile
	Page      string
}

// ItemPage is one page of items: measures by their moment, newest first, the rest
// as they were written, newest first.
type ItemPage struct {
	Items []Item
	Total int // what this reader may read
	Next  string
	// Waiting are ids of those that are still to be sent from this computer, as they
	// will be: new ones (QueuedID) and corrected ones.
	Waiting []string
	Provenance
}

// CareMember is somebody who cares for the patient, as the health summary shows
// them.
type CareMember = fhir.CareMember

// Profiles reads and writes the health profile of a record that was opened. What
// is confidential by a minor's wish is never sent: a client keeps it to itself.
type Profiles interface {
	// Items lists what this reader may read of the profile. It is one access of the
	// patient's history. Errors: as Reader.Documents.
	Items(ctx context.Context, a Access, q ItemQuery) (ItemPage, error)
	// KeepItem adds an item (ID empty) or corrects one of the version that was read.
	// key is an idempotency key (UUID): the same twice takes effect once. Errors:
	// Invalid and BadCode with Issues, Forbidden (another's item, or a profession that
	// may not), VersionConflict, NoRecord (final), NoConsent, BusinessRule (too many).
	KeepItem(ctx context.Context, a Access, key string, item Item) (Item, error)
	// DropItem takes out an item that I wrote, of the version that was read: it is
	// entered in error. Dropping twice is no error. Errors: as KeepItem.
	DropItem(ctx context.Context, a Access, item Item) error
	// CareTeam gives the médecin traitant and who cares for the patient now.
	CareTeam(ctx context.Context, a Access) ([]CareMember, error)
}

// mostItemPages bounds how often a profile is asked on: no server keeps more.
const mostItemPages = 50

// AllItems follows the pages of a profile and gives them as one. The provenance is that
// of the page which says most of how old it is.
func AllItems(ctx context.Context, from Profiles, a Access, q ItemQuery) (ItemPage, error) {
	var all ItemPage
	for n := range mostItemPages {
		page, err := from.Items(ctx, a, q)
		if err != nil {
			return ItemPage{}, err
		}
		all.Items = append(all.Items, page.Items...)
		for _, id := range page.Waiting {
			if !slices.Contains(all.Waiting, id) {
				all.Waiting = append(all.Waiting, id)
			}
		}
		if p := page.Provenance; n == 0 || p.Cached && (!all.Cached || p.AsOf.Before(all.AsOf)) {
			all.Provenance = p
		}
		if q.Page = page.Next; q.Page == "" {
			break
		}
	}
	return all, nil
}

// Waits tells whether an item is still to be sent from this computer, as it is: a new
// one, or one that was corrected.
func (p ItemPage) Waits(i Item) bool {
	_, queued := QueuedItem(i.ID)
	return queued || slices.Contains(p.Waiting, i.ID)
}
