package idp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

	"carnet/client/fhir"
)

// Claims is what a token says of an account. A professional's and a system's
// are in the names of Pro Santé Connect (see record.Principal); a patient and
// the staff have Kind, Person and Name, and none of the professional's.
type Claims struct {
	Kind         string `json:"kind,omitempty"`          // Kind…; "" a professional
	Person       string `json:"person,omitempty"`        // of a patient: logical id; of staff: the account
	StaffRole    string `json:"staff_role,omitempty"`    // record.Staff…
	NameID       string `json:"SubjectNameID,omitempty"` // national id: 8 + RPPS; for a system its client id
	Name         string `json:"SubjectName,omitempty"`
	Role         string `json:"SubjectRole,omitempty"`      // TRE_G15
	Specialty    string `json:"SubjectSpecialty,omitempty"` // R38: SM54
	Organisation string `json:"SubjectOrganizationID,omitempty"`
	OrgName      string `json:"SubjectOrganization,omitempty"`
	Sector       string `json:"Secteur_Activite,omitempty"` // SA07
}

// Account is a fictional person of a demo server, who needs no password.
type Account struct {
	ID       string // what one types: "gp"
	Role     string // in words, for the list; French
	GoodTo   string // what one can see with it; French
	RoleEN   string
	GoodToEN string
	Claims   Claims
}

// User is an account with a password, to be added; to change one, Login and
// Password.
type User struct {
	Login    string
	Password string
	Claims   Claims
}

// person is whoever signed in, as tokens describe them.
type person struct {
	subject string
	claims  Claims
	factor  bool // a second factor is asked for: of patients and staff with a password
}

// Lengths of a password: long enough to resist guessing (NIST SP 800-63B
// section 3.1.1.2 for a single factor), short enough that hashing it is no attack.
const (
	MinPassword = 15
	MaxPassword = 256
)

// DisableUser keeps a person out at once: no sign-in, no refresh, and the server
// that runs on dir takes their access tokens no more. Errors: NotFound.
func DisableUser(ctx context.Context, dir, login string, now time.Time) error {
	return alterUser(ctx, dir, change{login, now, `UPDATE account SET disabled = 1 WHERE login = ?`, []any{fold(login)}})
}

// SetPassword gives a person a new password, ends their sign-ins as DisableUser
// does, and lets in again who was kept out. Errors: Invalid (the password),
// NotFound.
func SetPassword(ctx context.Context, dir string, u User, now time.Time) error {
	return setPassword(ctx, dir, u, now, defaultCost)
}

func setPassword(ctx context.Context, dir string, u User, now time.Time, c cost) error {
	if err := checkNewPassword(u.Password); err != nil {
		return err
	}
	return alterUser(ctx, dir, change{u.Login, now, `UPDATE account SET password = ?, disabled = 0 WHERE login = ?`, []any{c.hash(u.Password), fold(u.Login)}})
}

// change is one statement about an account.
type change struct {
	login     string
	now       time.Time
	statement string
	args      []any
}

// alterUser changes an account and ends its sign-ins.
func alterUser(ctx context.Context, dir string, c change) error {
	s, err := openStore(ctx, dir)
	if err != nil {
		return unopened(err)
	}
	defer func() { _ = s.db.Close() }()
	err = s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, c.statement, c.args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fhir.E(fhir.NotFound, "there is no account with this login; check it"))
		}
		return endAll(ctx, tx, fold(c.login), c.now)
	})
	var known *fhir.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fhir.Wrap(fhir.Unavailable, fmt.Errorf("change account: %w", err))
}

func checkNewPassword(password string) error {
	if len([]rune(password)) < MinPassword || len(password) > MaxPassword {
		return fhir.E(fhir.Invalid, "the password must have at least %d characters and at most %d bytes", MinPassword, MaxPassword)
	}
	return nil
}

// AddUser adds an account. Errors: Invalid (login, password, national id or
// profession missing or out of bounds), Duplicate.
func AddUser(ctx context.Context, dir string, u User, now time.Time) error {
	return addUser(ctx, dir, u, now, defaultCost)
}

func addUser(ctx context.Context, dir string, u User, now time.Time, c cost) error {
	login := fold(u.Login)
	switch {
	case !goodLogin(login):
		return fhir.E(fhir.Invalid, "the login must have 1 to 64 characters without spaces")
	case u.Claims.kind() != KindProfessional || u.Claims.Person != "" || u.Claims.StaffRole != "":
		return fhir.E(fhir.Invalid, "this is a professional's account")
	case u.Claims.NameID == "" || u.Claims.Name == "" || u.Claims.Role == "":
		return fhir.E(fhir.Invalid, "the national id, the name and the profession are needed")
	}
	if err := checkNewPassword(u.Password); err != nil {
		return err
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		return unopened(err)
	}
	defer func() { _ = s.db.Close() }()
	claims, err := json.Marshal(u.Claims)
	if err != nil {
		return fhir.Wrap(fhir.Internal, err)
	}
	res, err := s.db.ExecContext(ctx, `INSERT INTO account (login, subject, password, claims, created) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING`,
		login, uuid.NewString(), c.hash(u.Password), string(claims), now.Unix())
	if err != nil {
		return fhir.Wrap(fhir.Unavailable, fmt.Errorf("add account: %w", err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fhir.E(fhir.Duplicate, "there is already an account with this login; choose another one")
	}
	return nil
}

// goodLogin tells whether a folded login may be one.
func goodLogin(login string) bool {
	return login != "" && len(login) <= 64 && !strings.ContainsFunc(login, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// fold makes logins compare as people expect.
func fold(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// account finds an account by login; ok is false when there is none or it is
// disabled.
func (s *store) account(ctx context.Context, login string) (p person, password string, ok bool, err error) {
	return s.accountRow(s.db.QueryRowContext(ctx, `SELECT subject, claims, password FROM account WHERE login = ? AND disabled = 0`, fold(login)))
}

// accountBySubject finds an account by its sub.
func (s *store) accountBySubject(ctx context.Context, subject string) (person, bool, error) {
	p, _, ok, err := s.accountRow(s.db.QueryRowContext(ctx, `SELECT subject, claims, password FROM account WHERE subject = ? AND disabled = 0`, subject))
	return p, ok, err
}

func (s *store) accountRow(row *sql.Row) (p person, password string, ok bool, err error) {
	var claims string
	switch err := row.Scan(&p.subject, &claims, &password); {
	case errors.Is(err, sql.ErrNoRows):
		return person{}, "", false, nil
	case err != nil:
		return person{}, "", false, fmt.Errorf("read account: %w", err)
	}
	if err := json.Unmarshal([]byte(claims), &p.claims); err != nil {
		return person{}, "", false, fmt.Errorf("read account: %w", err)
	}
	p.factor = p.claims.kind() != KindProfessional
	return p, password, true, nil
}

// checkPassword says who login and password are. It takes the same time for an
// unknown account: there it checks the password against decoy.
func (s *store) checkPassword(ctx context.Context, login, password, decoy string) (person, bool, error) {
	p, hash, known, err := s.account(ctx, login)
	if err != nil {
		return person{}, false, err
	}
	if !known {
		hash = decoy
	}
	match, err := matches(hash, password)
	if err != nil {
		return person{}, false, err
	}
	return p, match && known, nil
}

// defaultCost is the second recommendation of RFC 9106 section 4: 64 MiB.
var defaultCost = cost{time: 3, memory: 64 << 10, threads: 4}

// cost is how hard a password is to guess from its hash.
type cost struct {
	time, memory uint32 // passes, KiB
	threads      uint8
}

func (c cost) key(password string, salt []byte, n uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, n)
}
