// Package cache keeps records readable when the network is gone: an offline
// decorator over the contract (client.Records), on Badger.
//
// How to use it: Open with a folder, two sealers of an unlocked vault, the HTTP
// client and its client.Copies; use the Cache wherever client.Records is wanted;
// start Run (or call Sync) for what happens in the background; Hurry when somebody
// knows that the server is back; Report says what Open found, Holds what opens
// without the server; Shut. cmd/carnet does all this for who is signed in. While the
// server answers, everything comes from it. When it gives no answer (code Offline,
// or Unavailable, which a gateway says for it), patients, lists, descriptions,
// contents and health profiles (client.Profiles, where Records has them) come from the
// copies whose lease runs, and say so (client.Provenance); everything else stays Offline.
//
// What obeys. A copy exists under a lease (client.Lease) alone: at its end, or at
// the first word of the server that it no longer runs, the record's key is
// dropped and its files removed. Time is the later of what was ever seen: a clock
// turned back closes all copies until the server has said the time (clock.go).
// Copies are taken of records opened in normal mode, never in an emergency mode.
// What is shown offline is an access: it is in a sealed journal, on disk, before
// it is shown, and reported at the next contact (reads.go).
//
// On disk. Every value is sealed twice: under its record's own random key, bound
// to its name and patient, then by the vault, which locks it. The record keys are
// one small file (keys.go), written anew and overwritten at each purge, so that
// what Badger and the disk keep of a purged record is noise. Names and Badger's
// keys are keyed hashes. Contents are sealed files beside Badger. The table of
// keys is also what Badger is compared with after opening, because a damaged
// Badger can come up silently empty (guard.go). A copy with a piece missing
// closes whole, and is fetched again: a list is never shorter than it says.
//
// The cache is disposable; what waits to be sent is in cache/outbox.
//
// Sharing one copy among an establishment's members (client.Lease.Shared) is not
// done yet. The keys are made for it: a record's values open with the record's
// key alone under the outer seal, so that a folder of the establishment, with its
// own vault for the outer seal, can hold such records, each member's own cache
// keeping only their lease and the ids that it lets them see.
package cache
