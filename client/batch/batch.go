package batch

import (
	"context"
	"io"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// Checker judges a file and reads the text of its first pages; a
// *pdfcheck.Checker with Options.Text is one.
type Checker interface {
	CheckReader(ctx context.Context, r io.ReaderAt, size int64) (pdfcheck.Report, error)
}

// Config says what an Engine works with. Finder, Outbox, Notes, Checker, Sender
// and Responsible are required.
type Config struct {
	Finder      client.Finder
	Outbox      client.Outbox
	Notes       client.Notebook
	Checker     Checker
	Image       func(ctx context.Context, data []byte) ([]byte, error) // makes a PDF of a scan; nil: scans are refused
	Name        string                                                 // of the batch, the same after a restart; empty: "batch"
	Sender      string                                                 // national id of the organisation that files: keys are derived from it
	Responsible fhir.Party                                             // the professional (RPPS) who answers for the lot, and their organisation
	Facility    fhir.Coding                                            // kind of place (JDV_J02); the code is enough
	Practice    fhir.Coding                                            // practice setting (JDV_J04); the code is enough
	Workers     int                                                    // files read at the same time; 0 means 2; 1: strictly one after the other
	Trust       bool                                                   // a manifest's patient needs no text that says the same (scans of a laboratory that identifies by bar code)
	Test        bool                                                   // INS are of the test domain (OID …4.10), as in a demonstration
	Now         func() time.Time                                       // its zone is that of the dates; nil: time.Now
}

// Batch is what a page and carnet-lab use of an Engine. Rows, Counts and Row
// answer from memory at once; the other methods do I/O and honour ctx.
type Batch interface {
	// Add takes files, folders (with what is below; links that leave it or run in a
	// circle are told, not followed) and manifests (.csv). What was added before is
	// not added again. Errors are of the whole call (a manifest that cannot be read
	// at all); what is wrong with one file is a Problem of its row.
	Add(ctx context.Context, paths ...string) error
	// Run reads what was added and what will be until ctx ends; it returns nil then.
	Run(ctx context.Context) error
	// Rows gives the rows that match, in the order they came, and how many match.
	Rows(q Query) (rows []Row, total int)
	// Row gives one row; false when there is none.
	Row(id string) (Row, bool)
	// Counts gives the batch at a glance.
	Counts() Counts
	// Notices gives what is to be told beside the rows, in the order it was noticed,
	// at most 1,000 of them. They are not kept over a restart.
	Notices() []Notice
	// Correct answers for a person and judges the row again. Errors: NotFound,
	// StateConflict once it is in the outbox, BadCode for a type that is none.
	Correct(ctx context.Context, id string, c Correction) (Row, error)
	// Again reads files again, asks again who is whom, and has the outbox try now
	// what it would try later; without ids, for every row that is Fix.
	Again(ctx context.Context, ids ...string) error
	// Remove takes rows out; StateConflict for one that is Sending or final.
	Remove(ctx context.Context, ids ...string) error
	// Send hands every Ready row to the outbox, or those named, and says how many it
	// took. StateConflict while paused; Unavailable on a full disk, for what follows.
	// A file that is no longer the one that was checked is read again instead.
	Send(ctx context.Context, ids ...string) (int, error)
	// Pause stops reading and sending after what is under way; it holds over a
	// restart. Resume goes on.
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	// Cancel takes back what has not left; its rows are Ready again. Nothing Sending
	// or Sent changes, nor what may have arrived without an answer.
	Cancel(ctx context.Context) error
	// Clear forgets final rows, or all when everything is final.
	Clear(ctx context.Context) error
	// Follow tells f what moved, at most some ten times a second, until stop is
	// called. f must not wait.
	Follow(f func(Event)) (stop func())
	// WriteCSV writes the full result: one line a row, `;`, UTF-8 with a byte order
	// mark, headings in lang ("fr" or "en"). Cells that a spreadsheet would take for
	// a formula are defused.
	WriteCSV(w io.Writer, lang string) error
}
