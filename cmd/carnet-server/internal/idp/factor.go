package idp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"carnet/client/fhir"
)

const (
	stepLife      = 30 * time.Second // of a code (RFC 6238 section 5.2)
	window        = 1                // steps before and after now that are accepted
	secretBytes   = 20               // RFC 4226 section 4 recommends 160 bits
	recoveryCodes = 10
	recoveryBytes = 10 // of a recovery code: 80 bits, 16 letters
)

// base32Text is how secrets and recovery codes are written.
var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret makes the secret of a second factor.
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base32Text.EncodeToString(b)
}

// checkSecret refuses what newSecret would not make.
func checkSecret(text string) error {
	if b, err := base32Text.DecodeString(text); err != nil || len(b) != secretBytes {
		return fhir.E(fhir.Invalid, "Le secret du second facteur est illisible : recommencez l’inscription.")
	}
	return nil
}

// otpauth is the address of a secret by which applications take it over (Key
// Uri Format of Google Authenticator, which the others follow).
func otpauth(login, text string) string {
	q := url.Values{"secret": {text}, "issuer": {"Carnet"}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	// PathEscape: some applications show the "+" of a query escape.
	return "otpauth://totp/Carnet:" + url.PathEscape(login) + "?" + q.Encode()
}

// qrCode draws a text, for a telephone's camera.
func qrCode(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err == nil {
		side := code.Bounds().Dx()
		code, err = barcode.Scale(code, side*4, side*4)
	}
	if err != nil {
		return nil, fhir.Wrap(fhir.Internal, err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, code); err != nil {
		return nil, fhir.Wrap(fhir.Internal, err)
	}
	return out.Bytes(), nil
}

// codeStep finds the step of a code of six digits, after the last one used; ok
// is false when the code is of none that counts now.
func codeStep(text, code string, last int64, now time.Time) (step int64, ok bool) {
	current := now.Unix() / int64(stepLife.Seconds())
	for s := current - window; s <= current+window; s++ {
		if s <= last || s < 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(text, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}

// tidy takes out of a code what people put in to read it.
func tidy(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\u00a0' || r == '\u202f' {
			return -1
		}
		return r
	}, code))
}

// newRecovery makes recovery codes, as they are shown: in four groups.
func newRecovery() []string {
	out := make([]string, recoveryCodes)
	for i := range out {
		b := make([]byte, recoveryBytes)
		_, _ = rand.Read(b)
		t := base32Text.EncodeToString(b)
		out[i] = t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
	}
	return out
}

// setFactor gives an account its second factor, whose step was used, and new
// recovery codes in place of the old.
func (s *store) setFactor(ctx context.Context, tx *sql.Tx, subject, text string, step int64) ([]string, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO factor (subject, secret, step) VALUES (?,?,?)
		ON CONFLICT (subject) DO UPDATE SET secret = excluded.secret, step = excluded.step`, subject, s.sealed(sealFactor, subject, text), step)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery WHERE subject = ?`, subject); err != nil {
		return nil, err
	}
	codes := newRecovery()
	for _, c := range codes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery (hash, subject) VALUES (?,?)`, hashOf(subject, tidy(c)), subject); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// useFactor takes a code of the second factor, or a recovery code, and uses it
// up; false when it is neither or was used.
func (s *store) useFactor(ctx context.Context, subject, typed string, now time.Time) (ok bool, err error) {
	typed = tidy(typed)
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if len(typed) == base32Text.EncodedLen(recoveryBytes) {
			res, err := tx.ExecContext(ctx, `DELETE FROM recovery WHERE hash = ? AND subject = ?`, hashOf(subject, typed), subject)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			ok = n == 1
			return err
		}
		var text string
		var last int64
		err := tx.QueryRowContext(ctx, `SELECT secret, step FROM factor WHERE subject = ?`, subject).Scan(&text, &last)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			text, err = s.opened(sealFactor, subject, text)
		}
		if err != nil {
			return err
		}
		step, good := codeStep(text, typed, last, now)
		if !good {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE factor SET step = ? WHERE subject = ?`, step, subject)
		ok = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("check second factor: %w", err)
	}
	return ok, nil
}
