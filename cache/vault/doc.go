// Package vault keeps the key under which everything that the desktop and
// carnet-lab write to this disk is sealed.
//
// A vault belongs to one owner: a person who signs in, or carnet-lab's
// organisation. Its data key is random and never written in clear: it is
// wrapped by a key from the operating system's keyring, by a passphrase
// (argon2id), or by a key file (0600, or systemd's LoadCredential). Another
// owner has another vault, under a name (a keyed hash) that says nothing.
//
// How to use it: Open gives the vault of an owner; State says whether it is to
// be created, unlocked, or waited for; Create and Unlock take a Secret; For gives
// the Sealer of one purpose ("cache", "outbox"), which works until Lock. A
// Sealer seals small values (Seal, Open), streams (SealStream, OpenStream) and
// names (Name). Erase forgets the wrapped key: all that was sealed is then
// noise, wherever copies of it linger.
//
// What it protects from: who takes the disk or a backup of it. With the
// keyring, any program of the same session may ask for the key; a passphrase
// keeps them out while the vault is locked. Memory: keys are overwritten on
// Lock, but Go may have copied them before (stack growth, the ciphers' own
// expanded keys until collected, the string of a keyring), so a dump of the
// memory, taken soon after, may still show them. Programs turn core dumps off.
// The delay after wrong passphrases is for who types on this machine; who has
// the file guesses elsewhere, and meets argon2id alone.
package vault
