// Package choose is how pages let people pick things of the field: a patient, by what
// is typed, scanned or known of them (Person), a type of document (Type), and where a
// copy is written outside Carnet (Save). It stands between the widgets, which know no
// patient, and the pages, which do not know each other.
package choose
