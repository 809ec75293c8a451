package idp

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"carnet/client/fhir"
)

// StaffUser is an account of those who serve patients, to be added.
type StaffUser struct {
	Login    string // also what the log calls them by
	Password string
	Name     string
	Role     string // record.StaffOperator or record.StaffDPO
}

// Factor is a second factor as its person takes it over, once.
type Factor struct {
	Secret   string   // base32
	Address  string   // otpauth://…
	Recovery []string // codes that work once each
}

// AddStaff adds an account of those who serve patients, and gives its second
// factor, which is not shown again. Errors: Invalid, Duplicate, Unavailable.
func AddStaff(ctx context.Context, dir string, u StaffUser, now time.Time) (Factor, error) {
	return addStaff(ctx, dir, u, now, defaultCost)
}

func addStaff(ctx context.Context, dir string, u StaffUser, now time.Time, c cost) (Factor, error) {
	login := fold(u.Login)
	switch {
	case !goodLogin(login):
		return Factor{}, fhir.E(fhir.Invalid, "the login must have 1 to 64 characters without spaces")
	case u.Name == "" || !staffRole(u.Role):
		return Factor{}, fhir.E(fhir.Invalid, "the name and a role (operator or dpo) are needed")
	}
	if err := checkNewPassword(u.Password); err != nil {
		return Factor{}, err
	}
	claims, err := json.Marshal(Claims{Kind: KindStaff, Person: login, StaffRole: u.Role, Name: u.Name})
	if err != nil {
		return Factor{}, fhir.Wrap(fhir.Internal, err)
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		return Factor{}, unopened(err)
	}
	defer func() { _ = s.db.Close() }()
	f := Factor{Secret: newSecret()}
	f.Address = otpauth(login, f.Secret)
	row := accountRow{login: login, subject: uuid.NewString(), password: c.hash(u.Password), claims: string(claims), created: now}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := row.write(ctx, tx); err != nil {
			return err
		}
		var err error
		f.Recovery, err = s.setFactor(ctx, tx, row.subject, f.Secret, 0)
		return err
	})
	if err != nil {
		return Factor{}, asFault(err)
	}
	return f, nil
}
