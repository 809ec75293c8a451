// Package outbox is the page of what is still to be sent: each thing with its state,
// since when and why, and what can be done about it. What arrived stays below for some
// days. Nothing there is anybody's fault, and nothing leaves the list without a person's
// word but what has arrived.
//
// The queue itself (client.Outbox) sends by itself and survives everything; the page
// lists it, follows it and passes on what a person decides.
//
// Parts. state.go orders the rows and says which deeds are possible, words.go words
// them, both without the toolkit; page.go wires keys and deeds; view.go, row.go and
// sheet.go draw; edit.go corrects a filing. Count tells the window how many things wait.
package outbox
