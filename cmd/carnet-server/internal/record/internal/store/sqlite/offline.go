package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

// Reader reads a database that a server may be using, to check or to copy it.
// It decides nothing and gives nothing out but what a check found.
type Reader struct {
	db   DB
	conn *sql.DB
	dir  string
	form string // column of an entry's form; 0 in a database of before it was kept
}

// OpenReader opens the database of a data directory for reading, with one
// connection.
func OpenReader(ctx context.Context, dir string, keys *store.Keys) (*Reader, error) {
	path := filepath.Join(dir, File)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	conn, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	conn.SetMaxOpenConns(1)
	files, err := segment.Open(dir, segment.System{ReadOnly: true})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	r := &Reader{conn: conn, dir: dir, db: DB{files: files, keys: keys, read: conn, records: newFactCache(), stmts: map[string]*sql.Stmt{}}}
	err = one(r.db.queries(ctx), `SELECT COALESCE((SELECT 'e.form' FROM pragma_table_info('entry') WHERE name = 'form'), '0')`, []any{&r.form})
	if err == nil {
		err = r.before(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return r, nil
}

// before stands in for tables that a database of before them does not have, so
// that it can be checked before the server first opens it.
func (r *Reader) before(ctx context.Context) error {
	var there bool
	err := one(r.db.queries(ctx), `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'dialogue')`, []any{&there})
	if err == nil && !there {
		err = r.beforeMessages(ctx)
	}
	if err != nil {
		return err
	}
	err = one(r.db.queries(ctx), `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'message_chain')`, []any{&there})
	if err != nil || there {
		return err
	}
	_, err = r.conn.ExecContext(ctx, `CREATE TEMP TABLE message_chain (patient, count, sealed);
		CREATE TEMP TABLE dialogue_words (n, dialogue, patient, part, upto, body)`)
	return err
}

func (r *Reader) beforeMessages(ctx context.Context) error {
	_, err := r.conn.ExecContext(ctx, `CREATE TEMP TABLE dialogue (n, id, patient, reply, version, opened, body);
		CREATE TEMP TABLE dialogue_member (n, dialogue, patient, actor, since, until);
		CREATE TEMP TABLE message (n, id, dialogue, patient, sender, key, sent, delivered, read, size, sha256, segment, start, head, body)`)
	return err
}

// Close closes the reader.
func (r *Reader) Close() error { return errors.Join(r.conn.Close(), r.db.files.Close()) }

// Head gives the latest signed head; nil when the log is empty.
func (r *Reader) Head(ctx context.Context) ([]byte, error) {
	head, err := r.db.Head(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return head, err
}

// Rows gives the leaves of the log with their entries.
func (r *Reader) Rows(ctx context.Context) iter.Seq2[audit.Row, error] {
	text := `SELECT l.seq, l.hashes, e.at, COALESCE(e.actor, ''), COALESCE(e.patient, 0), COALESCE(e.nonce, 0), COALESCE(e.number, 0),
		COALESCE(` + r.form + `, 0), e.body, r.key, COALESCE(p.id, '')
		FROM leaf l LEFT JOIN entry e ON e.seq = l.seq LEFT JOIN record r ON r.patient = e.patient LEFT JOIN patient p ON p.n = e.patient ORDER BY l.seq`
	return func(yield func(audit.Row, error) bool) {
		stopped := errors.New("stopped")
		err := each(r.db.queries(ctx), text, nil, func(row rows) error {
			out, err := r.scanRow(row)
			if err == nil && !yield(out, nil) {
				return stopped
			}
			return err
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(audit.Row{}, err)
		}
	}
}

// scanRow reads a leaf with its entry. An entry that does not open is given
// empty, so that it counts as changed and not as erased.
func (r *Reader) scanRow(row rows) (out audit.Row, err error) {
	var packed, sealed, key []byte
	var at sql.NullInt64
	var nonce int64
	var patient string
	if err := row.Scan(&out.Seq, &packed, &at, &out.Actor, &out.Record, &nonce, &out.Number, &out.Form, &sealed, &key, &patient); err != nil {
		return out, err
	}
	out.Form = formOf(out.Form, out.Number)
	out.At = fromMillis(at.Int64)
	for ; len(packed) >= tlog.HashSize; packed = packed[tlog.HashSize:] {
		out.Hashes = append(out.Hashes, tlog.Hash(packed[:tlog.HashSize]))
	}
	if sealed == nil {
		return out, nil
	}
	out.Entry = []byte{}
	box := r.db.keys.System()
	if out.Record != 0 {
		if box, err = r.db.keys.Box(out.Record, key); err != nil {
			out.Erased = errors.Is(err, store.ErrErased)
			return out, nil
		}
		out.Tag = audit.TagOf(box.TagSalt(), patient)
	}
	clear, err := box.Open(nil, "entry", uint64(nonce), 0, sealed)
	if err == nil && len(clear) >= audit.SaltSize {
		out.Salt, out.Entry = [audit.SaltSize]byte(clear), clear[audit.SaltSize:]
	}
	return out, nil
}

// Copy writes a consistent copy into a directory: the database as it is now,
// then as much of the files as its rows name. What they name was durable before
// they were, and is never written over.
func (r *Reader) Copy(ctx context.Context, to string) error {
	path := filepath.Join(to, File)
	if _, err := r.conn.ExecContext(ctx, `VACUUM INTO ?1`, path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	copied, err := OpenReader(ctx, to, r.db.keys)
	if err != nil {
		return err
	}
	err = eachSegment(copied.db.queries(ctx), func(n, length int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return segment.Copy(r.dir, to, n, length)
	})
	return errors.Join(err, copied.Close())
}
