package ui

import (
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/pdfview"
	"carnet/ui/record"
	"carnet/ui/settings"
	"carnet/ui/signin"
	"carnet/ui/summary"
	"carnet/ui/task"
	"carnet/ui/upload"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Marks is told moments worth measuring, and how long ago the last key or click
// was.
type Marks interface {
	Mark(name string, sinceInput time.Duration)
}

// Config is what the desktop is made of.
type Config struct {
	App      fyne.App
	Runner   *task.Runner
	Records  client.Records // of the server: the Line, where something stands before it (Kept.Records)
	SignIn   client.SignIn
	Marks    Marks
	Settings settings.Values // in force now; later changes go to App's preferences
	Server   string          // its address, for people
	Version  string
	Account  string          // demonstration account to sign in with at once; empty: ask
	Chance   func() float64  // in [0, 1), spreads retries
	Witness  Witness         // of the server's log of accesses; nil: nobody looks
	Keep     Keep            // what this computer keeps for people; nil: nothing
	Messages client.Messages // nil: no page of messages
	Seats    client.Seats    // of a shared computer; nil: everybody signs in
	Tables   advice.Tables   // what warnings rest on; zero: the embedded ones
	Profiles client.Profiles // the health profile; nil: no page of it
	Batch    BatchOf         // makes the engine of lots; nil: no page of lots
	// Name gives the name of an item's patient, as far as this computer knows it; nil:
	// the page of what waits says the INS.
	Name  func(client.OutboxItem) string
	Parts Parts
}

// Parts are what the pages use of this computer.
type Parts struct {
	Checker upload.Checker   // the gate that a PDF passes before it is filed
	Preview upload.Previewer // the picture of its first page
	Engine  pdfview.Engine   // opens PDF for reading
	Printer record.Printer
	Saver   choose.Saver
	NewID   func() string // a random UUID
	// Draw makes the PDF of a health summary for paper; nil: it is not printed.
	Draw func(summary.Handout) ([]byte, error)
}

// Shell is the window and everything around the pages.
type Shell struct {
	cfg     Config
	scope   *task.Scope // the window's life
	win     fyne.Window
	root    *root
	line    *Line          // cfg.Records with an ear on it
	records client.Records // the same; what is kept for a person may stand before it
	demo    bool           // the server said so

	link       link
	lastHeard  time.Time // the last answer of the server
	pinging    *task.Latest
	witnessing *task.Latest
	entering   *task.Latest
	front      *task.Reporter[struct{}]
	handed     *task.Reporter[Context]
	refused    *task.Reporter[struct{}]
	waiting    waitingContext
	nextPing   func() // stops the timer

	desk    *desk       // who is signed in and their pages; nil before
	parting *task.Scope // of the desk that was closed last; nil before
	gate    Page        // on the screen instead of the desk: sign-in, lock, passphrase
	gateEnd func()
	locked  *parked       // what the lock hides; nil when unlocked
	hidden  chan struct{} // closed when what is kept is locked, too; nil before the first lock

	values    settings.Values
	touchedAt time.Time
	toastEnd  func() // stops the timer
	undo      func() // the toast's action; nil without one
	undoLabel string
	quitting  bool
}

// New builds the window; Run shows it.
func New(c Config) *Shell {
	s := &Shell{cfg: c, scope: c.Runner.Scope(), values: c.Settings, nextPing: func() {}, toastEnd: func() {}, gateEnd: func() {}}
	s.pinging, s.witnessing, s.entering = s.scope.Latest(), s.scope.Latest(), s.scope.Latest()
	heard := task.NewReporter(s.scope, s.observe)
	var listening bool
	if s.line, listening = c.Records.(*Line); !listening {
		s.line = Listen(c.Records)
	}
	s.line.ear.Store(&ear{now: s.scope.Now, tell: heard.Report})
	s.records = s.line
	c.App.Settings().SetTheme(widget.NewTheme(s.values.Mode, s.values.Scale))
	s.win = c.App.NewWindow("Carnet")
	s.root = newRoot(s)
	s.win.SetPadded(false)
	s.win.SetMaster()
	s.win.SetContent(s.root)
	s.bindKeys()
	s.win.SetOnDropped(func(_ fyne.Position, files []fyne.URI) { s.dropped(files) })
	s.win.SetCloseIntercept(s.quit)
	s.win.Resize(s.savedSize())
	s.touchedAt = s.scope.Now()
	s.scope.Every(lockLook, s.lookAtClock)
	s.scope.Every(waitLook, s.lookAtWaits)
	s.front = task.NewReporter(s.scope, func(struct{}) {
		s.win.Show()
		s.win.RequestFocus()
	})
	s.handed, s.refused = task.NewReporter(s.scope, s.handOver), task.NewReporter(s.scope, s.refuseContext)
	s.showGate("", client.Person{}, c.Account)
	s.ping()
	s.witness()
	return s
}

// Run shows the window and returns when it is closed.
func (s *Shell) Run() {
	s.win.Show()
	s.cfg.App.Run()
}

// Front brings the window to the front. It is called from anywhere.
func (s *Shell) Front() { s.front.Report(struct{}{}) }

// Window gives the window, for the toolkit's dialogs.
func (s *Shell) Window() fyne.Window { return s.win }

// PageName gives the title of the page on the screen.
func (s *Shell) PageName() string {
	if p := s.page(); p != nil {
		return p.Title()
	}
	return ""
}

// Demo tells whether the server said that its people are fictional.
func (s *Shell) Demo() bool { return s.demo }

// page gives the page on the screen.
func (s *Shell) page() Page {
	if s.gate != nil {
		return s.gate
	}
	if s.desk == nil {
		return nil
	}
	return s.desk.history.current()
}

// farewell is how long the window's end waits for what pages still have to tell
// the server (that an access session is over), out of sight.
const farewell = 2 * time.Second

// quit closes the desk and the window.
func (s *Shell) quit() {
	if s.quitting {
		return
	}
	s.quitting = true
	s.saveSize()
	closeOverlays(s.win.Canvas())
	if s.desk != nil {
		s.desk.close()
		s.desk = nil
	}
	s.pinging.Cancel()
	s.nextPing()
	s.win.Hide()
	s.afterFarewell(func() {
		s.scope.Close()
		s.cfg.App.Quit()
	})
}

// afterFarewell calls f when no work is running any more, at the latest after
// farewell. What the closed desk had not told the server by then is given up first:
// under the name of who comes next nothing of it may leave.
func (s *Shell) afterFarewell(f func()) {
	end := s.scope.Now().Add(farewell)
	parting := s.parting
	var stop func()
	stop = s.scope.Every(20*time.Millisecond, func() {
		if s.cfg.Runner.Idle() || !s.scope.Now().Before(end) {
			stop()
			if parting != nil {
				parting.Close()
			}
			f()
		}
	})
}

// showGate puts the sign-in page, or the lock, in the place of the desk; on a shared
// computer, the page of who may come back by a code.
func (s *Shell) showGate(reason string, expected client.Person, account string) {
	if begins := account != "" && expected.ID == ""; s.seated() && !begins {
		s.askWho(reason, expected.ID)
		return
	}
	s.signInGate(reason, expected, account)
}

// signInGate puts the sign-in page in the place of the desk.
func (s *Shell) signInGate(reason string, expected client.Person, account string) {
	scope := s.scope.Scope()
	s.openGate(scope, signin.New(signin.Config{
		Scope: scope, SignIn: s.cfg.SignIn, Shell: s, Server: s.cfg.Server,
		Account: account, Expected: expected, Reason: reason, Done: s.signedIn, Without: func() func() { return s.withoutServer(expected, account) },
		Away: func() bool { return s.link.state == Offline },
	}))
}

// openGate puts a page in the place of the desk; its scope ends with it.
func (s *Shell) openGate(scope *task.Scope, page Page) {
	s.gate, s.gateEnd = page, scope.Close
	s.root.showGate(page.Content())
	page.Shown()
	s.focusPage(page)
}

func (s *Shell) closeGate() {
	s.gateEnd()
	s.gate, s.gateEnd = nil, func() {}
}

// admit opens the desk of who signed in, or unlocks theirs.
func (s *Shell) admit(person client.Person, account string) {
	s.closeGate()
	s.touchedAt = s.scope.Now()
	expired := s.link.state == Expired
	if expired {
		s.link = link{}
	}
	parked := s.locked
	s.locked = nil
	if parked != nil && s.desk != nil && s.desk.person.ID == person.ID {
		s.desk.person = person
		s.root.showDesk()
		parked.restore(s.win.Canvas())
		if r, ok := s.page().(Resumer); ok && expired {
			r.Reconnected()
		}
		s.ping()
		s.takeContext()
		return
	}
	if s.desk != nil { // someone else: nothing of the one before stays, or leaves under this name
		s.desk.parting.Close()
		s.desk.close()
		parked.forget(s.win.Canvas())
	}
	s.desk = newDesk(s, person, account)
	s.root.showDesk()
	s.desk.goTo(s.desk.sections[0].id) // of who has lots, those
	s.sayFound(s.desk.kept.Found)
	s.ping()
	s.takeContext()
}

// signOut forgets who is signed in, here and at the provider.
func (s *Shell) signOut() {
	closeOverlays(s.win.Canvas())
	if s.desk != nil {
		s.desk.close()
		s.desk = nil
	}
	s.root.showGate(widget.NewSkeleton(1, widget.RowHeight))
	s.afterFarewell(func() { // the tokens are still needed to close the access sessions
		task.Run(s.scope, func(ctx ctx) (struct{}, error) {
			if s.cfg.Keep != nil {
				s.cfg.Keep.Leave()
			}
			return struct{}{}, s.cfg.SignIn.SignOut(ctx)
		},
			func(struct{}, error) { s.showGate("", client.Person{}, "") })
	})
}

// apply puts new settings in force and keeps them.
func (s *Shell) apply(v settings.Values) {
	looks := v.Mode != s.values.Mode || v.Scale != s.values.Scale
	s.values = v
	v.Save(s.cfg.App.Preferences())
	if looks {
		s.cfg.App.Settings().SetTheme(widget.NewTheme(v.Mode, v.Scale))
	}
}

// The abilities that pages ask for; see the package comment.

// Explain gives any error in words.
func (s *Shell) Explain(err error) widget.Problem { return Explain(err) }

// Person gives who is signed in; the zero Person when nobody is.
func (s *Shell) Person() client.Person {
	if s.desk == nil {
		return client.Person{}
	}
	return s.desk.person
}

// Mark notes a moment.
func (s *Shell) Mark(name string) {
	since := time.Duration(0)
	if s.desk != nil { // before there is one, nobody has touched anything
		since = s.scope.Now().Sub(s.touchedAt)
	}
	s.cfg.Marks.Mark(name, since)
}

// Copy puts text on the clipboard and says so.
func (s *Shell) Copy(text string) {
	s.cfg.App.Clipboard().SetContent(text)
	s.Toast(widget.Toast{Icon: widget.IconCopy, Tone: widget.Primary, Text: lang.L("Copié.")})
}

// Focus gives the keyboard to a control.
func (s *Shell) Focus(f fyne.Focusable) {
	if f != nil {
		s.win.Canvas().Focus(f)
	}
}

// OpenSheet puts a sheet in front of the page.
func (s *Shell) OpenSheet(sheet *widget.Sheet) { sheet.Open(s.win.Canvas()) }

// Toast shows a line at the bottom for a few seconds. Its action, if it has one,
// is also what Ctrl+Z does meanwhile.
func (s *Shell) Toast(t widget.Toast) {
	s.toastEnd()
	s.undo, s.undoLabel = nil, t.Action
	if t.Action != "" {
		s.undo = func() {
			s.hideToast()
			t.Do()
		}
	}
	s.root.toasts.Set(t, s.undo)
	s.root.refreshToasts()
	s.toastEnd = s.scope.After(t.Lasts(), s.hideToast)
}

func (s *Shell) hideToast() {
	s.toastEnd()
	s.undo = nil
	s.root.toasts.Hide()
}

// Present shows a failed action in front of the page.
func (s *Shell) Present(err error, retry func()) {
	problem := Explain(err)
	if fhir.CodeOf(err) == fhir.Queued { // it is no failure: what was done is kept
		toast := widget.Toast{Icon: problem.Icon, Tone: widget.Ink, Text: problem.Words()}
		s.Toast(toast)
		return
	}
	panel := widget.NewStatePanel()
	sheet := &widget.Sheet{Title: lang.L("Cela n’a pas abouti"), Content: panel}
	if problem.Retry && retry != nil {
		sheet.Actions = append(sheet.Actions, widget.NewButton(widget.Ordinary, widget.IconRefresh, lang.L("Réessayer"), func() {
			sheet.Close()
			retry()
		}))
	}
	ok := widget.NewButton(widget.Main, widget.IconNone, lang.L("Compris"), sheet.Close)
	sheet.Actions, sheet.First, sheet.Return = append(sheet.Actions, ok), ok, sheet.Close
	panel.Set(widget.State{Icon: problem.Icon, Tone: problem.Tone, Title: problem.Title, Text: problem.Next, Reference: problem.Reference})
	s.OpenSheet(sheet)
}

// Back goes to the page before.
func (s *Shell) Back() { s.travel(-1) }
