// Package logging makes the one logger of a program: logrus, JSON, one line an
// event, and a hook that lets through only what is known to be harmless.
//
// What a log may hold is a list, not a habit: a field whose name is not in the
// list is dropped; a text that does not look like a code is replaced; of an
// error only its code, its Go type and the operating system's error number are
// kept, never its words, because the words of network, database and parser
// errors carry addresses, file names and values. Messages are constants in the
// source (a test of this package reads the sources and says so); a run of
// digits long enough to be an identifier is masked even there.
//
// Write log.WithField("code", fhir.CodeOf(err)).WithError(err).Warn("backup
// failed"), never Warnf.
package logging

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	logrusslog "github.com/sirupsen/logrus/hooks/slog"

	"carnet/client/fhir"
)

// New makes a logger that writes JSON lines to w from the given level up.
func New(w io.Writer, level logrus.Level) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(w)
	log.SetLevel(level)
	log.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
	log.AddHook(redactor{})
	return log
}

// Slog gives libraries that log through slog a way into the same logger, under
// the same rules.
func Slog(log *logrus.Logger) *slog.Logger {
	return slog.New(logrusslog.NewHandler(log, nil))
}

// Lines gives libraries that only know an io.Writer (net/http's ErrorLog) a way
// in: each line becomes one event with a constant message; the text, which may
// name a peer or an address, is dropped.
func Lines(log logrus.FieldLogger, message string) io.Writer {
	return lines{log: log, message: message}
}

type lines struct {
	log     logrus.FieldLogger
	message string
}

func (l lines) Write(p []byte) (int, error) {
	l.log.WithField("bytes", len(p)).Debug(l.message)
	return len(p), nil
}

// allowed is the whole list of fields that reach the output.
var allowed = map[string]bool{
	"action": true, "addr": true, "attempt": true, "attempts": true, "batch": true,
	"build": true, "bytes": true, "code": true, "component": true, "conns": true,
	"count": true, "demo": true, "documents": true, "duration_ms": true, "entries": true,
	"epoch": true, "errno": true, "error": true, "error_type": true, "event": true,
	"exit": true, "goroutines": true, "issuer": true, "kind": true, "limit": true,
	"method": true, "mode": true, "ms": true, "outcome": true, "patients": true,
	"pending": true, "phase": true, "pid": true, "queue": true, "ready": true,
	"reason": true, "request_id": true, "retry_after_s": true, "revision": true,
	"route": true, "rows": true, "signal": true, "size": true, "state": true,
	"status": true, "status_code": true, "tls": true, "tree_size": true,
	"version": true, "worker": true,
}

var (
	// code is what a text field may look like: a code, a route pattern, a version
	// or a host and port; no spaces, so no sentence and no full name.
	code = regexp.MustCompile(`^[A-Za-z0-9._:/$@+\-\[\]{}*]{0,120}$`)
	// digits is long enough for an RPPS (11) or an INS (15), too long for a port,
	// a status or a count in words.
	digits = regexp.MustCompile(`[0-9]{8,}`)
	// exact names the fields whose digits are ours: made at random, about nobody.
	exact = map[string]bool{"request_id": true, "revision": true}
)

const removed = "removed"

// redactor is the hook.
type redactor struct{}

// Levels says that every event passes.
func (redactor) Levels() []logrus.Level { return logrus.AllLevels }

// Fire rewrites the entry; logrus gives hooks their own copy.
func (redactor) Fire(e *logrus.Entry) error {
	e.Message = digits.ReplaceAllString(e.Message, removed)
	kept := make(logrus.Fields, len(e.Data)+2)
	for key, value := range e.Data {
		if !allowed[key] {
			continue
		}
		if err, ok := value.(error); ok {
			describe(kept, key, err)
			continue
		}
		kept[key] = harmless(key, value)
	}
	e.Data = kept
	return nil
}

// harmless gives what of a value may be written.
func harmless(key string, value any) any {
	switch v := value.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return v
	case time.Duration:
		return v.String()
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case fhir.Code:
		return string(v)
	case string:
		if !code.MatchString(v) || (!exact[key] && digits.MatchString(v)) {
			return removed
		}
		return v
	default:
		return removed
	}
}

// describe replaces an error by its code, the types of its chain and the
// operating system's number, whose words are constants of the system.
func describe(data logrus.Fields, key string, err error) {
	data[key] = string(fhir.CodeOf(err))
	data["error_type"] = typeChain(err)
	var errno syscall.Errno
	if errors.As(err, &errno) {
		data["errno"] = errno.Error()
	}
}

// typeChain names the Go types from the outside in, at most six.
func typeChain(err error) string {
	var names []string
	for err != nil && len(names) < 6 {
		names = append(names, fmt.Sprintf("%T", err))
		err = errors.Unwrap(err)
	}
	return strings.Join(names, " < ")
}
