package record

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

// VerifyReport is what Verify found. All is well when Problems is empty.
type VerifyReport struct {
	Leaves    int64     // entries of the log
	Erased    int64     // of which the body was erased; their hash still holds
	HeadTime  time.Time // when the latest head was signed
	Documents int64     // whose bytes are those that were filed
	Problems  []VerifyProblem
}

// VerifyProblem is one thing that is not as it was written.
type VerifyProblem struct {
	Place int64 // number of the leaf or of the document
	What  string
}

// Verify checks a data directory, also while a server uses it: every leaf of
// the log against the tree and the signed head, every entry against its leaf,
// every document against its hash. The error is of reading; what is wrong is
// in the report.
func Verify(ctx context.Context, dir string) (VerifyReport, error) {
	keys, err := store.OpenKeys(dir, false)
	if err != nil {
		return VerifyReport{}, err
	}
	r, err := sqlite.OpenReader(ctx, dir, keys)
	if err != nil {
		return VerifyReport{}, err
	}
	report, err := verify(ctx, dir, r)
	return report, errors.Join(err, r.Close())
}

func verify(ctx context.Context, dir string, r *sqlite.Reader) (report VerifyReport, err error) {
	head, err := r.Head(ctx)
	if err != nil {
		return report, err
	}
	if head != nil {
		if report, err = verifyLog(ctx, dir, r, head); err != nil {
			return report, err
		}
	}
	checked, bad, err := r.Documents(ctx)
	report.Documents = checked - int64(len(bad))
	for _, n := range bad {
		report.Problems = append(report.Problems, VerifyProblem{n, "a document is not the one that was filed"})
	}
	return report, err
}

// verifyLog checks the log up to its head. What a running server appends
// meanwhile is not looked at.
func verifyLog(ctx context.Context, dir string, r *sqlite.Reader, signed []byte) (VerifyReport, error) {
	_, verifier, err := openLogKey(dir)
	if err != nil {
		return VerifyReport{}, err
	}
	head, err := audit.Open(signed, verifier)
	if errors.Is(err, audit.ErrHead) {
		return VerifyReport{Problems: []VerifyProblem{{0, "the head of the log is not signed by the log's key"}}}, nil
	}
	if err != nil {
		return VerifyReport{}, err
	}
	found, err := audit.Verify(r.Rows(ctx, head.Size), head)
	report := VerifyReport{Leaves: found.Leaves, Erased: found.Erased, HeadTime: head.Time}
	for _, p := range found.Problems {
		report.Problems = append(report.Problems, VerifyProblem{p.Seq, p.What})
	}
	return report, err
}

// Backup copies a data directory into a new one, also while a server uses it:
// a consistent copy of the database, and the keys (mode 0600). The copy opens
// everything: keep it as the original, or take the keys out and keep them
// elsewhere.
func Backup(ctx context.Context, dir, dest string) error {
	keys, err := store.OpenKeys(dir, false)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(dest, 0o700); err != nil {
		return fmt.Errorf("the copy's directory: %w", err)
	}
	r, err := sqlite.OpenReader(ctx, dir, keys)
	if err != nil {
		return err
	}
	err = r.Copy(ctx, filepath.Join(dest, sqlite.File))
	for _, name := range []string{store.KeyFile, logKeyFile} {
		err = errors.Join(err, copySecret(filepath.Join(dir, name), filepath.Join(dest, name)))
	}
	return errors.Join(err, r.Close())
}

func copySecret(from, to string) error {
	secret, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return store.WriteSecret(to, secret)
}
