package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
)

// twinSuffix names the twin of a small file without which nothing that is kept
// could be found or opened again.
const twinSuffix = ".twin"

// writeTwice writes a file and its twin, which begins with the hash of the rest.
// The twin goes first: after a crash in between it is the newer one, and sound.
func writeTwice(path string, data []byte) error {
	sum := sha256.Sum256(data)
	if err := WriteFile(path+twinSuffix, append(sum[:], data...)); err != nil {
		return err
	}
	return WriteFile(path, data)
}

// readTwice reads a file that writeTwice wrote: what its twin says, where that is
// sound, and the file itself otherwise. What is damaged or gone of the two is written
// anew; a disk that does not take it loses nothing yet. Errors: fs.ErrNotExist
// when there is neither, ErrDamaged when only a damaged twin is left.
func readTwice(path string, sound func([]byte) bool) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	twin, twinErr := os.ReadFile(path + twinSuffix)
	if twinErr == nil && len(twin) > sha256.Size {
		said := twin[sha256.Size:]
		if sum := sha256.Sum256(said); bytes.Equal(sum[:], twin[:sha256.Size]) {
			if !bytes.Equal(data, said) {
				_ = WriteFile(path, said)
			}
			return said, nil
		}
	}
	switch {
	case err != nil && twinErr == nil:
		return nil, ErrDamaged
	case err != nil:
		return nil, err
	case sound(data):
		_ = writeTwice(path, data)
	}
	return data, nil
}
