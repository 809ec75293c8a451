package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/sirupsen/logrus"

	"carnet/cache/notebook"
	"carnet/cache/outbox"
	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/session"
	"carnet/cmd/internal/logging"
)

// Names in the work folder, and of systemd's credentials.
const (
	vaultDir, outboxDir, notebookDir  = "vault", "outbox", "notebook"
	vaultKeyName, vaultCredential     = "vault.key", "vault-key"
	vaultLock                         = "vault.lock"
	clientKeyName, clientCredential   = "client-key.pem", "client-key"
	pdfiumDir                         = "pdfium"
	requestTime                       = 20 * time.Second
	credentialsVariable               = "CREDENTIALS_DIRECTORY"
	notebookPurpose, outboxPurpose    = "notebook", "outbox"
	sendBatch, watchBatch, batchNames = "send", "watch-", "lab/batch/"
)

// lab are the parts of a run.
type lab struct {
	o       *options
	now     func() time.Time
	log     *logrus.Logger
	vault   *vault.Vault
	notes   *notebook.Notebook
	box     *outbox.Outbox
	history *history

	system  *session.System // nil where nothing is sent
	trouble *trouble        // nil likewise
	keys    badKeys
	records *client.HTTP
	checker *pdfcheck.Checker
	engine  *batch.Engine

	name string // of the engine's batch
	out  bool   // the log was told that the sign-in is refused
	stop context.CancelFunc
	done []chan struct{} // closed when engine and outbox have stopped
}

// openStores opens what is on disk: the vault, the notebook, the outbox. Errors:
// StateConflict when another carnet-lab has them open.
func (m *Main) openStores(ctx context.Context, o *options) (_ *lab, err error) {
	secret, err := m.vaultSecret(o)
	if err != nil {
		return nil, err
	}
	l := &lab{o: o, now: m.Now, log: logging.New(m.Stderr, o.level)}
	v, err := openVault(ctx, o.data, secret, m.Now)
	if err != nil {
		return nil, err
	}
	l.vault = v
	if l.notes, err = openNotes(ctx, notebook.Config{Dir: filepath.Join(o.data, notebookDir), Seal: v.For(notebookPurpose)}); err != nil {
		return nil, l.inUse(err)
	}
	if words := l.notes.Report().Words(); words != "" {
		l.log.WithField("count", l.notes.Report().Damaged).Error("part of the notebook is damaged and was put aside")
	}
	if l.history, err = openHistory(ctx, l.notes, m.Now, o.keep); err != nil {
		return nil, errors.Join(err, l.notes.Close())
	}
	return l, nil
}

// inUse says in the laboratory's words that another carnet-lab is at work.
func (l *lab) inUse(err error) error {
	if fhir.CodeOf(err) != fhir.StateConflict {
		return err
	}
	return configError(l.o.lang.say("un autre carnet-lab travaille déjà dans ce dossier ; attendez qu’il finisse, arrêtez-le, ou donnez un autre dossier par -data : ",
		"another carnet-lab is at work in this folder; let it end, stop it, or give another folder with -data: ") + l.o.data)
}

