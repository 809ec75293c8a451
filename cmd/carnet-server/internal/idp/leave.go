package idp

import (
	"context"
	"database/sql"
	"errors"
)

// RemoveCitizen removes the account of a patient who leaves: their sign-ins end
// at once, and nothing is kept by which anybody could sign in as them or learn
// who they were. The login is free from then on. Somebody without an account is
// no error, so it may be done again after an interruption. Accounts of
// professionals and of staff are others; a demonstration's stay, signed out.
func (p *Provider) RemoveCitizen(ctx context.Context, person string) error {
	subject, err := p.disableCitizen(ctx, person)
	if err == nil {
		err = p.SignOutEverywhere(ctx, person) // what began before it was disabled
	}
	if err != nil || subject == "" {
		return asFault(err)
	}
	return asFault(p.storage.store.tx(ctx, func(tx *sql.Tx) error {
		for _, text := range []string{
			`DELETE FROM visit WHERE signin IN (SELECT id FROM signin WHERE subject = ?)`,
			`DELETE FROM presence WHERE signin IN (SELECT id FROM signin WHERE subject = ?)`,
			`DELETE FROM refresh WHERE signin IN (SELECT id FROM signin WHERE subject = ?)`,
			`DELETE FROM factor WHERE subject = ?`, `DELETE FROM recovery WHERE subject = ?`,
			`DELETE FROM account WHERE subject = ?`, `DELETE FROM citizen WHERE subject = ?`,
		} {
			if _, err := tx.ExecContext(ctx, text, subject); err != nil {
				return err
			}
		}
		return nil
	}))
}

// disableCitizen keeps a patient's account from signing in, and gives its sub;
// "" when there is none.
func (p *Provider) disableCitizen(ctx context.Context, person string) (subject string, err error) {
	db := p.storage.store.db
	err = db.QueryRowContext(ctx, `SELECT subject FROM citizen WHERE person = ?`, person).Scan(&subject)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `UPDATE account SET disabled = 1 WHERE subject = ?`, subject)
	}
	return subject, err
}
