// Package pdfcheck is the gate that every document passes before it is filed,
// on the desktop to tell the person at once, on the server because the server
// trusts no client.
//
// Start with New, which gives a Checker; Checker.Check gives a Report: a
// Verdict (good, readable with remarks, refused) and its Findings, each in
// words, with a severity and a place. ServerGate puts the same check behind
// the one question a server asks.
//
// How a file is judged, in this order; the first refusal ends it:
//
//  1. The outside: size, header, a file that is two formats at once, an end
//     that is missing.
//  2. Our own scan of every object, wherever it stands: each place where an
//     object could begin is read, the inside of object streams too, without
//     believing the cross-reference table. It finds scripts, launch, import and
//     submit actions, rich media, encryption, attached programs by name and by
//     content (in archives and attached PDFs too), scripts of XFA forms (a sum
//     of fields is none), and keeps the books against bombs: what could inflate
//     beyond the limits is inflated here, counted and thrown away, before a
//     library sees it; a picture is measured by its own header.
//  3. The catalog: a trailer in clear or the cross-reference streams lead to it.
//     Where only guessing does, readers differ, and the file is refused.
//  4. The first opinion, pdfcpu in its relaxed mode. Strict refuses a quarter of
//     the files that every reader shows, so it is no gate. Text is read from
//     what it parsed (internal/pagetext), where that is understood.
//  5. The second opinion, PDFium in its WebAssembly sandbox, where pdfcpu
//     refuses, the outside looked odd, or the text was not understood. What
//     pdfcpu refuses and PDFium opens and draws, page after page, is readable
//     with remarks; what neither reads is refused.
//
// What the scan refuses by name it refuses wherever it stands: also in an object to
// which nothing leads any more, or in a revision that a later one overwrote. A
// reader that goes back to a revision, or mends a table, shows it again, and each
// mends in its own way; that none reaches it cannot be shown from the file alone.
//
// TestCorpus holds all this against what qpdf and Poppler say of any directory
// of files; see corpus_test.go for its flags.
//
// Libraries that read PDF can panic, run in circles and take gigabytes, and a
// Go stack overflow cannot be recovered. So steps 2 to 4 happen in a worker: a
// child process of the same program that is watched and killed when it takes
// too long or too much. A crash or a hang costs one file. The program's main,
// and TestMain of every package whose tests check a PDF, call RunWorkerIfAsked
// before anything else.
//
// GuessType and CompareIdentity read the text of a report: which of the value
// set's types it seems to be, and whether it speaks of the chosen patient.
// Both are pure.
//
// Nothing is written to disk, and no finding holds a name, a title or a
// passage of the file.
package pdfcheck
