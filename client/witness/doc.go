// Package witness keeps a server's log of accesses honest: it remembers the
// last signed head that it saw and checks that each later one goes on from
// there. A server that restores an old file, or shows one past to one and
// another past to another, cannot pass the check of everyone who kept a head.
//
// Use. Once a sign-in, and from time to time:
//
//	w := witness.Watch{Store: witness.File{Path: …}, Server: witness.HTTP{Base: …, Client: …}}
//	state, err := w.Check(ctx)
//
// err is an Alarm when something does not hold: show it, loudly, and keep the
// file; nothing that the application can do makes it good. Any other error says
// that it could not be checked now: try again later.
//
// The key of the log is trusted at first sight and pinned: another key later is
// an Alarm, too. Advance is the check itself, without I/O. What is kept holds no
// data of patients: the address's hash, the key and the head.
package witness
