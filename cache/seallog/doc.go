// Package seallog is an append-only log of sealed records, which survives a
// crash at any point and tells of damage. The notebook and the outbox are such
// logs; what their records mean is theirs.
//
// How to use it: Open with a Config says what lies there, in Found, and changes
// nothing. Unseal opens each record of Found.Frames; what it does not open, or
// what the owner finds wrong, is put aside by KeepAside. Then either Continue,
// when all was sound, or Rewrite with what is to stay. From then on, Append
// acknowledges records after fsync and Rewrite makes the log short again. A
// Group gathers what waits for one fsync.
//
// On disk. The log starts with a magic, its generation and a sealed word, which
// tells a wrong key from damage. Each record is a frame (frame.go), bound to its
// generation and number and to the ids that it shows in clear, so that it opens
// nowhere else. A write that a crash cut short at the end is no damage: it was
// not acknowledged, and Continue cuts it off. Writing the log anew begins the
// next generation.
package seallog
