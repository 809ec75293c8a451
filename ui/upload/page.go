package upload

import (
	"context"
	"image"
	"path/filepath"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Shell is what the sheet asks of the window around it.
type Shell interface {
	Explain(err error) widget.Problem
	Present(err error, retry func())
	OpenSheet(*widget.Sheet)
	Toast(widget.Toast)
	Focus(fyne.Focusable)
	Window() fyne.Window
}

// Files reads the file that a person chose.
type Files interface {
	// Read gives the whole file. It blocks. Errors: NotFound, TooLarge over
	// limit bytes, Invalid for what is no file or may not be read.
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
}

// Inspector looks at a file before it is filed.
type Inspector interface {
	// Inspect tells what the bytes are, whether they may be filed, what type
	// they seem to be and whether they speak of p. It blocks. Errors: Canceled,
	// Unavailable when the check cannot run.
	Inspect(ctx context.Context, data []byte, p client.Patient) (Inspection, error)
}

// Previewer draws the first page of a document.
type Previewer interface {
	// FirstPage gives a picture at most width points wide. It blocks.
	FirstPage(ctx context.Context, contentType string, data []byte, width int) (image.Image, error)
}

// Config is what an Uploader is made of.
type Config struct {
	Scope     *task.Scope // of the record page: sending goes on when the sheet is closed
	Writer    client.Writer
	Files     Files
	Inspector Inspector
	Preview   Previewer // nil: no picture
	Shell     Shell
	Me        client.Person
	Patient   client.Patient
	Access    client.Access
	Replaces  *client.Document // the document that the new one corrects; nil for a new report
	NewID     func() string    // of a draft: a random UUID
	Filed     func(client.Document)
	Undone    func(client.Document)
	// InFront tells whether the record is what the window shows: elsewhere no
	// way back is offered, since Ctrl+Z is for what one looks at. Nil: always.
	InFront func() bool
}

// Uploader files documents into one record. Its methods are called on the UI
// goroutine.
type Uploader struct {
	cfg     Config
	state   State
	view    *view
	sheet   *widget.Sheet // open, or nil
	reading *task.Latest
	drawing *task.Latest
	job     *task.Job // sending, or nil
	several int       // files that came with the one that is being opened, and this one
}

// New makes an Uploader; it shows nothing before Open.
func New(c Config) *Uploader {
	u := &Uploader{cfg: c, state: State{Patient: c.Patient, Replaces: c.Replaces}}
	u.reading, u.drawing = c.Scope.Latest(), c.Scope.Latest()
	return u
}

// Sending tells whether a document is on its way.
func (u *Uploader) Sending() bool { return u.state.Phase == Sending }

// Dropped takes the first of the files dropped on the window; the sheet says
// which it is and that the others were not taken.
func (u *Uploader) Dropped(files []fyne.URI) bool {
	if len(files) == 0 || files[0] == nil {
		return false
	}
	u.several = len(files)
	u.Open(files[0].Path())
	u.several = 0
	return true
}

// Open shows the sheet: with a file, which is read at once; without, with the
// draft that could not be sent, or asking for a file. A document that is on its
// way, or that waits to be sent again, is shown first.
func (u *Uploader) Open(path string) {
	switch {
	case u.state.Phase == Sending:
	case path != "" && u.state.Phase == Failed && !u.state.Final():
		u.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconInfo, Tone: widget.Attention, Text: lang.L("Un dépôt attend d’être renvoyé : renvoyez-le ou annulez-le d’abord."),
		})
	case u.cfg.Patient.INS.Value == "":
		u.state.Phase, u.state.Err = Refused, fhir.E(fhir.BusinessRule, "")
	case path != "":
		u.read(path)
		return
	case !u.state.Kept():
		u.state = State{Phase: Choosing, Patient: u.cfg.Patient, Replaces: u.cfg.Replaces, Lost: u.state.Lost}
	}
	u.show()
}

// show puts the sheet in front, or brings it up to date.
func (u *Uploader) show() {
	if u.sheet == nil {
		u.view = newView(u)
		u.sheet = u.view.sheet()
		u.sheet.OnClose = func() {
			u.sheet = nil
			u.closed()
		}
		u.view.update(&u.state)
		u.cfg.Shell.OpenSheet(u.sheet)
		u.view.picture(nil)
		u.draw()
	}
	u.view.update(&u.state)
	u.focus()
}

// closed is the end of the sheet, however it went. A draft that was never sent
// goes with it, and that is said: one that came back later, unasked, would be in
// the way of another file, or be sent for it.
func (u *Uploader) closed() {
	switch u.state.Phase {
	case Reading:
		u.reading.Cancel()
		u.state.Phase = Choosing
	case Ready:
		u.drawing.Cancel()
		u.state = State{Phase: Choosing, Patient: u.cfg.Patient, Replaces: u.cfg.Replaces, Lost: u.state.Lost}
		u.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconInfo, Tone: widget.Ink, Text: lang.L("Dépôt abandonné : rien n’a été envoyé."),
		})
	}
}

