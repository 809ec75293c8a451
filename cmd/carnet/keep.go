package main

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	"carnet/cache/notebook"
	"carnet/cache/outbox"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui"
	"carnet/ui/unlock"

	"github.com/sirupsen/logrus"
)

// The purposes of keys: what is sealed for one opens for no other.
const (
	forOutbox = "outbox"
	forNotes  = "notebook"
)

// keep is what this computer keeps for people, each in a vault of their own:
// what is still to be sent, drafts, results of batches, copies of records. One
// person at a time has theirs open. Behind a locked screen what is queued goes on
// leaving; nothing can be read.
type keep struct {
	dir     string // of all vaults
	server  string // whose people they are
	records client.Records
	line    client.Records // records as the pages ask them, before the copies; nil: records
	log     logrus.FieldLogger
	keyring vault.Keyring // nil: the system's
	demo    func(context.Context) (bool, error)

	mu      sync.Mutex // one change at a time; guards all below
	owner   string     // national id; empty: nobody
	person  client.Person
	vault   *vault.Vault
	opened  *opened
	closing bool
}

// opened are the stores of an open vault.
type opened struct {
	outbox *outbox.Outbox
	notes  *shelf
	copies *copied   // nil: they could not be opened, or the server gives none
	closed *unopened // copies that could not be opened; nil: none
	stop   context.CancelFunc
	ended  chan struct{} // closed when nothing is being sent any more
}

// shelf is an open notebook that closes after all who write in it: what they still
// have to say is kept, whichever way the desktop is left.
type shelf struct {
	*notebook.Notebook

	mu      sync.Mutex
	writers map[io.Closer]bool
	closed  bool
}

// lend takes note of somebody who writes until it is closed; a closed shelf lends
// nothing. The writer comes and goes once: Close of the shelf closes it, and it may
// close itself before and give back.
func (s *shelf) lend(w io.Closer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fhir.E(fhir.Unauthenticated, "Connectez-vous d’abord.")
	}
	if s.writers == nil {
		s.writers = map[io.Closer]bool{}
	}
	s.writers[w] = true
	return nil
}

// giveBack forgets a writer that is closed.
func (s *shelf) giveBack(w io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.writers, w)
}

// Close closes who writes, then the notebook.
func (s *shelf) Close() error {
	s.mu.Lock()
	s.closed = true
	writers := slices.Collect(maps.Keys(s.writers))
	s.mu.Unlock()
	var err error
	for _, w := range writers { // mu is free: each gives back
		err = errors.Join(err, w.Close())
	}
	return errors.Join(err, s.Notebook.Close())
}

var _ ui.Keep = (*keep)(nil)

// newKeep gives the keep of a server under the user's own configuration.
func newKeep(server string, records, line client.Records, log logrus.FieldLogger) (*keep, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return &keep{
		dir: filepath.Join(config, appID, "kept"), server: server, records: records, line: line, log: log,
		demo: func(ctx context.Context) (bool, error) {
			status, err := records.Status(ctx)
			return status.Demo, err
		},
	}, nil
}

// Enter implements ui.Keep.
func (k *keep) Enter(ctx context.Context, p client.Person) (unlock.Need, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.owner != p.ID || capacity(k.person) != capacity(p) {
		k.leave()
		v, err := vault.Open(vault.Config{Dir: k.dir, Keyring: k.keyring}, vault.Owner{Issuer: k.server, ID: p.ID})
		if v == nil {
			return unlock.Nothing, err
		}
		k.owner, k.person, k.vault = p.ID, p, v
		if err != nil {
			return unlock.Lost, err
		}
	}
	need, err := k.enter(ctx)
	if need != unlock.Nothing || err != nil {
		return need, err
	}
	return unlock.Nothing, k.open(ctx)
}

