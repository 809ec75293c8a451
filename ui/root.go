package ui

import (
	"strings"

	"carnet/ui/outbox"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// root is the window's content: the gate or the desk, and the toasts over it. It
// is what controls tell that they were used (widget.Desk) and hand shortcuts to.
type root struct {
	fynewidget.BaseWidget
	shell  *Shell
	stack  *fyne.Container
	alarm  *alarm
	middle *fyne.Container // gate or frame
	toasts *widget.ToastBar
	layer  *fyne.Container // where toasts stand

	frame    *fyne.Container
	host     *fyne.Container // the page
	nav      *fyne.Container
	search   *widget.Button
	link     *widget.Button
	person   *widget.Button
	status   *widget.Text
	hint     string
	navItems map[sectionID]*widget.Button
	sends    outbox.Count // what waits to be sent
	unread   int          // messages
}

var (
	_ widget.Desk       = (*root)(nil)
	_ fyne.Shortcutable = (*root)(nil)
)

func newRoot(s *Shell) *root {
	r := &root{shell: s, toasts: widget.NewToastBar(), middle: container.NewStack(), host: container.NewStack(), nav: container.NewStack()}
	r.layer = container.New(toastLayout{}, r.toasts)
	r.alarm = newAlarm(s.explainDoubt)
	r.stack = container.NewStack(widget.NewBox(widget.Window, widget.Clear, 0), widget.Stacked(0, r.alarm.root, r.middle, nil), r.layer)
	r.frame = container.NewStack(r.buildFrame())
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *root) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(r.stack) }

// ShowHint implements widget.Desk.
func (r *root) ShowHint(hint string) {
	r.hint = hint
	r.showStatus()
}

// Touched implements widget.Desk.
func (r *root) Touched() { r.shell.touchedAt = r.shell.scope.Now() }

// TypedShortcut implements fyne.Shortcutable.
func (r *root) TypedShortcut(s fyne.Shortcut) { r.shell.typedShortcut(s) }

// buildFrame makes what stands around every page.
func (r *root) buildFrame() fyne.CanvasObject {
	s := r.shell
	brand := widget.Row(widget.Gap, widget.NewIcon(widget.IconCarnet, widget.Primary, 24),
		widget.NewText("Carnet", widget.Style{Size: widget.SizeLead, Bold: true}))
	r.search = widget.NewButton(widget.Ordinary, widget.IconSearch, lang.L("Rechercher un patient, un INS…"), s.searchPatient).
		WithCaption(widget.Ctrl(fyne.KeyK)).AlignLeft()
	r.link = widget.NewButton(widget.Quiet, widget.IconOnline, "", s.explainLink).
		WithHint(lang.L("État de la connexion"))
	r.person = widget.NewButton(widget.Quiet, widget.IconPerson, "", s.personMenu).
		WithHint(lang.L("Réglages, verrouillage, déconnexion"))
	top := widget.Sides(widget.GapWide,
		widget.Row(widget.GapWide, widget.AtLeast(148-2*widget.GapWide, 0, brand), widget.AtLeast(400, 0, r.search)),
		nil, widget.Row(widget.Gap, r.link, r.person))
	r.status = widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true})
	keys := widget.NewButton(widget.Quiet, widget.IconKeyboard, lang.L("Raccourcis"), s.help).WithCaption(widget.Key(fyne.KeyF1)).Dense()
	bottom := widget.Sides(widget.GapWide, nil, r.status, keys)
	bar := func(pad float32, o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewStack(widget.NewBox(widget.Surface, widget.Clear, 0), widget.Inset(pad, widget.GapWide, o))
	}
	side := container.NewStack(widget.NewBox(widget.Surface, widget.Clear, 0),
		widget.AtLeast(148, 0, widget.Inset(widget.Gap+4, widget.Gap, r.nav)))
	return widget.Stacked(0,
		widget.Column(0, bar(widget.Gap, top), widget.Rule()),
		widget.Sides(0, widget.Sides(0, nil, side, widget.AtLeast(1, 1, widget.NewBox(widget.Line, widget.Clear, 0))), r.host, nil),
		widget.Column(0, widget.Rule(), bar(2, bottom)))
}

// showGate shows the sign-in page or the lock alone.
func (r *root) showGate(content fyne.CanvasObject) { r.show(content) }

// showDesk shows the frame with the person's navigation.
func (r *root) showDesk() {
	r.buildNav()
	p := r.shell.Person()
	r.person.Set(widget.IconPerson, p.Name)
	r.showLink()
	r.show(r.frame)
}

func (r *root) show(o fyne.CanvasObject) {
	r.middle.Objects = []fyne.CanvasObject{o}
	r.middle.Refresh()
}

// showPage puts a page's content in the frame. The others that are still alive
// stay there unseen, so that a change of theme reaches them.
func (r *root) showPage(content fyne.CanvasObject, alive []fyne.CanvasObject) {
	seen := map[fyne.CanvasObject]bool{}
	r.host.Objects = nil
	for _, o := range append(alive, content) {
		if seen[o] {
			continue
		}
		seen[o] = true
		r.host.Objects = append(r.host.Objects, o)
		if o != content {
			o.Hide()
		}
	}
	content.Show()
	r.host.Refresh()
	r.markNav()
}