// read reads a file and looks at it.
func (u *Uploader) read(path string) {
	u.drawing.Cancel()
	u.state.Begin(u.cfg.NewID(), u.cfg.Scope.Now())
	u.state.Several, u.state.Name = u.several, filepath.Base(path)
	u.show()
	u.view.picture(nil)
	type found struct {
		data []byte
		seen Inspection
	}
	task.RunStaged(u.reading, u.busy, func(ctx context.Context) (found, error) {
		data, err := u.cfg.Files.Read(ctx, choose.CleanPath(path), client.MaxDocument)
		if err != nil {
			return found{}, err
		}
		seen, err := u.cfg.Inspector.Inspect(ctx, data, u.cfg.Patient)
		return found{data, seen}, err
	}, func(f found, err error) {
		u.state.Read(f.data, f.seen, err)
		u.refresh()
		u.draw()
	})
}

// busy tells that the check takes its time.
func (u *Uploader) busy(s task.Stage) {
	if u.view != nil {
		u.view.busy(s != task.Finished)
	}
}

// draw shows the first page when it is ready; the form does not wait for it.
func (u *Uploader) draw() {
	if u.cfg.Preview == nil || u.state.Phase == Reading || u.state.Seen.ContentType == "" || u.state.Phase == Refused {
		return
	}
	kind, data := u.state.Seen.ContentType, u.state.Data
	task.Run(u.drawing, func(ctx context.Context) (image.Image, error) {
		return u.cfg.Preview.FirstPage(ctx, kind, data, previewWidth)
	}, func(img image.Image, err error) {
		if err == nil && u.sheet != nil {
			u.view.picture(img)
		}
	})
}

// refresh shows the state if the sheet is open.
func (u *Uploader) refresh() {
	if u.sheet == nil {
		return
	}
	u.view.update(&u.state)
	u.focus()
}

// focus puts the hands where the next action is.
func (u *Uploader) focus() {
	if u.sheet == nil {
		return
	}
	if target := u.view.target(&u.state); target != nil {
		u.cfg.Shell.Focus(target)
	}
}

// enter is Return: what the main button says, unless that asks for more.
func (u *Uploader) enter() {
	if !u.state.Chord() {
		u.act()
	}
}

// act does what the main button says.
func (u *Uploader) act() {
	switch u.state.Phase {
	case Choosing:
		if path := choose.CleanPath(u.view.path.Text); path != "" {
			u.read(path)
		}
	case Refused:
		u.another()
	case Ready, Failed:
		u.submit()
	}
}

// another drops this file and asks for one.
func (u *Uploader) another() {
	if u.cfg.Patient.INS.Value == "" {
		u.sheet.Close()
		return
	}
	u.state = State{Phase: Choosing, Patient: u.cfg.Patient, Replaces: u.cfg.Replaces, Lost: u.state.Lost}
	u.view.picture(nil)
	u.refresh()
}

// submit sends, or goes to what is missing. A suggested type is accepted by
// the first Return.
func (u *Uploader) submit() {
	if u.state.Phase == Failed && u.state.Final() {
		u.leave()
		return
	}
	if u.state.Shut() {
		return
	}
	u.view.collect(&u.state)
	needs := u.state.Needs()
	if len(needs) == 1 && needs[0] == NeedType && u.state.Type != "" {
		u.state.Accept()
		u.refresh()
		return
	}
	if len(needs) > 0 {
		u.state.Ask()
		u.refresh()
		return
	}
	u.send()
}

// leave gives up this draft and closes the sheet.
func (u *Uploader) leave() {
	u.state = State{Phase: Choosing, Patient: u.cfg.Patient, Replaces: u.cfg.Replaces, Lost: u.state.Lost}
	if u.sheet != nil {
		u.sheet.Close()
	}
}

// send begins an attempt; it goes on when the sheet is closed.
func (u *Uploader) send() {
	u.state.Send()
	u.refresh()
	draft := u.state.Draft(u.cfg.Me)
	u.job = task.RunReporting(u.cfg.Scope, func(ctx context.Context, report func(int64)) (client.Document, error) {
		return u.cfg.Writer.File(ctx, u.cfg.Access, draft, func(sent, _ int64) { report(sent) })
	}, func(sent int64) {
		u.state.Sent = sent
		if u.sheet != nil {
			u.view.sending(&u.state)
		}
	}, u.settle)
}

// interrupt asks the attempt to stop; the draft stays.
func (u *Uploader) interrupt() {
	if u.job != nil && u.state.Phase == Sending {
		u.job.Cancel()
	}
}
