// Package pdfview shows the bytes of one document: the pages of a PDF, drawn by
// client/pdfium in its sandbox, a picture (JPEG, PNG, TIFF) or a plain text.
// Whatever it is, one can page, zoom, turn, search and copy, by key or pointer.
//
// Start with New, which gives a View; put View.Content in a page, call Show
// with the document's bytes, and Clear when nothing of it may stay on the screen
// or in memory.
//
// Parts. geometry.go decides what is where and is pure. A document is a
// sequence of pages that can be drawn and searched; pdf.go, picture.go and
// plain.go make one of bytes. paper.go is the surface with its keys and pointer.
// view.go brings them together: everything that takes time goes through
// ui/task, in groups where only the newest question counts, so that what was
// drawn for a page that is no longer wanted is dropped. pictures.go keeps the
// last pages drawn, within a bound.
//
// Places on a page are in points from its upper left corner, before turning; a
// place on the screen is in the toolkit's units.
package pdfview
