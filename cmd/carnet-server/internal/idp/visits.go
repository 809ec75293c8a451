package idp

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Visits of the patients' pages are kept beside the sign-ins that they end with:
// for every server process on the same data directory, and over restarts. What
// a visit remembers is sealed (seal.go); the browser's secret is never kept.

const (
	sealVisit   = "visit"
	maxNobodies = 50_000          // visits of nobody: the oldest give way
	sweepVisits = 1 * time.Minute // how often what is over is cleared away
)

// Visit gives what KeepVisit kept under a key, and its version. ok is false when
// there is none, when its time is over, and once the sign-in that it is bound to
// has ended, wherever that was. Errors: Unavailable.
func (p *Provider) Visit(ctx context.Context, key []byte) (data []byte, version int64, ok bool, err error) {
	now := p.storage.now().Unix()
	var sealed string
	err = p.storage.store.db.QueryRowContext(ctx, `SELECT v.data, v.version FROM visit v WHERE v.key = ? AND v.ends > ?
		AND (v.signin IS NULL OR EXISTS (SELECT 1 FROM signin s WHERE s.id = v.signin AND s.ended = 0 AND s.ends > ?))`, key, now, now).Scan(&sealed, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, asFault(fmt.Errorf("read visit: %w", err))
	}
	text, err := p.storage.store.opened(sealVisit, hex.EncodeToString(key), sealed)
	if err != nil {
		return nil, 0, false, asFault(err)
	}
	return []byte(text), version, true, nil
}

// KeepVisit keeps what a visit remembers until ends. version is the one that
// Visit gave; 0 makes a new visit. kept is false, and nothing is, when another
// request changed or ended the visit meanwhile. Errors: Unavailable.
func (p *Provider) KeepVisit(ctx context.Context, key []byte, version int64, ends time.Time, data []byte) (kept bool, err error) {
	s := p.storage.store
	sealed := s.sealed(sealVisit, hex.EncodeToString(key), string(data))
	var res sql.Result
	if version == 0 {
		if err := p.sweepVisits(ctx); err != nil {
			return false, asFault(err)
		}
		res, err = s.db.ExecContext(ctx, `INSERT INTO visit (key, version, data, ends) VALUES (?,1,?,?) ON CONFLICT DO NOTHING`, key, sealed, ends.Unix())
	} else {
		res, err = s.db.ExecContext(ctx, `UPDATE visit SET data = ?, ends = ?, version = version + 1 WHERE key = ? AND version = ?`, sealed, ends.Unix(), key, version)
	}
	if err != nil {
		return false, asFault(fmt.Errorf("keep visit: %w", err))
	}
	n, err := res.RowsAffected()
	return n == 1, asFault(err)
}

// BindVisit makes a visit that of a person, and lets it end with a sign-in; ""
// is one that this provider does not list. Errors: Unavailable.
func (p *Provider) BindVisit(ctx context.Context, key []byte, person, signIn string) error {
	_, err := p.storage.store.db.ExecContext(ctx, `UPDATE visit SET person = ?, signin = nullif(?, '') WHERE key = ?`, hashOf(sealVisit, person), signIn, key)
	return asFault(err)
}

// EndVisit ends a visit; one that ended before is no error. Errors: Unavailable.
func (p *Provider) EndVisit(ctx context.Context, key []byte) error {
	_, err := p.storage.store.db.ExecContext(ctx, `DELETE FROM visit WHERE key = ?`, key)
	return asFault(err)
}

// EndVisits ends all visits of a person. Errors: Unavailable.
func (p *Provider) EndVisits(ctx context.Context, person string) error {
	_, err := p.storage.store.db.ExecContext(ctx, `DELETE FROM visit WHERE person = ?`, hashOf(sealVisit, person))
	return asFault(err)
}

// sweepVisits clears away what is over, and the oldest visits of nobody when
// there are too many.
func (p *Provider) sweepVisits(ctx context.Context) error {
	now := p.storage.now()
	last := p.swept.Load()
	if now.Unix()-last < int64(sweepVisits/time.Second) || !p.swept.CompareAndSwap(last, now.Unix()) {
		return nil
	}
	_, err := p.storage.store.db.ExecContext(ctx, `DELETE FROM visit WHERE ends <= ?`, now.Unix())
	if err != nil {
		return err
	}
	_, err = p.storage.store.db.ExecContext(ctx, `DELETE FROM visit WHERE key IN
		(SELECT key FROM visit WHERE person IS NULL ORDER BY ends DESC LIMIT -1 OFFSET ?)`, maxNobodies)
	return err
}

// SignOutStaff ends all sign-ins of an account of those who serve patients, and
// their access tokens at once. Errors: Unavailable.
func (p *Provider) SignOutStaff(ctx context.Context, account string) error {
	subjects, err := p.staffSubjects(ctx, account)
	if err != nil {
		return asFault(err)
	}
	return p.signOut(ctx, subjects)
}
