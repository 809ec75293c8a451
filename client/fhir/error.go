package fhir

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code is the closed list of ways in which Carnet can fail. It travels on the
// wire (OperationOutcome.issue.details), so codes are only ever added.
type Code string

// The codes, in the order of the contract's table of errors (section 11).
const (
	Unauthenticated  Code = "unauthenticated" // no token, or one that does not verify
	TokenExpired     Code = "token-expired"   // the token was good once
	Forbidden        Code = "forbidden"       // profession or mode forbids the function
	NoConsent        Code = "no-consent"      // the patient's consent denies; the record is known to exist
	NotFound         Code = "not-found"       // unknown, hidden, or not for this profession: never told apart
	Withdrawn        Code = "withdrawn"       // was readable by this caller, now entered-in-error
	PatchRefused     Code = "patch-refused"   // a PATCH of a field that may not change
	NotAllowed       Code = "method-not-allowed"
	NotAcceptable    Code = "not-acceptable"    // only JSON is spoken
	VersionConflict  Code = "version-conflict"  // If-Match names another version
	Duplicate        Code = "duplicate"         // uniqueId already filed
	StateConflict    Code = "state-conflict"    // the thing is no longer in a state that allows this
	Invalid          Code = "invalid"           // well formed, but a value is wrong (hash, size, key, PDF)
	BadCode          Code = "bad-code"          // a code outside its value set
	BusinessRule     Code = "business-rule"     // well formed, but a rule of the record refuses it
	NoRecord         Code = "no-record"         // closed or opposed: a final state, never retried
	RuleForbids      Code = "rule-forbids"      // 403 by a rule (patient writes first)
	TooLarge         Code = "too-large"         // over the limit of a document or body
	Malformed        Code = "malformed"         // not the JSON, or not the FHIR, that it claims to be
	Required         Code = "required"          // a mandatory element or search parameter is missing
	BadValue         Code = "bad-value"         // a parameter that cannot be read
	UnsupportedMedia Code = "unsupported-media" // a body in another format
	Throttled        Code = "throttled"         // too many attempts; try later
	Unavailable      Code = "unavailable"       // cannot log the access, disk full, stopping: nothing was done
	Internal         Code = "internal"          // a fault of ours, with a reference to quote
	Offline          Code = "offline"           // client only: no answer from the server
	Canceled         Code = "canceled"          // client only: the person gave up waiting
	Queued           Code = "queued"            // client only: it is kept on this computer, and sent when the server answers
)

// codeRow ties a code to its HTTP status and FHIR issue type.
type codeRow struct {
	code   Code
	status int
	issue  string // http://hl7.org/fhir/issue-type
}

// codeTable is the one table between codes and HTTP, used in both directions.
// Where a foreign server sends no details, the first row with the same status
// and issue type wins, then the first with the same status.
var codeTable = []codeRow{
	{Unauthenticated, http.StatusUnauthorized, "login"},
	{TokenExpired, http.StatusUnauthorized, "expired"},
	{Forbidden, http.StatusForbidden, "forbidden"},
	{NoConsent, http.StatusForbidden, "suppressed"},
	{RuleForbids, http.StatusForbidden, "business-rule"},
	{NotFound, http.StatusNotFound, "not-found"},
	{Withdrawn, http.StatusGone, "deleted"},
	{PatchRefused, http.StatusMethodNotAllowed, "not-supported"},
	{NotAllowed, http.StatusMethodNotAllowed, "not-supported"},
	{NotAcceptable, http.StatusNotAcceptable, "not-supported"},
	{VersionConflict, http.StatusPreconditionFailed, "conflict"},
	{Duplicate, http.StatusConflict, "duplicate"},
	{StateConflict, http.StatusConflict, "conflict"},
	{Invalid, http.StatusUnprocessableEntity, "invalid"},
	{BadCode, http.StatusUnprocessableEntity, "code-invalid"},
	{BusinessRule, http.StatusUnprocessableEntity, "business-rule"},
	{NoRecord, http.StatusUnprocessableEntity, "business-rule"},
	{TooLarge, http.StatusRequestEntityTooLarge, "too-long"},
	{Malformed, http.StatusBadRequest, "structure"},
	{Required, http.StatusBadRequest, "required"},
	{BadValue, http.StatusBadRequest, "value"},
	{UnsupportedMedia, http.StatusUnsupportedMediaType, "not-supported"},
	{Throttled, http.StatusTooManyRequests, "throttled"},
	{Unavailable, http.StatusServiceUnavailable, "transient"},
	{Unavailable, http.StatusInsufficientStorage, "no-store"}, // a full disk: Status says 503, who knows better 507
	{Internal, http.StatusInternalServerError, "exception"},
}

// Issue is one finding about a resource: what is wrong and where.
type Issue struct {
	Code       Code
	Expression string // FHIRPath of the element, e.g. "DocumentReference.content[0].attachment.hash"
	Message    string // for people; never a name, an identifier or a title
}

// Error is the one error type of Carnet, on both sides of the wire.
type Error struct {
	Code      Code
	Message   string  // one sentence for people, without identifiers; may be empty
	Issues    []Issue // every finding, when a resource was refused
	RequestID string  // the reference to quote
	Location  string  // for the one who filed it: the existing resource, on Duplicate; the current version, on StateConflict of a replacement
	Err       error   // the cause; never shown, never sent
	// Existing is, on Duplicate of a submission set, the existing document of each
	// finding (by its Expression) that the caller filed with this very content.
	Existing map[string]string
	// RetryAfter is how long the server asks to wait before the next attempt, at
	// most MaxRetryAfter; 0 when it does not say. It travels in the header
	// Retry-After. Many who were refused at once come back spread out: whoever
	// tries again by itself waits this long and a random part of it more.
	RetryAfter time.Duration
}

// E makes an Error.
func E(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error of a cause that stays private.
func Wrap(code Code, err error) *Error { return &Error{Code: code, Err: err} }

// Error tells the code and the message, never the cause's text: causes of
// network and database errors carry addresses and values.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is(err, &Error{Code: NotFound}) compare by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf gives the code of any error: Internal for one that is not ours, ""
// for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Status gives the HTTP status of a code (500 for one that never travels).
func (c Code) Status() int {
	for _, r := range codeTable {
		if r.code == c {
			return r.status
		}
	}
	return http.StatusInternalServerError
}

// IssueType gives the FHIR issue type of a code.
func (c Code) IssueType() string {
	for _, r := range codeTable {
		if r.code == c {
			return r.issue
		}
	}
	return "exception"
}

// CodeFor finds the code of an answer: the details code when it is one of
// ours, otherwise the first row that fits status and issue type.
func CodeFor(status int, issueType, details string) Code {
	fallback := Internal
	found := false
	for _, r := range codeTable {
		if r.status != status {
			continue
		}
		if string(r.code) == details {
			return r.code
		}
		if !found {
			fallback, found = r.code, true
		}
	}
	for _, r := range codeTable {
		if r.status == status && r.issue == issueType {
			return r.code
		}
	}
	return fallback
}
