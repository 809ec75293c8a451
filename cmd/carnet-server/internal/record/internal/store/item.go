package store

import (
	"context"

	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// Profiles gives one item of the health profile. Items, of Holders, lists them.
type Profiles interface {
	// LocateItem finds an item for a decision, without its body, removed or not,
	// with the facts of its record; perhaps these from memory: Op.Still is what
	// makes sure. ErrNotFound.
	LocateItem(ctx context.Context, id string) (Item, *Record, error)
	// RevealItem gives the body of a located item against a grant whose filter it
	// passes. ErrStale: the item changed since.
	RevealItem(ctx context.Context, g *consent.Grant, i Item, r *Record) ([]byte, error)
}

// ProfilesTx is what an Op may do with the health profile beside HolderTx.
type ProfilesTx interface {
	// CountItems tells how many items a record has that are not removed.
	CountItems(record int64) (int, error)
}
