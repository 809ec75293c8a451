package main

import (
	"slices"

	"carnet/client/batch"
	"carnet/client/fhir"
)

// outcome is what became of a file, in the words of who runs the laboratory's
// software. They are part of the JSON answers: only ever added to.
type outcome string

const (
	arrived  outcome = "sent"      // the record has it
	already  outcome = "already"   // the record had it before, with the same bytes
	noRecord outcome = "no-record" // the person has no record: nothing to send
	person   outcome = "to-fix"    // somebody has to answer: see the codes
	refused  outcome = "refused"   // for good, by the check or by the server
	kept     outcome = "kept"      // could not be sent now; the next run sends it
	barred   outcome = "sign-in"   // kept likewise: the server refuses the sign-in, which somebody has to see to
	working  outcome = "working"   // under way
	aside    outcome = "aside"     // passed over by watch: empty, a link, not to be read; it stays where it is
)

// outcomes in the order of a good day.
func outcomes() []outcome {
	return []outcome{arrived, already, noRecord, person, refused, kept, barred, aside, working}
}

// final tells whether a file can be put away.
func (o outcome) final() bool { return !o.waits() && o != working }

// waits tells whether a file is kept for a server that cannot, or will not, take it
// now.
func (o outcome) waits() bool { return o == kept || o == barred }

// outcomeOf says what became of a row.
func outcomeOf(r batch.Row) outcome {
	switch r.State {
	case batch.Sent:
		return arrived
	case batch.Already:
		return already
	case batch.NoRecord:
		return noRecord
	case batch.Refused:
		return refused
	case batch.Waiting:
		return waiting(r.Reason)
	case batch.Fix:
		if slices.Contains(r.Problems, batch.Offline) {
			return waiting(r.Reason)
		}
		return outcomeOfProblems(r.Problems)
	}
	return working
}

// waiting says for what a file waits.
func waiting(why fhir.Code) outcome {
	if refusedSignIn(why) {
		return barred
	}
	return kept
}

// outcomeOfProblems: a file that changes is read again, a twin follows the first;
// all else needs a person.
func outcomeOfProblems(all []batch.Problem) outcome {
	for _, p := range all {
		if p != batch.Changed && p != batch.Twice {
			return person
		}
	}
	return working
}

// word says an outcome to a person, of n files.
func (o outcome) word(l lang) string {
	w := map[outcome][2]string{
		arrived:  {"arrivé", "sent"},
		already:  {"déjà dans le dossier", "already in the record"},
		noRecord: {"pas de dossier", "no record"},
		person:   {"à corriger", "to be put right"},
		refused:  {"refusé", "refused"},
		kept:     {"gardé, partira au prochain passage", "kept, the next run sends it"},
		barred:   {"gardé, connexion refusée : voyez l’administrateur du serveur", "kept, sign-in refused: ask the server’s administrator"},
		aside:    {"laissé de côté", "left aside"},
		working:  {"en cours", "under way"},
	}[o]
	return l.say(w[0], w[1])
}

// exitOf gives the exit code of what became of many files.
func exitOf(counts map[outcome]int) int {
	switch {
	case counts[kept]+counts[barred]+counts[working] > 0:
		return exitKept
	case counts[refused] > 0:
		return exitRefused
	case counts[person]+counts[aside] > 0:
		return exitPerson
	}
	return exitDone
}
