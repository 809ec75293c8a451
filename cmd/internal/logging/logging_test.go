package logging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

// secrets are what must never be seen, in the shapes in which they turn up.
var secrets = []string{"MOREL", "Hélène", "260058815400233", "urn:oid:1.2.250.1.213.1.4.10|2600588154", "899700218896", "/Users/x/rapport MOREL.pdf"}

// write logs through f and gives the line.
func write(t *testing.T, f func(*logrus.Logger)) (string, map[string]any) {
	t.Helper()
	var out bytes.Buffer
	f(New(&out, logrus.DebugLevel))
	fields := map[string]any{}
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
			t.Fatalf("not one JSON line: %v: %s", err, out.String())
		}
	}
	return out.String(), fields
}

// noSecrets fails when a line holds any of them.
func noSecrets(t *testing.T, line string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(line, s) {
			t.Errorf("%q reached the output: %s", s, line)
		}
	}
}

func TestNothingAboutAPersonReachesTheOutput(t *testing.T) {
	for _, secret := range secrets {
		cause := &fs.PathError{Op: "open", Path: secret, Err: syscall.ENOSPC}
		for name, event := range map[string]func(*logrus.Logger){
			"in an unknown field": func(l *logrus.Logger) { l.WithField("patient", secret).Info("filed") },
			"in a known field":    func(l *logrus.Logger) { l.WithField("reason", "for "+secret).Info("filed") },
			"in a structure": func(l *logrus.Logger) {
				l.WithField("state", struct{ Name string }{secret}).Info("filed")
			},
			"in a list":             func(l *logrus.Logger) { l.WithField("code", []string{secret}).Info("filed") },
			"in an error":           func(l *logrus.Logger) { l.WithError(cause).Warn("backup failed") },
			"in a wrapped error":    func(l *logrus.Logger) { l.WithError(fhir.Wrap(fhir.Unavailable, cause)).Warn("failed") },
			"in an error's message": func(l *logrus.Logger) { l.WithError(fhir.E(fhir.Invalid, "%s", secret)).Warn("failed") },
			"through slog":          func(l *logrus.Logger) { Slog(l).With("user", secret).Info("request error", "oidc_error", secret) },
			"through net/http's log": func(l *logrus.Logger) {
				log.New(Lines(l, "http"), "", 0).Printf("http: panic serving %s", secret)
			},
		} {
			t.Run(name, func(t *testing.T) {
				line, fields := write(t, event)
				noSecrets(t, line)
				if fields["msg"] == "" || fields["level"] == "" {
					t.Errorf("the event itself is lost: %s", line)
				}
			})
		}
	}
}

func TestAnIdentifierInAMessageIsMasked(t *testing.T) {
	line, _ := write(t, func(l *logrus.Logger) { l.Info("filed for 260058815400233") })
	noSecrets(t, line)
}

func TestWhatSupportNeedsStays(t *testing.T) {
	err := fmt.Errorf("spool: %w", fhir.Wrap(fhir.Unavailable, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}))
	_, fields := write(t, func(l *logrus.Logger) {
		l.WithFields(logrus.Fields{
			"request_id": "0192837465abcdef", "route": "POST /fhir/DocumentReference", "status": 503,
			"ms": 12.5, "duration_ms": 3 * time.Millisecond, "code": fhir.Unavailable, "demo": true,
		}).WithError(err).Error("request failed")
	})
	want := map[string]any{
		"request_id": "0192837465abcdef", "status": 503.0, "ms": 12.5, "duration_ms": "3ms", "code": "unavailable",
		"demo": true, "error": "unavailable", "errno": "no space left on device", "level": "error", "msg": "request failed",
		"route": removed, // a space: write the route as its pattern without the method
	}
	for key, value := range want {
		if fields[key] != value {
			t.Errorf("%s = %v, want %v", key, fields[key], value)
		}
	}
	for range 100 { // maps have no order
		_, fields = write(t, func(l *logrus.Logger) {
			l.WithError(err).WithFields(logrus.Fields{"a": 1, "b": 2, "route": "x", "status": 3, "rows": 4, "ms": 5, "method": "GET"}).Error("failed")
		})
		if fields["error_type"] == removed {
			t.Fatal("what was told of the error was taken for a field")
		}
	}
	if got := fields["error_type"]; got != "*fmt.wrapError < *fhir.Error < *fs.PathError < syscall.Errno" {
		t.Errorf("error_type = %v", got)
	}
}

func TestAPlainErrorIsAFaultOfOurs(t *testing.T) {
	_, fields := write(t, func(l *logrus.Logger) { l.WithError(errors.New("row of MOREL")).Error("failed") })
	if fields["error"] != "internal" {
		t.Errorf("error = %v", fields["error"])
	}
}
