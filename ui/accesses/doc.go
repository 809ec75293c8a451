// Package accesses is the page where a professional sees what they did: each
// access to a record, with its time and its mode, as the record's own history
// keeps it.
//
// The period is asked of the server, page by page; the text filters what has
// come so far, and more can be fetched. Nothing here is written and nothing can
// be changed: the server's log is the truth, and reading one's own accesses
// leaves a line in it too.
//
// Parts. state.go decides (which rows, which headings, what the page shows) and
// knows no toolkit; page.go wires it to the contract (client.Traces); view.go
// and row.go draw; words.go says each kind of access.
package accesses
