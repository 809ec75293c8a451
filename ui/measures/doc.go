// Package measures is the page of one person's measures: blood pressure, weight,
// glucose and so on as a curve over time, with the table of the same numbers
// beside it. It stands in the record as a tab, or alone.
//
// All measures that this reader may read are asked for at once, which is one
// access of the patient's history; choosing another measure or another period
// asks nothing. What a laboratory filed as Observation beside its PDF is a
// measure like any other, and takes the same way.
//
// Values are shown as they were entered. Where a curve needs one unit, what was
// entered in another is converted exactly, marked, and said with what was
// entered. The body mass index is computed of a weight and a height of the same
// period, said to be computed, and never kept. What cannot be drawn (another
// unit, words) stands in the table all the same.
//
// Parts. state.go (what is shown) and form.go (what is typed) decide and know no
// toolkit; page.go wires them to the contract (client.Profiles); view.go, row.go
// and sheet.go draw; words.go speaks.
package measures