// enter opens the vault with what the computer itself knows, or says what must be
// asked.
func (k *keep) enter(ctx context.Context) (unlock.Need, error) {
	switch state := k.vault.State(); {
	case state == vault.Unlocked:
		return unlock.Nothing, nil
	case state == vault.Absent:
		return k.begin(ctx)
	case k.vault.Method() == vault.ByPassphrase:
		return unlock.Ask, nil
	case k.vault.Method() == vault.ByKeyFile:
		return lost(k.vault.Unlock(ctx, vault.FromKeyFile(k.demoKey())))
	}
	return lost(k.vault.Unlock(ctx, vault.FromKeyring()))
}

// lost tells what is left when the computer itself does not open a vault.
func lost(err error) (unlock.Need, error) {
	if err != nil {
		return unlock.Lost, err
	}
	return unlock.Nothing, nil
}

// begin makes a vault: by the keyring, or by a passphrase where there is none.
// People of a demonstration are fictional: theirs lies open beside it, so that
// trying Carnet asks for nothing.
func (k *keep) begin(ctx context.Context) (unlock.Need, error) {
	demo, err := k.demo(ctx)
	if err != nil {
		return unlock.Nothing, err
	}
	if demo {
		if err := os.MkdirAll(k.vault.Dir(), 0o700); err != nil {
			return unlock.Nothing, fhir.Wrap(fhir.Unavailable, err)
		}
		if err := vault.NewKeyFile(k.demoKey()); err != nil && !errors.Is(err, os.ErrExist) {
			return unlock.Nothing, err
		}
		return unlock.Nothing, k.vault.Create(ctx, vault.FromKeyFile(k.demoKey()))
	}
	err = k.vault.Create(ctx, vault.FromKeyring())
	if errors.Is(err, vault.ErrNoKeyring) {
		return unlock.Choose, nil
	}
	return unlock.Nothing, err
}

func (k *keep) demoKey() string { return filepath.Join(k.vault.Dir(), "demo.key") }

// Choose implements unlock.Keeper.
func (k *keep) Choose(ctx context.Context, passphrase []byte) error {
	return k.with(ctx, func() error { return k.vault.Create(ctx, vault.FromPassphrase(passphrase)) })
}

// Unlock implements unlock.Keeper.
func (k *keep) Unlock(ctx context.Context, passphrase []byte) error {
	return k.with(ctx, func() error { return k.vault.Unlock(ctx, vault.FromPassphrase(passphrase)) })
}

// with opens the stores after the vault was opened.
func (k *keep) with(ctx context.Context, open func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.vault == nil {
		return fhir.E(fhir.Unauthenticated, "Connectez-vous d’abord.")
	}
	if err := open(); err != nil {
		return err
	}
	return k.open(ctx)
}

// Forget implements unlock.Keeper. The key goes first: what the folders hold is
// noise from then on, whether or not they can be removed.
func (k *keep) Forget(ctx context.Context) (unlock.Need, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.vault == nil {
		return unlock.Nothing, fhir.E(fhir.Unauthenticated, "Connectez-vous d’abord.")
	}
	k.shut()
	if err := k.vault.Erase(ctx); err != nil {
		return unlock.Lost, err
	}
	for _, name := range []string{forOutbox, forNotes, forCache} {
		if err := os.RemoveAll(filepath.Join(k.vault.Dir(), name)); err != nil {
			return unlock.Lost, fhir.Wrap(fhir.Unavailable, err)
		}
	}
	need, err := k.enter(ctx)
	if need != unlock.Nothing || err != nil {
		return need, err
	}
	return unlock.Nothing, k.open(ctx)
}

// kinds tells how the outbox sends what filing knows nothing of.
func (k *keep) kinds() map[client.OutboxKind]outbox.Send {
	all := map[client.OutboxKind]outbox.Send{}
	if messages, ok := k.records.(client.Messages); ok {
		all[client.OutboxMessage] = outbox.SendMessage(messages)
	}
	if profiles, ok := k.records.(client.Profiles); ok {
		maps.Copy(all, outbox.SendItems(profiles))
	}
	return all
}

