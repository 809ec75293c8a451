package signin

import (
	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// Phase is what the page is doing.
type Phase int

// The phases.
const (
	Loading Phase = iota // asking for the accounts
	Choosing
	Waiting // a sign-in is under way
	Broken  // the last question failed
)

// State is the whole of what the page knows; each event gives the next one.
type State struct {
	Phase     Phase
	Busy      bool // it lasts: say so
	Accounts  []client.DemoAccount
	Account   string // being signed in with; "" is the browser
	Address   string // to visit, when no browser opened by itself
	SigningIn bool   // what failed was a sign-in, not the list of accounts
	Err       error
}

// Asking is after the accounts were asked for.
func (s State) Asking() State {
	if s.Phase == Broken && !s.SigningIn {
		return s // the words of the failure stay until there is an answer
	}
	return State{Phase: Loading}
}

// Lasts is told how the question goes on.
func (s State) Lasts(stage task.Stage) State {
	s.Busy = stage != task.Finished
	return s
}

// Ready is after the accounts came.
func (s State) Ready(accounts []client.DemoAccount) State {
	return State{Phase: Choosing, Accounts: accounts}
}

// Started is after a sign-in was begun.
func (s State) Started(account string) State {
	return State{Phase: Waiting, Accounts: s.Accounts, Account: account}
}

// Failed is after a question or a sign-in failed. Giving up is no failure.
func (s State) Failed(err error, signingIn bool) State {
	if signingIn && fhir.CodeOf(err) == fhir.Canceled {
		return s.Ready(s.Accounts)
	}
	return State{Phase: Broken, Accounts: s.Accounts, Account: s.Account, SigningIn: signingIn, Err: err}
}
