package idp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// signIn is one person's or system's presence: from the password to the end of
// the session. Its id is the tokens' sid.
type signIn struct {
	id      string
	subject string
	client  string
	scopes  []string
	started time.Time
	ends    time.Time
}

// errEnded says that a sign-in or a refresh token is no longer good.
var errEnded = errors.New("the sign-in has ended")

// secret gives 256 random bits as text.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashOf(parts ...string) []byte {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return h[:]
}

// newSignInID makes an id that says nothing.
func newSignInID() string { return uuid.NewString() }

// startSignIn keeps a new sign-in and clears away those that are long over.
func (s *store) startSignIn(ctx context.Context, in signIn) (signIn, error) {
	in.id = newSignInID()
	if err := s.tx(ctx, func(tx *sql.Tx) error { return addSignIn(ctx, tx, in) }); err != nil {
		return signIn{}, fmt.Errorf("keep sign-in: %w", err)
	}
	return in, nil
}

// addSignIn is startSignIn in a transaction.
func addSignIn(ctx context.Context, tx *sql.Tx, in signIn) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM signin WHERE ends < ?`, in.started.Add(-keyLinger).Unix()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO signin (id, subject, client, scopes, started, ends) VALUES (?,?,?,?,?,?)`,
		in.id, in.subject, in.client, strings.Join(in.scopes, " "), in.started.Unix(), in.ends.Unix())
	return err
}

// signInOf reads a sign-in that has not ended; errEnded otherwise.
func (s *store) signInOf(ctx context.Context, id string, now time.Time) (signIn, error) {
	in := signIn{id: id}
	var scopes string
	var started, ends, ended int64
	err := s.db.QueryRowContext(ctx, `SELECT subject, client, scopes, started, ends, ended FROM signin WHERE id = ?`, id).
		Scan(&in.subject, &in.client, &scopes, &started, &ends, &ended)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return signIn{}, errEnded
	case err != nil:
		return signIn{}, fmt.Errorf("read sign-in: %w", err)
	}
	in.started, in.ends, in.scopes = time.Unix(started, 0), time.Unix(ends, 0), strings.Fields(scopes)
	if ended != 0 || !now.Before(in.ends) {
		return signIn{}, errEnded
	}
	return in, nil
}

// endSignIn ends one sign-in; ending twice is no error.
func (s *store) endSignIn(ctx context.Context, id string, now time.Time) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE signin SET ended = ? WHERE id = ? AND ended = 0`, now.Unix(), id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE refresh SET used = 1 WHERE signin = ?`, id)
		return err
	})
}

// refreshState is what became of a refresh token.
type refreshState struct {
	signIn string
	used   bool
}

// refreshOf reads a refresh token; errEnded when it was never given.
func (s *store) refreshOf(ctx context.Context, token string) (refreshState, error) {
	var st refreshState
	err := s.db.QueryRowContext(ctx, `SELECT signin, used FROM refresh WHERE hash = ?`, hashOf(token)).Scan(&st.signIn, &st.used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return refreshState{}, errEnded
	case err != nil:
		return refreshState{}, fmt.Errorf("read refresh token: %w", err)
	}
	return st, nil
}

// nextRefresh gives a new refresh token of a sign-in and uses current up, in
// one transaction; errEnded when current was used meanwhile.
func (s *store) nextRefresh(ctx context.Context, signInID, current string) (string, error) {
	next := secret()
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if current != "" {
			res, err := tx.ExecContext(ctx, `UPDATE refresh SET used = 1 WHERE hash = ? AND used = 0`, hashOf(current))
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errEnded
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO refresh (hash, signin) VALUES (?,?)`, hashOf(next), signInID)
		return err
	})
	if err != nil {
		return "", err
	}
	return next, nil
}

// useAssertion keeps a client assertion's jti; false when it was used before.
func (s *store) useAssertion(ctx context.Context, client, jti string, ends, now time.Time) (bool, error) {
	fresh := false
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM assertion WHERE ends < ?`, now.Add(-time.Hour).Unix()); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO assertion (hash, ends) VALUES (?,?) ON CONFLICT DO NOTHING`, hashOf(client, jti), ends.Unix())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		fresh = n == 1
		return err
	})
	return fresh, err
}
