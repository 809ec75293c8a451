// Package upload is the sheet where a professional files a document into one
// person's record.
//
// In the common case it takes two actions: drop the file, press Return. The
// type is guessed from the text and the class follows from it, the title is the
// type's, the act was today, the author is who signed in. What cannot be taken
// for granted is asked for, and only that: a type that could not be guessed, a
// date that cannot be, an identity in the document that is somebody else's.
//
// Nothing is lost when something fails: the draft stays with its id, and
// sending it again cannot make two documents of it. After success the way back
// from a misfiled document is offered. A draft that was never sent goes with its
// sheet: coming back unasked, it could be sent for another file.
//
// What a habit must not answer, it cannot: before somebody else's identity Return
// cancels, the box takes Space alone, and filing takes Ctrl+Return.
//
// A picture (JPEG, PNG, TIFF) becomes a PDF before it is filed, and the sheet says
// so; what it has no text to tell, whom it is for, it says to check.
//
// Parts. state.go decides and knows no toolkit; inspect.go looks at the bytes
// (client/pdfcheck behind the interface Checker); page.go wires both to the
// contract (client.Writer); view.go and types.go draw. Make one Uploader for a
// record page, and call Open from Ctrl+U or with a dropped file.
package upload
