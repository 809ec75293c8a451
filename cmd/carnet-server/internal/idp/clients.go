package idp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"carnet/client/fhir"
)

// What an administrator decides about a system after it was added. Each decision
// is a command beside the server that runs, and holds there at once: tokens that
// the system holds are refused from the next request on (ends.go).

// MaxOverlap is for how long at most the keys of before still open after a
// rotation.
const MaxOverlap = 90 * 24 * time.Hour

// SystemKey is a public key of a system.
type SystemKey struct {
	ID   string    // kid
	Ends time.Time // from then on it opens nothing; zero: no end
	key  jose.JSONWebKey
}

// SystemState is a system as the administrator sees it.
type SystemState struct {
	ID       string
	Claims   Claims
	Created  time.Time
	Disabled time.Time // since when it is kept out; zero: it signs in
	Keys     []SystemKey
}

// Systems lists the systems in the order of their ids, those that were removed
// left out.
func Systems(ctx context.Context, dir string) (all []SystemState, err error) {
	err = withStore(ctx, dir, func(s *store) error {
		all, err = s.systems(ctx, "")
		return err
	})
	return all, err
}

// DisableClient keeps a system out at once: it signs in no more, and the server
// that runs on dir takes its tokens no more. Errors: NotFound.
func DisableClient(ctx context.Context, dir, id string, now time.Time) error {
	return alterClient(ctx, dir, id, now, `INSERT INTO client_state (client, disabled) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET disabled = ?2 WHERE disabled = 0`)
}

// EnableClient lets a system sign in again. Errors: NotFound.
func EnableClient(ctx context.Context, dir, id string, now time.Time) error {
	return alterClient(ctx, dir, id, now, `UPDATE client_state SET disabled = 0 WHERE client = ?1 AND ?2 > 0`)
}

// RemoveClient takes a system away for good, as DisableClient does. Its id stays
// taken: histories name it, and it is the author of what it filed. Errors:
// NotFound.
func RemoveClient(ctx context.Context, dir, id string, now time.Time) error {
	return alterClient(ctx, dir, id, now, `INSERT INTO client_state (client, removed) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET removed = ?2`)
}

// withStore opens the accounts of a data directory for a command.
func withStore(ctx context.Context, dir string, do func(*store) error) error {
	s, err := openStore(ctx, dir)
	if err != nil {
		return unopened(err)
	}
	defer func() { _ = s.db.Close() }()
	err = do(s)
	var known *fhir.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fhir.Wrap(fhir.Unavailable, fmt.Errorf("change client: %w", err))
}

// alterClient decides about a system and ends its sign-ins: when it is let in
// again, none is there.
func alterClient(ctx context.Context, dir, id string, now time.Time, statement string) error {
	return withStore(ctx, dir, func(s *store) error {
		return s.tx(ctx, func(tx *sql.Tx) error {
			if err := there(ctx, tx, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, statement, id, now.Unix()); err != nil {
				return err
			}
			return endClient(ctx, tx, id, now)
		})
	})
}

// there refuses an id that no system has.
func there(ctx context.Context, tx *sql.Tx, id string) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM client c WHERE id = ? AND NOT EXISTS (SELECT 1 FROM client_state s WHERE s.client = c.id AND s.removed <> 0)`, id).Scan(&n)
	if err == nil && n == 0 {
		err = fhir.E(fhir.NotFound, "there is no client with this id; see carnet-server client list")
	}
	return err
}

// endClient ends the sign-ins of a system.
func endClient(ctx context.Context, tx *sql.Tx, id string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE signin SET ended = ?2 WHERE ended = 0 AND client = ?1`, id, now.Unix())
	return err
}