// openNotes opens the notebook. Who only looks (status, report) has it for a
// moment: an evening's sending must not fail of that, and waits a little.
func openNotes(ctx context.Context, c notebook.Config) (*notebook.Notebook, error) {
	for tries := 0; ; tries++ {
		n, err := notebook.Open(c)
		if fhir.CodeOf(err) != fhir.StateConflict || tries == 60 {
			return n, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// openVault opens the vault, and makes it at first. Two programs that begin at
// once (send, and status of who watches over it) must find the same one: what one
// has sealed, another's key would never open.
func openVault(ctx context.Context, data string, secret vault.Secret, now func() time.Time) (*vault.Vault, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	one := flock.New(filepath.Join(data, vaultLock))
	if _, err := one.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, err
	}
	defer func() { _ = one.Close() }()
	v, err := vault.Open(vault.Config{Dir: filepath.Join(data, vaultDir), Now: now}, vault.Owner{Issuer: "carnet-lab", ID: "laboratory"})
	if err != nil {
		return nil, err
	}
	if v.State() == vault.Absent {
		return v, v.Create(ctx, secret)
	}
	return v, v.Unlock(ctx, secret)
}

// vaultSecret says where the vault's key is.
func (m *Main) vaultSecret(o *options) (vault.Secret, error) {
	if o.vaultKey == "" && hasCredential(m.Getenv, vaultCredential) {
		return vault.FromCredential(vaultCredential, m.Getenv)
	}
	path := o.vaultKey
	if path == "" {
		path = filepath.Join(o.data, vaultKeyName)
	}
	if _, err := os.Stat(path); err != nil {
		return vault.Secret{}, configError(o.lang.say("la clé du coffre ne se lit pas ; faites d’abord « carnet-lab init »", "the vault key cannot be read; run carnet-lab init first"))
	}
	return vault.FromKeyFile(path), nil
}

// signingKey reads the key by which this system signs in.
func (m *Main) signingKey(o *options) (session.Key, error) {
	if o.key == "" && hasCredential(m.Getenv, clientCredential) {
		return session.ReadKey(filepath.Join(m.Getenv(credentialsVariable), clientCredential), true)
	}
	return session.ReadKey(o.keyPath(), false)
}

// keyPath is where the signing key is kept without systemd.
func (o *options) keyPath() string {
	if o.key != "" {
		return o.key
	}
	return filepath.Join(o.data, clientKeyName)
}

func hasCredential(getenv func(string) string, name string) bool {
	dir := getenv(credentialsVariable)
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// open opens everything that a run needs, lets prepare look at it as it was left,
// and starts the engine and the outbox.
func (m *Main) open(ctx context.Context, o *options, name string, prepare func(*lab) error) (l *lab, err error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	key, err := m.signingKey(o)
	if err != nil {
		return nil, err
	}
	trust, err := trusted(o)
	if err != nil {
		return nil, err
	}
	if l, err = m.openStores(ctx, o); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = l.close()
		}
	}()
	if err = l.connect(key, trust); err != nil {
		return nil, err
	}
	// A server that does not know us is told before anything is read; one that is
	// away is not: files are checked and kept.
	if err = l.knock(ctx); err != nil {
		return l, err
	}
	if err = l.begin(ctx, name); err == nil {
		err = prepare(l)
	}
	if err == nil {
		err = l.start(ctx)
	}
	return l, err
}

// knock signs in for the first time. What waiting does not mend is an error, but
// for who watches: at boot, the clock may be wrong.
func (l *lab) knock(ctx context.Context) error {
	_, err := l.system.Token(ctx)
	words := l.trouble.words(l.o.lang, fhir.CodeOf(err))
	switch code := fhir.CodeOf(err); code {
	case fhir.Unauthenticated, fhir.Forbidden, fhir.Invalid, fhir.BadValue:
		if !l.o.patient {
			return l.explained(err)
		}
		l.refusedSignIn(true, code)
	case fhir.Offline:
		if words != "" && !l.o.patient {
			return configError(words)
		}
		if words != "" {
			l.log.Error("the server's certificate is not trusted: check -server and -ca; it is tried again")
		}
	}
	return nil
}

// refusedSignIn tells the log, once, that the server refuses the sign-in, and once
// that it does no more.
func (l *lab) refusedSignIn(now bool, code fhir.Code) {
	switch {
	case now && !l.out && l.trouble.words(l.o.lang, code) != "":
		l.log.WithField("reason", string(code)).Error("the server refuses the sign-in: this machine's clock is wrong; it is tried again")
	case now && !l.out:
		l.log.WithField("reason", string(code)).Error("the server refuses the sign-in: ask its administrator (client list), check client id and key; it is tried again")
	case !now && l.out:
		l.log.Info("the server takes the sign-in again")
	}
	l.out = now
}

// reason says a code in words, by what is known to be wrong if anything is.
func (l *lab) reason(c fhir.Code) string {
	return cmp.Or(l.trouble.words(l.o.lang, c), l.o.lang.reason(c))
}

// trusted gives the certificates to trust: the system's, and those of a file.
func trusted(o *options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.ca == "" {
		return config, nil
	}
	pem, err := os.ReadFile(o.ca)
	pool, perr := x509.SystemCertPool()
	if perr != nil {
		pool = x509.NewCertPool()
	}
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return nil, configError(o.lang.say("le fichier de -ca ne tient pas de certificat PEM", "the file of -ca holds no certificate in PEM"))
	}
	config.RootCAs = pool
	return config, nil
}