// open opens the stores and begins to send, or goes on.
func (k *keep) open(ctx context.Context) error {
	if k.closing {
		return fhir.E(fhir.Canceled, "Carnet se ferme.")
	}
	if o := k.opened; o != nil {
		if o.copies != nil {
			o.copies.Hurry() // they were closed behind the lock
		} else {
			k.copy(o) // there may be room on the disk by now
		}
		return o.outbox.SignedIn(ctx)
	}
	box, err := outbox.Open(outbox.Config{
		Dir: filepath.Join(k.vault.Dir(), forOutbox), Seal: k.vault.For(forOutbox), Sender: outbox.NewSender(k.records, k.kinds()),
	})
	if err != nil {
		return err
	}
	notes, err := notebook.Open(notebook.Config{Dir: filepath.Join(k.vault.Dir(), forNotes), Seal: k.vault.For(forNotes)})
	if err != nil {
		return errors.Join(err, box.Close())
	}
	if r := box.Report(); r.Damaged > 0 || r.Held > 0 {
		k.log.WithFields(logrus.Fields{"damaged": r.Damaged, "held": r.Held}).Warn("the outbox was damaged on disk")
	}
	running, stop := context.WithCancel(context.Background())
	k.opened = &opened{outbox: box, notes: &shelf{Notebook: notes}, stop: stop, ended: make(chan struct{})}
	go k.send(running, k.opened)
	k.copy(k.opened)
	return box.SignedIn(ctx)
}

// front gives the records as the pages ask them.
func (k *keep) front() client.Records {
	if k.line != nil {
		return k.line
	}
	return k.records
}

// send sends what is queued until the stores are closed.
func (k *keep) send(ctx context.Context, o *opened) {
	defer close(o.ended)
	if err := o.outbox.Run(ctx); err != nil && ctx.Err() == nil {
		k.log.WithField("code", fhir.CodeOf(err)).Error("the outbox stopped")
	}
}

// Kept implements ui.Keep.
func (k *keep) Kept() ui.Kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.opened == nil {
		return ui.Kept{}
	}
	kept := ui.Kept{Outbox: k.opened.outbox, Notes: k.opened.notes}
	var records client.Records = k.front()
	if c := k.opened.copies; c != nil {
		records, kept.Copies, kept.Found = c.Cache, c, c.found()
	} else if c := k.opened.closed; c != nil {
		kept.Copies, kept.Found = c, c.found()
	}
	if k.opened.outbox.Report().Damaged > 0 {
		kept.Found = ui.FoundQueue // of all that can be found the worst
	}
	writing := k.opened.outbox.Before(records)
	kept.Records = writing
	if profiles, ok := records.(client.Profiles); ok {
		kept.Profiles = writing.Profile(profiles)
	}
	return kept
}

// Hide implements ui.Keep.
func (k *keep) Hide() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.vault == nil || k.vault.State() != vault.Unlocked {
		return
	}
	if err := k.vault.LockBut(forOutbox, forNotes); err != nil {
		k.log.WithField("code", fhir.CodeOf(err)).Error("the vault could not keep its queue open")
	}
	if o := k.opened; o != nil && o.copies != nil {
		o.copies.Sleep()
	}
	debug.FreeOSMemory() // what is dropped is given back, not left lying
}

// Leave implements ui.Keep.
func (k *keep) Leave() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leave()
}

// Close ends everything; nothing opens afterwards.
func (k *keep) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closing = true
	k.leave()
	return nil
}

// leave closes what is open and overwrites the key.
func (k *keep) leave() {
	k.shut()
	if k.vault != nil {
		k.vault.Lock()
	}
	k.owner, k.person, k.vault = "", client.Person{}, nil
}

// shut stops sending, waits for what is under way, and closes the stores: the
// notebook before the outbox, for who writes in the one follows the other.
func (k *keep) shut() {
	o := k.opened
	if o == nil {
		return
	}
	k.opened = nil
	var err error
	if o.copies != nil {
		err = o.copies.end() // it asks the outbox what waits
	}
	o.stop()
	<-o.ended
	if err := errors.Join(err, o.notes.Close(), o.outbox.Close()); err != nil {
		k.log.WithField("code", fhir.CodeOf(err)).Error("what is kept was not closed well")
	}
}
