package unlock

import (
	"unicode/utf8"

	"carnet/client/fhir"
)

// Need is what must be asked before what this computer keeps can be used.
type Need string

// The needs.
const (
	Nothing Need = ""       // it is open
	Choose  Need = "choose" // nothing is kept yet, and the system has no keyring: a passphrase is to be chosen
	Ask     Need = "ask"    // the passphrase that was chosen
	Lost    Need = "lost"   // the key cannot be had any more: only beginning anew is left
)

// Shortest is how many characters a passphrase has at least.
const Shortest = 8

// Fault is what is wrong with what was typed.
type Fault string

// The faults.
const (
	Fine   Fault = ""
	Empty  Fault = "empty"
	Short  Fault = "short"  // fewer than Shortest characters
	Differ Fault = "differ" // the repetition is another
)

// Check tells what is wrong with a passphrase before it is tried. The repetition
// counts for Choose alone.
func Check(n Need, phrase, again string) Fault {
	switch {
	case phrase == "":
		return Empty
	case n != Choose:
		return Fine
	case utf8.RuneCountInString(phrase) < Shortest:
		return Short
	case phrase != again:
		return Differ
	}
	return Fine
}

// State is the whole of what the page knows; each event gives the next one.
type State struct {
	Need  Need
	Busy  bool  // being opened
	Fault Fault // of what was typed
	Wrong bool  // it was another passphrase
	Err   error // anything else that failed
}

// Typed is after a passphrase was given: it is tried, unless it is at fault.
func (s State) Typed(f Fault) State { return State{Need: s.Need, Fault: f, Busy: f == Fine} }

// Failed is after the try did not open. A wrong passphrase has a place of its own
// beside the field.
func (s State) Failed(err error) State {
	wrong := s.Need == Ask && fhir.CodeOf(err) == fhir.Forbidden
	out := State{Need: s.Need, Wrong: wrong}
	if !wrong {
		out.Err = err
	}
	return out
}

// Forgotten is after what was kept was given up: it begins anew.
func (s State) Forgotten(next Need) State { return State{Need: next} }
