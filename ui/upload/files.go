package upload

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"carnet/client/fhir"
)

// Disk is the Files of this computer.
type Disk struct{}

// Read implements Files. Only ordinary files are read: opening a device or a
// pipe could wait for ever.
func (Disk) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fileError(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fhir.E(fhir.Invalid, "not a file")
	}
	if info.Size() > limit {
		return nil, fhir.E(fhir.TooLarge, "the file is too large")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case ctx.Err() != nil:
		return nil, &fhir.Error{Code: fhir.Canceled, Err: ctx.Err()}
	case err != nil:
		return nil, fileError(err)
	case int64(len(data)) > limit:
		return nil, fhir.E(fhir.TooLarge, "the file is too large")
	}
	return data, nil
}

// fileError keeps of a file's error what is not its name.
func fileError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fhir.E(fhir.NotFound, "no such file")
	}
	return fhir.E(fhir.Invalid, "the file cannot be read")
}
