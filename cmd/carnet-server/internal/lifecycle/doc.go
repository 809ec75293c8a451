// Package lifecycle says what becomes of a record: announced to the insured
// person by letter or e-mail with a provisional code, objected to within six
// weeks, opened by itself when they are over, activated with the code and the
// card, closed at any time, archived ten years, erased; and opened again.
//
// Step (step.go) is the whole of these rules as one pure function of a life, an
// event and a time: read it first, and its table of tests. Engine does what a
// Step decides through the record's door (package record), which keeps the life,
// logs who changed it and tells the person; its Run does what falls due and
// sends letters.
//
// A letter is saved with the change that it tells of, under the same version of
// the life, and dropped from it once it is out. Whenever the server stops, a
// letter that was saved is sent later, under the same name (its Message-ID, its
// file's name) and with the same code: a code is never lost, and there are never
// two of them.
//
// Whoever may do what is decided by the record's door. Letters hold no medical
// content; the provisional code is kept hashed once its letter is out.
package lifecycle
