// Package batch is the laboratory's page: many files for many records. Files and
// folders dropped on the window, or a CSV manifest, become rows; each row says for
// whom the file seems to be, what it is, and what a person still has to answer. What
// is ready leaves with one key, and the page follows it until each record has it.
//
// The engine behind it (client/batch) does the reading, the recognising and the
// sending, without a screen; the page only asks it, and knows it as engine.Batch. An
// Opener gives it, for a professional who answers for the lot.
//
// Parts. state.go decides what is shown and knows no toolkit; lot.go opens the engine,
// runs it and follows it; page.go wires keys and deeds; view.go, row.go and progress.go
// draw; words.go words. The sheet of one row is form.go (pure), person.go and who.go
// (finding the patient) and sheet.go.
//
// Ten thousand rows. The engine answers from memory; State asks it for the stretch of
// rows in sight, and again when something moved: what the engine tells is gathered
// (moved.go), so a burst is drawn once.
package batch
