// Package outbox keeps what is still to be sent (filings, changes, consents
// recorded offline, messages) until the server has it or a person decided. It
// implements client.Outbox, in a folder of its own, apart from the cache: the
// cache is disposable, the outbox is not.
//
// On disk. outbox.log is an append-only log of sealed records (cache/seallog), each
// an atomic set of puts and deletions; contents lie beside it as sealed streams under
// random names. A record is acknowledged after fsync; those that arrive
// together share one (group commit). What a crash left unfinished at the end is
// cut off. What is damaged elsewhere is noticed (checksums, AEAD, numbers in
// sequence), set aside in damaged-*.bin, and told; the items that it was about
// are held until a person looks, the rest is read on. Why not Badger: a damaged
// MANIFEST there empties the whole database without a word, a damaged table
// ends the process, and each write waits for two syncs of its own.
//
// In memory. machine.go is the pure machine of states; classify.go says what
// each error means; ready.go knows which item may go next, and which leave together
// (lot.go: filings of one batch and one patient, as one submission set; one at
// fault leaves it, the rest is sent again). Open gives an Outbox,
// Run sends until its context ends. Every attempt of an item carries the item's
// id as idempotency key, and "sending" is on disk before the first byte leaves,
// so an attempt that a crash interrupted is made again and takes effect once.
package outbox
