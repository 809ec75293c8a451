package idp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"carnet/client/fhir"
)

// markPresence notes where a sign-in is.
func (s *store) markPresence(ctx context.Context, signIn, agent string, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO presence (signin, agent, seen) VALUES (?,?,?)`, signIn, agent, now.Unix())
	if err != nil {
		return fmt.Errorf("note sign-in: %w", err)
	}
	return nil
}

// seen notes that a sign-in is in use.
func (s *store) seen(ctx context.Context, signIn string, now time.Time) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE presence SET seen = ? WHERE signin = ?`, now.Unix(), signIn); err != nil {
		return fmt.Errorf("note sign-in: %w", err)
	}
	return nil
}

// presences lists the sign-ins of a subject that have not ended; none of an
// account that was disabled.
func (s *store) presences(ctx context.Context, subject string, now time.Time) ([]SignIn, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT s.id, s.started, coalesce(p.seen, s.started), coalesce(p.agent, '')
		FROM signin s LEFT JOIN presence p ON p.signin = s.id
		WHERE s.subject = ? AND s.client = ? AND s.ended = 0 AND s.ends > ?
		AND NOT EXISTS (SELECT 1 FROM account a WHERE a.subject = s.subject AND a.disabled = 1)`, subject, PortalClient, now.Unix())
	if err != nil {
		return nil, fmt.Errorf("read sign-ins: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []SignIn
	for rows.Next() {
		var in SignIn
		var started, seen int64
		if err := rows.Scan(&in.ID, &started, &seen, &in.Agent); err != nil {
			return nil, fmt.Errorf("read sign-ins: %w", err)
		}
		in.Started, in.Seen = time.Unix(started, 0), time.Unix(seen, 0)
		out = append(out, in)
	}
	return out, rows.Err()
}

// loginOf gives the login of a patient's account. Errors: NotFound.
func (s *store) loginOf(ctx context.Context, person string) (string, error) {
	var login string
	err := s.db.QueryRowContext(ctx, `SELECT a.login FROM citizen c JOIN account a ON a.subject = c.subject WHERE c.person = ? AND a.disabled = 0`, person).Scan(&login)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fhir.E(fhir.NotFound, "Ce compte n’a pas de mot de passe à changer.")
	}
	return login, err
}

// browsers and systems by what their User-Agent holds, in the order of asking:
// each of the later ones stands in those of the earlier ones too.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"OPT/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"Macintosh", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	}
)

// agentWords names a browser and its system: enough to know one's own, and
// nothing of what a User-Agent says besides.
func agentWords(header string) string {
	var words []string
	for _, table := range [][][2]string{browsers, systems} {
		for _, row := range table {
			if strings.Contains(header, row[0]) {
				words = append(words, row[1])
				break
			}
		}
	}
	return strings.Join(words, ", ")
}
