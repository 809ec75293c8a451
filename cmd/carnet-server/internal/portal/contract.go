// Package portal is the patient's side as web pages: who may read my record,
// who did, what is in it, and what becomes of it; and the pages of those who
// serve patients without seeing content, the support operator and the
// data-protection officer.
//
// Pages are HTML made on the server, complete without JavaScript, in French
// and English, printable, for a telephone as for a desk. The portal is one
// more client of the OpenID provider and of the record's door: it holds no
// rule of its own and asks Records for everything (this file), under the
// Citizen or Staff that the sign-in gave. The program's main wires both.
//
// A page is a Go file and a template of the same name: a function that gives
// its routes (listed in routes), one that asks Records and fills a view, and
// templates/NAME.html, which defines "main" within templates/layout.html. What
// all pages have in common, who may come, the form's token, the record that is
// shown, headers, the page of an error, is in serve.go, before the page's own
// function is called. Texts are French where they are used, by t in templates
// and T in code, and texts/en.json has the English of each; a test tells what
// is missing. Nothing that tells of a person stands in an address: filters and
// words to look for are kept in the session.
//
// To see every page, at the width of a telephone and of a desk:
//
//	PORTAL_PICTURES=/tmp/pages go test -tags browser -run Chromium ./cmd/carnet-server/internal/portal
package portal

