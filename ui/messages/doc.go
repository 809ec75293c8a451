// Package messages is the page where a professional writes with patients: the
// dialogues at the left, the one in hand at the right, with what to answer under
// it.
//
// The professional opens a dialogue, the patient answers from then on. A message
// leaves through the queue of what is to be sent (client.Outbox), so that neither a
// cut line nor a crash loses it; where there is no queue it goes straight. What is
// being written is kept as it is typed (client.Notebook) and is there again after a
// crash.
//
// Parts. state.go decides (which dialogues, which messages, what the page shows),
// draft.go holds what is being written and when it may leave, templates.go the
// ready-made words: all three know no toolkit. page.go wires them to the contract,
// thread.go reads a dialogue, compose.go and begin.go write, view.go and row.go
// draw, watch.go tells what arrives while other pages are in front.
package messages
