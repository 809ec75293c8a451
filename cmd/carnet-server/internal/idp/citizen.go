package idp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"carnet/client/fhir"
)

// MinTwoFactor is the least length of a password beside a second factor.
const MinTwoFactor = 12

// NewCitizen is a patient's account to be made.
type NewCitizen struct {
	Login, Password string
	Person, Name    string // logical id, name in words
	Secret, Code    string // of the second factor, and a code that it gives now
	Again           bool   // they proved anew, by their own record, who they are
}

// SignIn is one sign-in of a person that has not ended.
type SignIn struct {
	ID      string // the tokens' sid
	Started time.Time
	Seen    time.Time // the last time that its tokens were renewed
	Agent   string    // browser and system, in words
}

// NewSecret makes the secret of a second factor for somebody who is to have an
// account: base32, its otpauth address, and that as a QR code in PNG.
func (p *Provider) NewSecret(login string) (secret, address string, png []byte, err error) {
	secret = newSecret()
	address = otpauth(fold(login), secret)
	png, err = qrCode(address)
	return secret, address, png, err
}

// CreateCitizen makes the account of a person who proved who they are, and
// gives its recovery codes, which are not kept. A person has one account: with
// Again they get a new login, password and second factor in its place, and all
// their sign-ins end; it is the way back of who lost everything. Without it who
// has an account keeps it: a child's code, say, must not open a parent's account
// to whoever holds it. Errors: Invalid (login, password, secret, code),
// Duplicate (the login is somebody else's), BusinessRule (there is an account),
// Unavailable.
func (p *Provider) CreateCitizen(ctx context.Context, n NewCitizen) (recovery []string, err error) {
	login := fold(n.Login)
	if err := checkCitizen(login, n); err != nil {
		return nil, err
	}
	step, ok := codeStep(n.Secret, tidy(n.Code), 0, p.storage.now())
	if !ok {
		return nil, fhir.E(fhir.Invalid, "Le code ne convient pas : attendez le suivant dans votre application, puis saisissez-le.")
	}
	hash, err := p.hash(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	claims, err := json.Marshal(Claims{Kind: KindPatient, Person: n.Person, Name: n.Name})
	if err != nil {
		return nil, fhir.Wrap(fhir.Internal, err)
	}
	row := accountRow{login: login, password: hash, claims: string(claims), created: p.storage.now()}
	var again bool
	err = p.storage.store.tx(ctx, func(tx *sql.Tx) error {
		if row.subject, again, err = citizenSubject(ctx, tx, n.Person); err != nil {
			return err
		}
		if again && !n.Again {
			return fhir.E(fhir.BusinessRule, "Vous avez déjà un compte : connectez-vous avec lui, le dossier s’y trouve.")
		}
		if err := row.write(ctx, tx); err != nil {
			return err
		}
		recovery, err = p.storage.store.setFactor(ctx, tx, row.subject, n.Secret, step)
		return err
	})
	if err == nil && again {
		err = p.SignOutEverywhere(ctx, n.Person)
	}
	if err != nil {
		return nil, asFault(err)
	}
	return recovery, nil
}

func checkCitizen(login string, n NewCitizen) error {
	switch {
	case !goodLogin(login):
		return fhir.E(fhir.Invalid, "L’identifiant a de 1 à 64 caractères, sans espace.")
	case n.Person == "" || n.Name == "":
		return fhir.E(fhir.Invalid, "La personne n’est pas désignée : recommencez l’inscription.")
	}
	if err := checkPasswordBesideFactor(n.Password); err != nil {
		return err
	}
	return checkSecret(n.Secret)
}

func checkPasswordBesideFactor(password string) error {
	if len([]rune(password)) < MinTwoFactor || len(password) > MaxPassword {
		return fhir.E(fhir.Invalid, "Le mot de passe a au moins %d caractères et au plus %d octets.", MinTwoFactor, MaxPassword)
	}
	return nil
}

// hash makes a password's hash; each takes 64 MiB: a few at a time.
func (p *Provider) hash(ctx context.Context, password string) (string, error) {
	select {
	case p.hashing <- struct{}{}:
		defer func() { <-p.hashing }()
		return p.cfg.hashing.hash(password), nil
	case <-ctx.Done():
		return "", fhir.Wrap(fhir.Unavailable, ctx.Err())
	}
}

// citizenSubject gives the sub of a person's account; known is false when it is
// a new one, which is kept.
func citizenSubject(ctx context.Context, tx *sql.Tx, person string) (subject string, known bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT subject FROM citizen WHERE person = ?`, person).Scan(&subject)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return subject, err == nil, err
	}
	subject = uuid.NewString()
	_, err = tx.ExecContext(ctx, `INSERT INTO citizen (person, subject) VALUES (?,?)`, person, subject)
	return subject, false, err
}

// accountRow is an account as it is written.
type accountRow struct {
	login, subject, password, claims string
	created                          time.Time
}

// write adds an account or writes over that of the same subject. Errors:
// Duplicate, a login of another subject.
func (a accountRow) write(ctx context.Context, tx *sql.Tx) error {
	var other string
	err := tx.QueryRowContext(ctx, `SELECT subject FROM account WHERE login = ?`, a.login).Scan(&other)
	switch {
	case err == nil && other != a.subject:
		return fhir.E(fhir.Duplicate, "Cet identifiant est déjà pris : choisissez-en un autre.")
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO account (login, subject, password, claims, created) VALUES (?,?,?,?,?)
		ON CONFLICT (subject) DO UPDATE SET login = excluded.login, password = excluded.password, claims = excluded.claims, disabled = 0`,
		a.login, a.subject, a.password, a.claims, a.created.Unix())
	return err
}

