package record

import (
	"errors"

	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

// InUse tells whether Open failed because another process has the data
// directory open: one at a time decides and writes.
func InUse(err error) bool { return errors.Is(err, sqlite.ErrInUse) }
