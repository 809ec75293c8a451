// Package notebook keeps small things of one owner over crashes and power cuts:
// drafts, corrections, what became of a laboratory's files. It implements
// client.Notebook, in a folder of its own.
//
// How to use it: Open with a folder and a Sealer of an unlocked vault; Report
// tells what Open found; Put, Get and List as in client.Notebook; Close.
//
// On disk. notebook.log is an append-only log of sealed records, each the pages
// of one Put. A record is acknowledged after fsync; those that arrive together
// share one (group commit). Names and values are inside the seal: the disk shows
// how many records there are and how long they are, nothing else. What a crash
// left unfinished at the end is cut off. What is damaged elsewhere is noticed
// (checksums, AEAD, numbers in sequence), put aside in damaged-*.bin and told; the
// rest is read on. When most of the log is history it is written anew, in the next
// generation: a record is bound to its generation and number and opens nowhere
// else (all that is cache/seallog). A record stands alone: a damaged one costs its
// pages, nothing has to be held for it.
//
// In memory lies everything: a notebook is for tens of thousands of small notes.
package notebook