import (
	"context"
	"io"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Records is what the pages ask of the record's door. record.Service is it.
// rec is the logical id of a record that the Citizen may enter: their own, or
// one that they represent; any other answers NotFound, as an unknown one does.
// Errors are *fhir.Error.
type Records interface {
	// Held lists the records that the citizen may enter, their own first.
	Held(ctx context.Context, c record.Citizen) ([]record.HeldRecord, error)

	HeldDocuments(ctx context.Context, c record.Citizen, rec string, q record.HeldQuery) (record.HeldDocuments, error)
	HeldContent(ctx context.Context, c record.Citizen, rec, document string) (record.Content, error)
	HeldPatch(ctx context.Context, c record.Citizen, rec, document string, ch record.HeldChange) error
	// Deposit files a document of the holder's own. Errors: Invalid, TooLarge, BadCode.
	Deposit(ctx context.Context, c record.Citizen, rec string, d record.Deposit) (id string, err error)

	Rules(ctx context.Context, c record.Citizen, rec string) (record.Rules, error)
	// Representatives lists who may enter the record by a mandate, now or later:
	// all of them to its holder, and to who represents them their own.
	Representatives(ctx context.Context, c record.Citizen, rec string) ([]record.Representative, error)
	// Represented tells whom the citizen represents: mandates that end when their
	// own record is erased.
	Represented(ctx context.Context, c record.Citizen) ([]record.RepresentedPerson, error)
	// Allow lets somebody in; twice is once. Errors: NotFound (not in the directory), BusinessRule (blocked: unblock first).
	Allow(ctx context.Context, c record.Citizen, rec string, g record.GrantAsked) error
	// Revoke ends a rule; ended already is no error.
	Revoke(ctx context.Context, c record.Citizen, rec, rule string) error
	// Block keeps somebody out. BusinessRule: the declared médecin traitant.
	Block(ctx context.Context, c record.Citizen, rec, actor string) error
	Unblock(ctx context.Context, c record.Citizen, rec, actor string) error
	// DeclareMT declares the médecin traitant, "" none. Errors: NotFound, BusinessRule (not a doctor; blocked).
	DeclareMT(ctx context.Context, c record.Citizen, rec, actor string) error
	Choose(ctx context.Context, c record.Citizen, rec string, ch record.Choices) error
	// Contest contests a consent that a professional declared: it ends at once.
	Contest(ctx context.Context, c record.Citizen, rec, rule, words string) error
	// ContestAccess contests an emergency access: it opens a traced message to the data-protection officer.
	ContestAccess(ctx context.Context, c record.Citizen, rec string, act int64, words string) error
	Answer(ctx context.Context, c record.Citizen, rec, request string, a record.Reply) error
	// Directory finds professionals and structures by words of their name, city or national id.
	Directory(ctx context.Context, c record.Citizen, words string, limit int) ([]record.Listed, error)

	History(ctx context.Context, c record.Citizen, rec string, q record.HistoryQuery) (record.History, error)
	// ExportHistory writes the history with inclusion proofs and the signed head; see verify-export.
	ExportHistory(ctx context.Context, c record.Citizen, rec string, w io.Writer) error
	Notices(ctx context.Context, c record.Citizen, rec string, limit int) ([]record.Told, error)
	NoticesRead(ctx context.Context, c record.Citizen, rec string, until int64) error
	Leases(ctx context.Context, c record.Citizen, rec string) ([]record.Lease, error)

	Profile(ctx context.Context, c record.Citizen, rec string) ([]record.ProfileItem, error)
	// KeepItem adds (ID "") or changes an item of the profile. Errors: Invalid, VersionConflict.
	KeepItem(ctx context.Context, c record.Citizen, rec string, item record.ProfileItem) (id string, err error)
	DropItem(ctx context.Context, c record.Citizen, rec, id string, version int64) error
	// MaskItem masks or unmasks an item, whoever wrote it: ID, Version and Masked count.
	MaskItem(ctx context.Context, c record.Citizen, rec string, item record.ProfileItem) error

	// HeldDialogues lists exchanges with professionals, as of the citizen.
	HeldDialogues(ctx context.Context, c record.Citizen, rec string, q record.DialogueQuery) (record.DialogueList, error)
	// HeldMessages gives one, newest first, and counts it as read.
	HeldMessages(ctx context.Context, c record.Citizen, rec, dialogue, cursor string) (record.MessageList, error)
	HeldMessageContent(ctx context.Context, c record.Citizen, rec, dialogue, message string) (record.Content, error)
	// HeldAnswer answers in one. Errors: Invalid, TooLarge, BusinessRule (no reply), StateConflict (ended).
	HeldAnswer(ctx context.Context, c record.Citizen, rec string, a record.HeldMessage) (fhir.Communication, error)
	HeldUnread(ctx context.Context, c record.Citizen, rec string) (int, error)
	// WatchHeldMessages tells what moves, at once how things stand, until ctx ends.
	WatchHeldMessages(ctx context.Context, c record.Citizen, rec string, tell func(fhir.LetterEvent) error) error

	// ExportRecord writes everything as a ZIP: original files, FHIR JSON, a readable index.
	ExportRecord(ctx context.Context, c record.Citizen, rec string, w io.Writer) error
	// Contested lists the messages to the data-protection officer; theirs alone.
	Contested(ctx context.Context, s record.Staff) ([]record.Complaint, error)
	AnswerComplaint(ctx context.Context, s record.Staff, id, words string) error
}

// Lifecycle is what the pages ask of package lifecycle.
type Lifecycle interface {
	// Activate makes the record the person's own: code and card must fit. Errors: Invalid, Throttled, TokenExpired (the code).
	Activate(ctx context.Context, a Activation) (person string, err error)
	// RenewCode takes the wish for a new code, which goes to the address on file:
	// the same, and as fast, whether the details fit or not. Errors: Throttled, Unavailable.
	RenewCode(ctx context.Context, r Renewal) error
	Close(ctx context.Context, c record.Citizen, rec string) error
	Reopen(ctx context.Context, c record.Citizen, rec string) error
	// Erase deletes a closed record for good.
	Erase(ctx context.Context, c record.Citizen, rec string) error

	// What a support operator does for somebody who telephones or comes.
	Find(ctx context.Context, s record.Staff, ins string) (record.Life, error)
	Object(ctx context.Context, s record.Staff, patient, words string) error
	NewCode(ctx context.Context, s record.Staff, patient, channel string) error
	CloseFor(ctx context.Context, s record.Staff, patient, words string) error
	// OpenArchive lets an heir or partner reach what L. 1110-4 allows of a closed record, until m.End.
	OpenArchive(ctx context.Context, s record.Staff, m record.Mandate, words string) error
}

// Activation is what a person types to make their record their own.
type Activation struct {
	INS       string
	BirthDate string // YYYY-MM-DD
	Code      string // provisional, of the letter
	Card      string // serial number of the Carte Vitale
	Peer      string // address of who asks, for the throttle
}

// Renewal is what a person types who has no code that is good.
type Renewal struct {
	INS       string
	BirthDate string // YYYY-MM-DD
	Card      string // serial number of the Carte Vitale
	Peer      string // address of who asks, for the throttle
}

// Accounts is what the pages ask of the OpenID provider.
type Accounts interface {
	// CreateCitizen makes the account of a person who activated their record:
	// the secret of the second factor is confirmed by a first code. Errors: Invalid,
	// Duplicate (the login), BusinessRule (they have an account, and did not prove
	// by their own record who they are).
	CreateCitizen(ctx context.Context, n NewAccount) (recovery []string, err error)
	// NewSecret makes the secret of a second factor: base32, its otpauth address, and a QR code as PNG.
	NewSecret(login string) (secret, address string, png []byte, err error)
	Sessions(ctx context.Context, person string) ([]SignIn, error)
	SignOutEverywhere(ctx context.Context, person string) error
	// StaffSessions and SignOutStaff are the same of an account of those who serve
	// patients.
	StaffSessions(ctx context.Context, account string) ([]SignIn, error)
	SignOutStaff(ctx context.Context, account string) error

	Visits
}

// Visits keeps what each browser's visit remembers between two requests, for
// all processes of a server and over restarts. Keys are hashes of the secret
// that the browser has. Errors: Unavailable.
type Visits interface {
	// Visit gives what was kept, and its version; ok is false when there is none,
	// when its time is over or once the sign-in that it is bound to has ended.
	Visit(ctx context.Context, key []byte) (data []byte, version int64, ok bool, err error)
	// KeepVisit keeps data until ends, over the version that Visit gave; 0 makes a
	// new one. kept is false when another request was faster.
	KeepVisit(ctx context.Context, key []byte, version int64, ends time.Time, data []byte) (kept bool, err error)
	// BindVisit makes a visit a person's, and lets it end with a sign-in of theirs;
	// "" is one that the provider does not list.
	BindVisit(ctx context.Context, key []byte, person, signIn string) error
	EndVisit(ctx context.Context, key []byte) error
	EndVisits(ctx context.Context, person string) error
}

// NewAccount is an account to be made.
type NewAccount struct {
	Login, Password string
	Person, Name    string // logical id, name in words
	Secret, Code    string // of the second factor, and a code that it gives now
}

// SignIn is one sign-in of a person.
type SignIn struct {
	ID      string
	Started time.Time
	Seen    time.Time
	Agent   string // browser and system: "Firefox, Android"; "" unknown
	Current bool
}