func (r *root) buildNav() {
	r.navItems = map[sectionID]*widget.Button{}
	items := []fyne.CanvasObject{}
	for _, s := range r.shell.desk.sections {
		if s.aside {
			continue
		}
		item := widget.NewButton(widget.Quiet, s.icon, s.label, func() { r.shell.desk.goTo(s.id) }).AlignLeft().
			WithHint(s.label + " · " + s.keys.String())
		r.navItems[s.id] = item
		items = append(items, item)
	}
	r.nav.Objects = []fyne.CanvasObject{widget.Column(widget.GapTight, items...)}
	r.nav.Refresh()
	r.markNav()
	r.showSends()
	r.showUnread()
}

func (r *root) markNav() {
	if r.shell.desk != nil && r.shell.desk.history.section() == sectionPatients && r.shell.desk.atSection() {
		r.search.Hide() // the page's own box stands just below
	} else {
		r.search.Show()
	}
	for id, item := range r.navItems {
		if r.shell.desk != nil && id == r.shell.desk.history.section() {
			item.SetKind(widget.Chosen)
		} else {
			item.SetKind(widget.Quiet)
		}
	}
}

// showLink shows the state of the connection.
func (r *root) showLink() {
	icon, tone, word := r.shell.linkWord()
	r.link.Set(icon, word)
	r.link.SetTone(tone)
	r.showStatus()
}

// showStatus writes the status bar: a hint while there is one, else when the
// server was last heard.
func (r *root) showStatus() {
	if r.status == nil {
		return
	}
	text := r.hint
	if text == "" && !r.shell.lastHeard.IsZero() {
		text = lang.L("Dernière réponse du serveur à {{.Time}}", map[string]any{"Time": widget.FormatTime(r.shell.lastHeard.Local())})
		if synced := r.shell.syncWords(); synced != "" {
			text = synced
		}
	}
	if waits := outbox.CountWords(r.sends); waits != "" && r.hint == "" {
		text = strings.TrimPrefix(text+" · "+waits, " · ")
	}
	r.status.Set(text)
}

func (r *root) refreshToasts() { r.layer.Refresh() }

// toastLayout stands toasts at the bottom, in the middle, over the status bar.
type toastLayout struct{}

// Layout implements fyne.Layout.
func (toastLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		width := min(m.Width, size.Width-2*widget.GapWide)
		o.Resize(fyne.NewSize(width, m.Height))
		o.Move(fyne.NewPos((size.Width-width)/2, size.Height-m.Height-48))
	}
}

// MinSize implements fyne.Layout.
func (toastLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// personMenu opens what the person can do about being here.
func (s *Shell) personMenu() {
	p := s.Person()
	who := widget.NewText(p.Name, widget.Style{Size: widget.SizeLead, Bold: true})
	where := widget.NewText(p.OrgName, widget.Style{Tone: widget.Secondary, Truncate: true})
	var sheet *widget.Sheet
	do := func(f func()) func() {
		return func() {
			sheet.Close()
			f()
		}
	}
	lock := widget.NewButton(widget.Ordinary, widget.IconMasked, lang.L("Verrouiller"), do(s.lockNow)).WithCaption(lockKeys).AlignLeft()
	choices := widget.NewButton(widget.Ordinary, widget.IconSettings, lang.L("Réglages"), do(func() { s.desk.goTo(sectionSettings) })).WithCaption(widget.Alt(fyne.KeyR)).AlignLeft()
	mayRead := widget.NewButton(widget.Ordinary, widget.IconInfo, lang.L("Que puis-je lire ?"), do(func() { s.desk.goTo(sectionMayRead) })).WithCaption(mayReadKeys()).AlignLeft()
	items := []fyne.CanvasObject{who, where, widget.Space(1, widget.Gap), lock}
	if s.cfg.Seats != nil {
		items = append(items,
			widget.NewButton(widget.Ordinary, widget.IconPeople, lang.L("Changer de personne…"), do(s.changePerson)).WithCaption(changeKeys).AlignLeft(),
			widget.NewButton(widget.Ordinary, widget.IconKeyboard, lang.L("Choisir mon code sur ce poste…"), do(s.takeSeat)).AlignLeft())
	}
	out := widget.NewButton(widget.Ordinary, widget.IconSignOut, lang.L("Se déconnecter"), do(s.signOut)).AlignLeft()
	sheet = &widget.Sheet{
		Title: lang.L("Votre session"), Width: 400, First: lock,
		Content: widget.Column(widget.Gap, append(items, choices, mayRead, out)...),
	}
	s.OpenSheet(sheet)
}

// searchPatient goes to the patients page and its box.
func (s *Shell) searchPatient() {
	if s.desk != nil {
		s.desk.goTo(sectionPatients)
	}
}
