// Package seats is the page of a shared computer: who signed in here today comes back
// by a code, under their own name, and nothing of the person before is on the screen.
//
// page.go wires it to client.Seats; state.go says what is wrong and what is left;
// choose.go is the form in which one chooses a code.
package seats