// Sessions lists the sign-ins of a patient that have not ended, the newest
// first.
func (p *Provider) Sessions(ctx context.Context, person string) ([]SignIn, error) {
	subjects, err := p.subjectsOf(ctx, person)
	if err != nil {
		return nil, asFault(err)
	}
	return p.presences(ctx, subjects)
}

// StaffSessions is Sessions of an account of those who serve patients.
func (p *Provider) StaffSessions(ctx context.Context, account string) ([]SignIn, error) {
	subjects, err := p.staffSubjects(ctx, account)
	if err != nil {
		return nil, asFault(err)
	}
	return p.presences(ctx, subjects)
}

// staffSubjects gives the subs of an account of those who serve patients, and of
// the demo's.
func (p *Provider) staffSubjects(ctx context.Context, account string) (subjects []string, err error) {
	for subject, who := range p.storage.demo {
		if who.claims.Kind == KindStaff && who.claims.Person == account {
			subjects = append(subjects, subject)
		}
	}
	who, _, ok, err := p.storage.store.account(ctx, account)
	if ok && who.claims.Kind == KindStaff {
		subjects = append(subjects, who.subject)
	}
	return subjects, err
}

// presences lists the sign-ins of all these subs, the newest first.
func (p *Provider) presences(ctx context.Context, subjects []string) ([]SignIn, error) {
	var out []SignIn
	for _, subject := range subjects {
		list, err := p.storage.store.presences(ctx, subject, p.storage.now())
		if err != nil {
			return nil, asFault(err)
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y SignIn) int { return y.Started.Compare(x.Started) })
	return out, nil
}

// SignOutEverywhere ends all sign-ins of a patient, and their access tokens at
// once.
func (p *Provider) SignOutEverywhere(ctx context.Context, person string) error {
	subjects, err := p.subjectsOf(ctx, person)
	if err != nil {
		return asFault(err)
	}
	return p.signOut(ctx, subjects)
}

// signOut ends all sign-ins of subjects, and their access tokens at once.
func (p *Provider) signOut(ctx context.Context, subjects []string) error {
	for _, subject := range subjects {
		if err := p.storage.TerminateSession(ctx, subject, PortalClient); err != nil {
			return asFault(err)
		}
	}
	return nil
}

// SignOut ends one sign-in by the session of its tokens, and its access tokens
// at once; one that ended before is no error.
func (p *Provider) SignOut(ctx context.Context, session string) error {
	return asFault(p.storage.end(ctx, session))
}

// ChangePassword gives a patient a new password and ends their other sign-ins.
// Errors: Invalid (the new one), Forbidden (the old one is wrong), Throttled,
// NotFound (no account with a password), Unavailable.
func (p *Provider) ChangePassword(ctx context.Context, person, session, old, fresh string) error {
	if err := checkPasswordBesideFactor(fresh); err != nil {
		return err
	}
	login, err := p.storage.store.loginOf(ctx, person)
	if err != nil {
		return asFault(err)
	}
	switch _, problem, _ := p.password(ctx, login, old, "change:"+login); problem {
	case "":
	case "throttled":
		return fhir.E(fhir.Throttled, "Trop d’essais : attendez quelques minutes avant de recommencer.")
	case "wrong":
		return fhir.E(fhir.Forbidden, "Le mot de passe actuel n’est pas le bon : vérifiez-le.")
	default:
		return fhir.E(fhir.Unavailable, "Le mot de passe n’a pas pu être changé : recommencez dans un instant.")
	}
	hash, err := p.hash(ctx, fresh)
	if err != nil {
		return err
	}
	if _, err := p.storage.store.db.ExecContext(ctx, `UPDATE account SET password = ? WHERE login = ?`, hash, login); err != nil {
		return asFault(err)
	}
	list, err := p.Sessions(ctx, person)
	for _, in := range list {
		if err == nil && in.ID != session {
			err = p.SignOut(ctx, in.ID)
		}
	}
	return asFault(err)
}

// subjectsOf gives the subs of a patient: of their account, and of the demo.
func (p *Provider) subjectsOf(ctx context.Context, person string) ([]string, error) {
	var out []string
	for subject, who := range p.storage.demo {
		if who.claims.Kind == KindPatient && who.claims.Person == person {
			out = append(out, subject)
		}
	}
	var subject string
	err := p.storage.store.db.QueryRowContext(ctx, `SELECT subject FROM citizen WHERE person = ?`, person).Scan(&subject)
	switch {
	case err == nil:
		out = append(out, subject)
	case !errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("read account: %w", err)
	}
	return out, nil
}

// asFault makes an error of the file one for the wire.
func asFault(err error) error {
	var known *fhir.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &fhir.Error{Code: fhir.Unavailable, Message: "Les comptes ne peuvent pas être lus pour l’instant : recommencez dans un moment.", Err: err}
}

// RecoveryLeft counts the recovery codes that a patient has left.
func (p *Provider) RecoveryLeft(ctx context.Context, person string) (int, error) {
	var n int
	err := p.storage.store.db.QueryRowContext(ctx, `SELECT count(*) FROM recovery r JOIN citizen c ON c.subject = r.subject WHERE c.person = ?`, person).Scan(&n)
	return n, asFault(err)
}
