// Package e2e holds the server's stories: the bundled sign-in, the FHIR routes
// and the records put together as the program does, on a loopback listener,
// asked over HTTP by people with real access tokens.
//
// A scenario is a row: who asks, in which access session, what; and what comes
// back: status, code, what the body holds and does not hold, and which audit
// entries the request left, found by its request id in the caller's own
// history. kit_test.go builds the world, people_test.go says who is in it. The
// other files follow the contract: the functional-rights table and the order
// of decisions (section 5), the table of errors (11), the leaks (13).
package e2e