// connect makes the sign-in and the contract with the server.
func (l *lab) connect(key session.Key, trust *tls.Config) (err error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	l.trouble = &trouble{next: transport, now: l.now}
	base := strings.TrimSuffix(l.o.server, "/")
	l.system = session.NewSystem(session.SystemConfig{
		Base: base, Issuer: l.o.issuer, ClientID: l.o.clientID, Key: key, Now: l.now,
		HTTP: &http.Client{Transport: l.trouble, Timeout: requestTime},
	})
	l.records, err = client.New(client.Config{BaseURL: base + "/fhir", Tokens: l.system, TLS: trust, Log: l.log, Now: l.now})
	return err
}

// begin opens the outbox and the engine.
func (l *lab) begin(ctx context.Context, name string) (err error) {
	if err = l.openOutbox(); err != nil {
		return err
	}
	cache := filepath.Join(l.o.data, pdfiumDir)
	if os.MkdirAll(cache, 0o700) != nil {
		cache = ""
	}
	l.checker = pdfcheck.New(pdfcheck.Options{Workers: l.o.workers, Text: true, CacheDir: cache})
	l.name = name
	if l.engine, err = l.newEngine(name); err != nil {
		return err
	}
	return l.notes.Put(ctx, client.Note{Name: batchNames + name, Value: []byte{1}})
}

// start starts engine and outbox. What waits from an earlier run goes at once:
// also what a refused sign-in held.
func (l *lab) start(ctx context.Context) error {
	if err := errors.Join(l.box.SignedIn(ctx), l.engine.Resume(ctx)); err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	for _, run := range []func(context.Context) error{l.engine.Run, l.box.Run} {
		done := make(chan struct{})
		l.done = append(l.done, done)
		go func() {
			defer close(done)
			if err := run(running); err != nil && running.Err() == nil {
				l.log.WithError(err).Error("part of the program stopped by itself")
			}
		}()
	}
	return nil
}

// openOutbox opens the durable queue.
func (l *lab) openOutbox() (err error) {
	l.box, err = outbox.Open(outbox.Config{
		Dir: filepath.Join(l.o.data, outboxDir), Seal: l.vault.For(outboxPurpose), Sender: outbox.NewSender(l.records, nil), Now: l.now,
	})
	if err != nil {
		return l.inUse(err)
	}
	if l.box.Report().Words() != "" {
		l.log.WithField("count", l.box.Report().Damaged).Error("part of the outbox is damaged and was put aside")
	}
	return err
}

// newEngine gives the engine of a batch, as it was left.
func (l *lab) newEngine(name string) (*batch.Engine, error) {
	sender, responsible := l.o.org, l.o.party()
	if l.system == nil { // only to be looked at: nothing is sent in anybody's name
		sender, responsible.ID = "-", "-"
	}
	return batch.New(batch.Config{
		Finder: l.records, Outbox: l.box, Notes: l.notes, Checker: l.checker, Name: name,
		Sender: sender, Responsible: responsible, Facility: fhir.Coding{Code: l.o.facility}, Practice: fhir.Coding{Code: l.o.practice},
		Image: pdfcheck.ImagePDF, Workers: l.o.workers, Trust: l.o.trust, Test: l.o.test, Now: l.now,
	})
}

// close stops everything in good order; what is under way is ended or kept.
func (l *lab) close() error {
	if l.stop != nil {
		l.stop()
	}
	for _, done := range l.done {
		<-done
	}
	var err error
	if l.engine != nil {
		err = errors.Join(err, l.engine.Close())
	}
	if l.checker != nil {
		err = errors.Join(err, l.checker.Close())
	}
	if l.box != nil {
		err = errors.Join(err, l.box.Close())
	}
	return errors.Join(err, l.notes.Close())
}

// watchName names the batch of a watched folder.
func watchName(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return watchBatch + hex.EncodeToString(sum[:8])
}
