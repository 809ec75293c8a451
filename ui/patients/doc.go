// Package patients is the page where a professional finds a person: one box
// for a name, a birth date, an INS typed or scanned; one sheet for the strict
// traits of someone new.
//
// Words. "My patients" are those whose record the professional may enter
// without more ado. Anyone else is found by their exact INS or by all strict
// traits, one answer or none, and that look-up leaves a line in the person's
// own history; the page says so before.
//
// Three parts: state.go, rows.go, interpret.go decide and know no toolkit;
// page.go wires decisions to the contract (client.Finder); the view files
// draw. Answers carry the number of their question and are dropped when
// another was asked since.
package patients
