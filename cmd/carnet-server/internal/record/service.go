package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
	"golang.org/x/mod/sumdb/note"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/sqlite"
)

// logKeyFile holds the key that signs the heads of the log. Like the master
// key it lies beside the database, mode 0600.
const logKeyFile = "log.key"

const defaultLogName = "carnet-log"

// Service is the use cases of a record. Safe for concurrent use.
type Service struct {
	st     store.Store
	matrix *terminology.Matrix
	now    func() time.Time
	log    logrus.FieldLogger
	gate   Gate
	demo   bool
	panels *panels
	limits *limits
	intake *intake
	// activations are the records that their persons activated.
	activations activatedRecords
	visits      *recentVisits
	texts       *texts
	seen        *seenPros
	states      copyStates
	// logKeys gives the key of the log.
	logKeys func() (logKey, error)

	watchers *watchers
	letters  *letterWatchers
}

// Open opens the records of a data directory, making it when there is none.
// Only one Service can have a directory open at a time.
func Open(ctx context.Context, c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		c.Log = quiet
	}
	if c.LogName == "" {
		c.LogName = defaultLogName
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	fresh := !sqlite.Exists(c.Dir)
	keys, err := store.OpenKeys(c.Dir, fresh)
	if err != nil {
		return nil, err
	}
	if fresh {
		err = makeLogKey(c.Dir, c.LogName)
	}
	if err != nil {
		return nil, err
	}
	signer, verifier, err := openLogKey(c.Dir)
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, sqlite.Options{Dir: c.Dir, Keys: keys, Signer: signer, Verifier: verifier, Now: c.Now, Memory: c.Memory, NoSync: c.NoSync})
	if err != nil {
		return nil, err
	}
	s := newService(c, db)
	if err := s.finishErasures(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// newService is a Service on any store.
func newService(c Config, st store.Store) *Service {
	s := &Service{
		st: st, matrix: terminology.CurrentMatrix(), now: c.Now, log: c.Log, gate: c.Gate, demo: c.Demo,
		panels: newPanels(st), limits: newLimits(c.Now), intake: newIntake(c.Intake, c.Now), activations: newActivatedRecords(), visits: newRecentVisits(), texts: newTexts(), seen: newSeenPros(), states: newCopyStates(),
		watchers: newWatchers(), letters: newLetterWatchers(),
		logKeys: logKeys(c.Dir),
	}
	st.OnChange(s.moved)
	st.OnRights(s.settleLeases)
	return s
}

// makeLogKey makes the key of the log at the first start.
func makeLogKey(dir, name string) error {
	path := filepath.Join(dir, logKeyFile)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	key, err := audit.NewKey(rand.Reader, name)
	if err != nil {
		return err
	}
	return store.WriteSecret(path, key)
}

// openLogKey reads the key of the log.
func openLogKey(dir string) (note.Signer, note.Verifier, error) {
	data, err := os.ReadFile(filepath.Join(dir, logKeyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, store.Missing(logKeyFile, "is missing")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("log key: %w", err)
	}
	return audit.ParseKey(data)
}

// Close waits for what was accepted and closes the store.
func (s *Service) Close() error { return errors.Join(s.st.Close(), s.st.Keys().Close()) }

// Ready tells whether the service could read and write now.
func (s *Service) Ready(ctx context.Context) error { return fault(s.st.Ready(ctx)) }

// Stats tells how the store's writer is doing, for the metrics.
func (s *Service) Stats() Stats { return Stats(s.st.Stats()) }

// Head gives the latest signed head of the log. NotFound: the log is empty.
func (s *Service) Head(ctx context.Context) ([]byte, error) {
	head, err := s.st.Head(ctx)
	return head, fault(err)
}

// fault turns an error of the store into one for the wire. Whatever is not
// known means that nothing was done.
func fault(err error) error {
	var known *fhir.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, store.ErrDuplicate):
		return err
	case errors.Is(err, store.ErrNotFound):
		return notFound()
	case errors.Is(err, store.ErrNoGrant):
		return &fhir.Error{Code: fhir.Forbidden, Message: "Cet accès est terminé : rouvrez le dossier.", Err: err}
	case errors.Is(err, store.ErrVersion):
		return &fhir.Error{Code: fhir.VersionConflict, Message: "Le document a changé entre-temps : rechargez-le, puis recommencez.", Err: err}
	}
	return &fhir.Error{Code: fhir.Unavailable, Message: "Le serveur ne peut pas répondre pour l'instant, rien n'a été fait : réessayez dans un moment.", Err: err}
}