// RotateClient gives a system more keys beside those that it has, which open
// nothing more after overlap (those that end sooner, then). Without overlap its
// tokens are refused at once as well: it signs in again with a new key. A key
// that it had before is refused. Errors: Invalid, Duplicate, NotFound.
func RotateClient(ctx context.Context, dir string, sys System, overlap time.Duration, now time.Time) error {
	if overlap < 0 || overlap > MaxOverlap {
		return fhir.E(fhir.Invalid, "the keys of before may open for 90 days at most")
	}
	fresh, err := publicKeys(sys.JWKS)
	if err != nil {
		return err
	}
	return withStore(ctx, dir, func(s *store) error {
		return s.tx(ctx, func(tx *sql.Tx) error {
			if err := there(ctx, tx, sys.ID); err != nil {
				return err
			}
			if err := rotate(ctx, tx, sys.ID, fresh, now.Add(overlap)); err != nil || overlap > 0 {
				return err
			}
			return endClient(ctx, tx, sys.ID, now)
		})
	})
}

// rotate writes the new keys, and the end of the old ones.
func rotate(ctx context.Context, tx *sql.Tx, id string, fresh jose.JSONWebKeySet, ends time.Time) error {
	var text string
	if err := tx.QueryRowContext(ctx, `SELECT jwks FROM client WHERE id = ?`, id).Scan(&text); err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return err
	}
	for _, k := range fresh.Keys {
		if len(set.Key(k.KeyID)) > 0 {
			return fhir.E(fhir.Duplicate, "the client has, or had, one of these keys; make a new one (carnet-lab keygen)")
		}
	}
	for _, k := range set.Keys {
		if _, err := tx.ExecContext(ctx, `INSERT INTO client_key_end (client, kid, ends) VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET ends = min(ends, ?3)`, id, k.KeyID, ends.Unix()); err != nil {
			return err
		}
	}
	set.Keys = append(set.Keys, fresh.Keys...)
	all, err := json.Marshal(set)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE client SET jwks = ? WHERE id = ?`, string(all), id)
	return err
}

// systems reads one system, or with "" all, without those that were removed.
func (s *store) systems(ctx context.Context, id string) (all []SystemState, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT c.id, c.jwks, c.claims, c.created, coalesce(s.disabled, 0),
		(SELECT json_group_object(e.kid, e.ends) FROM client_key_end e WHERE e.client = c.id)
		FROM client c LEFT JOIN client_state s ON s.client = c.id WHERE (c.id = ?1 OR ?1 = '') AND coalesce(s.removed, 0) = 0 ORDER BY c.id`, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		one, err := scanSystem(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func scanSystem(rows *sql.Rows) (one SystemState, err error) {
	var jwks, claims, ends string
	var created, disabled int64
	var set jose.JSONWebKeySet
	var until map[string]int64
	if err := rows.Scan(&one.ID, &jwks, &claims, &created, &disabled, &ends); err != nil {
		return one, err
	}
	if err := errors.Join(json.Unmarshal([]byte(jwks), &set), json.Unmarshal([]byte(claims), &one.Claims), json.Unmarshal([]byte(ends), &until)); err != nil {
		return one, err
	}
	one.Created = time.Unix(created, 0)
	if disabled != 0 {
		one.Disabled = time.Unix(disabled, 0)
	}
	for _, k := range set.Keys {
		key := SystemKey{ID: k.KeyID, key: k}
		if end, ok := until[k.KeyID]; ok {
			key.Ends = time.Unix(end, 0)
		}
		one.Keys = append(one.Keys, key)
	}
	return one, nil
}

// startSystem keeps the sign-in of a system that proved who it is by a key. What
// was decided meanwhile holds: a system that is kept out by now, or whose key has
// come to its end, gets errEnded.
func (s *store) startSystem(ctx context.Context, in signIn, kid string) (signIn, error) {
	in.id = newSignInID()
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := addSignIn(ctx, tx, in); err != nil {
			return err
		}
		var out int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM client_state WHERE client = ?1 AND disabled + removed > 0)
			+ (SELECT count(*) FROM client_key_end WHERE client = ?1 AND kid = ?2 AND ends <= ?3)`, in.client, kid, in.started.Unix()).Scan(&out)
		if err == nil && out > 0 {
			err = errEnded
		}
		return err
	})
	return in, err
}
