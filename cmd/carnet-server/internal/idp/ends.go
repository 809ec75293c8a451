package idp

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// endedList is what the verifier looks at on each request: the sign-ins ended
// within the life of an access token, by this server or by a command that
// changed the accounts beside it.
type endedList struct {
	mu   sync.RWMutex
	at   map[string]time.Time
	life time.Duration

	store  *store
	now    func() time.Time
	look   sync.Mutex // one question at a time on conn
	conn   *sql.Conn  // of its own: the version is told to each connection apart
	change int64      // the file's version when it was last read
}

// newEndedList reads the sign-ins that were ended within life. Close it.
func newEndedList(ctx context.Context, s *store, now func() time.Time, life time.Duration) (*endedList, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("read ended sign-ins: %w", err)
	}
	l := &endedList{at: map[string]time.Time{}, life: life, store: s, now: now, conn: conn, change: -1}
	if err := l.refresh(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return l, nil
}

// close gives the connection back.
func (l *endedList) close() error { return l.conn.Close() }

// refresh reads the file again if somebody else changed it; if nobody did, that
// costs microseconds (PRAGMA data_version).
func (l *endedList) refresh(ctx context.Context) error {
	l.look.Lock()
	defer l.look.Unlock()
	var change int64
	if err := l.conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&change); err != nil {
		return fmt.Errorf("read ended sign-ins: %w", err)
	}
	if change == l.change {
		return nil
	}
	ended, err := endedSince(ctx, l.conn, l.now().Add(-l.life))
	if err != nil {
		return err
	}
	l.mu.Lock()
	for id, at := range ended {
		l.at[id] = at
	}
	l.mu.Unlock()
	l.change = change
	return nil
}

// has tells whether a sign-in was ended, by whomever. It errs when that cannot
// be known.
func (l *endedList) has(ctx context.Context, id string) (bool, error) {
	if err := l.refresh(context.WithoutCancel(ctx)); err != nil {
		return false, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.at[id]
	return ok, nil
}

func (l *endedList) add(id string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for old, at := range l.at {
		if now.Sub(at) > l.life {
			delete(l.at, old)
		}
	}
	l.at[id] = now
}

// endedSince lists the sign-ins that were ended after t.
func endedSince(ctx context.Context, conn *sql.Conn, t time.Time) (map[string]time.Time, error) {
	rows, err := conn.QueryContext(ctx, `SELECT id, ended FROM signin WHERE ended <> 0 AND ended > ?`, t.Unix())
	if err != nil {
		return nil, fmt.Errorf("read ended sign-ins: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]time.Time{}
	for rows.Next() {
		var id string
		var at int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, fmt.Errorf("read ended sign-ins: %w", err)
		}
		out[id] = time.Unix(at, 0)
	}
	return out, rows.Err()
}

// endAll ends the sign-ins of an account, by its login.
func endAll(ctx context.Context, tx *sql.Tx, login string, now time.Time) error {
	const whose = `subject = (SELECT subject FROM account WHERE login = ?)`
	if _, err := tx.ExecContext(ctx, `UPDATE refresh SET used = 1 WHERE signin IN (SELECT id FROM signin WHERE `+whose+`)`, login); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE signin SET ended = ? WHERE ended = 0 AND `+whose, now.Unix(), login)
	return err
}
