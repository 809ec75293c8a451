// Package demo is a fictional world to try Carnet with: people with test INS
// (OID 1.2.250.1.213.1.4.10), professionals who can sign in, some 1,700
// documents that look like what they are, and consents, care teams, blocks,
// masks and closed records such that every rule of the record can be seen.
//
// Everything is made from tables in this package and from numbers that are the
// same at every start: the same day gives the same world, byte for byte. Dates
// count back from the day it is made, so that it looks fresh.
//
//	people.go      who: a table of persons
//	cast.go        professionals and structures; accounts.go, who can sign in
//	rules.go       who may read whose record: a table of rules
//	texts/*.txt    models of documents (letters.go), filled in by filler.go
//	specials.go    documents that show one rule or one format
//	sheet.go       how a document is drawn; tables.go, images.go
//	samples.go     documents for trying to file: good, and bad in known ways
//
// Seed fills a record service through its Seeder, drawing on all processors.
package demo
