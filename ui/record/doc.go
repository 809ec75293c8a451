// Package record is the page of one person's record: how the professional is
// allowed in and until when, what they may read, the document beside its list,
// and what can be done when nothing may be read.
//
// The page knows no rule of its own: it offers what Access.Rights names, which
// the server granted when the record was opened, and the server decides again
// whatever is then asked. Nothing on the page may tell a hidden thing from an
// absent one: the reason for a refusal is the one that the server gives.
//
// Parts. docs.go (the list: order, filter, headings), rights.go (actions and
// offers), session.go (phases, ends, the countdown of an emergency access) are
// pure and know no toolkit; page.go wires them to the contract; the view files
// draw.
package record
