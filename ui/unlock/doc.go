// Package unlock is the page between the sign-in and the desk where this computer
// has no keyring of its own: the person chooses, or types, the passphrase under
// which what is kept here (copies for offline use, what is still to be sent) is
// sealed.
//
// Nobody is kept from working by it: "Plus tard" opens the desk without anything
// being kept, as on a computer that one borrows. Who forgot the passphrase begins anew,
// after being told what is lost.
//
// state.go is the page's pure states, page.go wires them to a Keeper, view.go draws.
package unlock
