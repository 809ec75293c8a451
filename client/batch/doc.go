// Package batch takes many files to many records: the engine behind the
// laboratory's page of the desktop and behind carnet-lab, without a screen.
//
// New gives an Engine. Engine.Add takes files, folders and CSV manifests;
// Engine.Run reads each file, has it checked (client/pdfcheck), finds out for whom it
// is and what it is, and tells by a State and Problems what is still missing.
// Engine.Correct answers for a person; Engine.Send hands what is ready to the durable
// outbox and forgets about networks: the outbox sends, and the rows follow it.
//
// Once each. The id of an outbox item, and the document's unique id, are derived
// from the sender, the patient's INS and the SHA-256 of the bytes (keys.go). The same
// file for the same patient is the same item, before and after a crash, on two
// machines, and in next week's batch: it cannot be filed twice.
//
// Wrong patient. A row is Ready only when the patient is certain: the manifest or the
// document names one person, that person's record says the same traits, and the
// document speaks of nobody else. Everything else is Fix, with a Problem in words.
//
// How it works. add.go, list.go and manifest.go make rows; run.go has them read
// by Config.Workers at a time (read.go: the sum is of exactly the bytes that were
// checked, and only these go into the outbox); recognise.go and lookup.go find out
// for whom they are, each person asked for once; judge.go is the pure rule;
// send.go hands over, those of a patient together, replace.go finds what was sent
// before and is corrected now, and states.go shows what the outbox tells; keep.go keeps it, many rows in one write. Memory is some 2 KB a
// row. One lock guards the rows and is never held during input or output.
//
// What a person decided, and what became of each file, is kept in a client.Notebook
// (sealed); the files themselves are only read.
package batch
