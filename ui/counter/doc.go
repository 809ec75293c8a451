// Package counter is the page of the pharmacist's counter: one scans, and has the
// patient's prescriptions, treatments and allergies side by side, records what is
// handed out or injected, and goes on to the next patient.
//
// What the page knows of the patient is what this pharmacist may read, and nothing
// is derived from more. Warnings come from package advice: an aid that cites its
// rule and says what it does not know; the worst ones have to be answered before a
// dispensation leaves.
//
// Parts. state.go holds who is served and what is known of them; lines.go the
// medicines of the dispensation and the warnings about them: both know no toolkit.
// serve.go opens the record, follows what becomes of the right to read, and leaves
// nothing on the screen once it is gone; dispense.go and vaccine.go record;
// view.go, columns.go and forms.go draw; words.go says.
package counter