// durable gives an answer once its entry is durable, and nothing of it
// otherwise.
func durable[T any](answer T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return answer, nil
}

// notFound is the one answer to what is unknown and to what is hidden.
func notFound() error {
	return fhir.E(fhir.NotFound, "Introuvable : vérifiez la référence.")
}

// requester is the principal as the decision knows it.
func (p Principal) requester() consent.Requester {
	return consent.Requester{ID: p.ID, Profession: p.Profession, Specialty: p.Specialty, OrgID: p.OrgID, Sector: p.Sector}
}

// check refuses the zero Principal.
func (p Principal) check() error {
	if p.ID == "" || p.Profession == "" {
		return refused(consent.RefusalIdentity)
	}
	return nil
}

// entry starts the audit entry of something that a principal does.
func (s *Service) entry(p Principal, kind string) audit.Entry {
	return audit.Entry{
		At: s.now(), Kind: kind, Request: p.RequestID,
		Agent: audit.Agent{ID: p.ID, Name: p.Name, Role: p.Profession, Specialty: p.Specialty, OrgID: p.OrgID, OrgName: p.OrgName},
	}
}

// prepare seals an entry for the log, under the key of the record that it is
// about; rec is nil when it is about none.
func (s *Service) prepare(e audit.Entry, rec *store.Record) (store.Entry, error) {
	about := store.About{At: e.At, Actor: e.Agent.ID}
	if rec == nil {
		return store.Prepare(s.st.Keys().System(), about, e.Encode()), nil
	}
	// Whoever checks a history sees that each entry is about its record.
	e.Patient = rec.Facts.PatientID
	box, err := s.st.Keys().Box(rec.N, rec.Key)
	if err != nil {
		return store.Entry{}, err
	}
	about.Record, about.Patient = rec.N, e.Patient
	return store.Prepare(box, about, e.Encode()), nil
}

// record writes an entry and waits until it is durable.
func (s *Service) record(ctx context.Context, e audit.Entry, rec *store.Record) error {
	sealed, err := s.prepare(e, rec)
	if err != nil {
		return fault(err)
	}
	return fault(s.st.Do(ctx, store.Op{Log: []store.Entry{sealed}}))
}

// missed writes the entry of an answer "not found" and gives the answer. The
// entry is the same whatever the reason: it is about no record, and holds only
// what the caller asked for.
func (s *Service) missed(ctx context.Context, p Principal, id string) error {
	e := s.entry(p, fhir.KindMiss)
	e.Document, e.Outcome = clip(id), audit.OutcomeMinor
	if err := s.record(ctx, e, nil); err != nil {
		return err
	}
	return notFound()
}

// clip bounds what a caller's text may add to the log.
func clip(s string) string { return s[:min(len(s), 128)] }

// denied writes the entry of a refusal about a record and gives the answer.
func (s *Service) denied(ctx context.Context, e audit.Entry, d consent.Decision, rec *store.Record) error {
	answer := refusedIn(e.Kind, e.Mode, d.Refusal)
	e.Kind, e.Action, e.Outcome = fhir.KindDenial, "", audit.OutcomeMinor
	e.Refusal, e.Step = string(d.Refusal), d.Step
	e.Patient = rec.Facts.PatientID
	if err := s.record(ctx, e, rec); err != nil {
		return err
	}
	return answer
}

// attempts bounds how often something is decided again because the record
// changed meanwhile.
const attempts = 5

// decided runs f, again when the record changed since its decision.
func (s *Service) decided(rec *store.Record, f func() error) error {
	for range attempts {
		err := f()
		if !errors.Is(err, store.ErrStale) {
			return fault(err)
		}
		if rec != nil {
			s.st.Forget(rec.N)
		}
	}
	return fault(errors.New("record: it changes too often"))
}

// newID makes a logical id that cannot be guessed.
func newID() string { return uuid.NewString() }

// isOrg tells a structure's national id from a professional's (8 + RPPS, or 0 +
// ADELI), as client/fhir does.
func isOrg(id string) bool {
	return id != "" && id[0] != '0' && (id[0] != '8' || len(id) != 12)
}
