// Package pdfium reads PDF: pages as pictures, their text, and where in them a
// passage stands. It is PDFium inside a WebAssembly sandbox: a hostile file that
// takes PDFium over holds a virtual machine of 128 MiB without disk, network or
// clock, and nothing of ours. It knows nothing of windows.
//
// Start with New, which gives an Engine and does no work. Engine.Prepare
// compiles PDFium, or loads the compiled form from Options.CacheDir, which takes
// 3 s the very first time on a machine and some 0.1 s later; call it in the
// background. Engine.Open gives a Document, with one sandbox of its own:
// closing it gives all its memory back, and one document can never touch
// another.
//
// Pages count from 0. Places are points (1/72 inch) from the upper left corner
// of the page as it is shown, before any turning by the person.
//
// What a sandbox cannot do is stop: there is no way to interrupt PDFium that
// does not make it ten times slower. So a call that lasts too long, or that is
// cancelled, is left to end by itself while its caller goes on; a document that
// hangs or traps is given a new sandbox once, and then given up.
//
// All methods are safe for concurrent use. Errors are *fhir.Error: Invalid for
// a file that cannot be read, Canceled when ctx ended, Unavailable when PDFium
// itself cannot run. None holds anything of the document.
package pdfium
