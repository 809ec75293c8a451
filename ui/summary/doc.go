// Package summary is the page that shows a person's health at a glance: allergies
// and adverse reactions first, then what is worth a second look, current
// treatments, problems and history, family history, vaccinations with what is
// due, the last measures and documents, the médecin traitant and the care team.
// It stands in the record as its first tab. Each thing says its source and date.
//
// What it knows. It asks for the health profile once (one access of the patient's
// history) and for the care team; the record tells it the documents that it lists.
// Warnings and vaccinations due are computed here from exactly these things
// (client/advice), so they rest on nothing that this reader may not read. They are
// an aid and say so: with their level in words, icon and colour, the edition and the
// rule, and what could not be verified. An empty list never reads as safety:
// "aucune allergie enregistrée" is not "aucune allergie".
//
// What it changes. One adds an item and corrects or takes out one's own; the server
// decides. What a minor keeps confidential is not recorded at all: the sheet has
// the switch, and nothing of it leaves this window. The page is printed as one
// sheet of paper, drawn elsewhere (Config.Draw), after a reminder of secrecy.
//
// Parts. state.go (the picture: sections and rows, built off the UI goroutine) and
// form.go (what is typed) decide and know no toolkit; page.go wires them to the
// contract; view.go, row.go and the sheets draw; words.go speaks; handout.go says
// what is on the paper.
package summary
