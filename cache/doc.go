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
// one small file of rows (keys.go), overwritten in their place at each purge, which
// needs no room: what Badger and the disk keep of a purged record is noise, on a full
// disk too. Names and Badger's
// keys are keyed hashes. Contents are sealed files beside Badger. The table of
// keys is also what Badger is compared with after opening, because a damaged
// Badger can come up silently empty (guard.go). A copy with a piece missing
// closes whole, and is fetched again: a list is never shorter than it says.
//
// A full disk. Badger writes through mapped memory, and a page that the disk cannot
// give ends the program: nothing is written to it without room for all that may follow,
// and closing it has room of its own (room.go). Where there is too little (Short), what
// is copied can be read and nothing more is copied; what may no longer be kept goes all
// the same. Erase removes copies that do not open.
//
// The cache is disposable; what waits to be sent is in cache/outbox.
//
// Sharing (pool*.go). A record that the establishment may read (client.Lease.Shared) is
// shared by its members on one computer, in a pool: cards, which say who was served,
// and documents' bytes. A colleague who signs in the next day takes, in the background,
// a lease of their own on each record of the cards, where the server gives one; from
// then on they find and read it without the server, under their own name. Why so:
//
//   - What a member may see is decided by the server, for them: their profession's
//     column, their masked rules, their blocks. The pool tells none of it, so nothing
//     is shown whose reader's rights are not known, and nobody learns of a block.
//     One lease for a record and all its readers would need every member's rights, and
//     with them every block, on the computer. Each member's descriptions and profile
//     are therefore their own; the bytes, nearly all of a copy, are there once.
//   - The pool's key is the server's, of one establishment and one pool; it is given
//     to who works there, wrapped by each member's own vault, dropped when the server
//     says that they work there no more, and after three days without a contact.
//   - Bytes open with the card's key and with what the server tells of a document to
//     who may read it (its hash): a member whom it told nothing cannot open them.
//   - Refused to one, closed for all: the card goes, and with it the bytes' key; each
//     other member's copy stays closed until the server has said that it runs. So does
//     "clear". A card that is damaged or missing closes as well.
//   - What was copied in one capacity (Config.As) stays closed in another.
//
// What it does not do: who has not been in contact since a colleague served somebody
// for the first time does not find them; only the server can say that they may.
package cache
