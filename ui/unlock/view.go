package unlock

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// widest is the width of the column in the middle of the window.
const widest float32 = 560

// view draws a State.
type view struct {
	page          *Page
	root          *fyne.Container
	body          *fyne.Container
	phrase, again *widget.Entry
	focus         fyne.Focusable
}

func newView(p *Page) *view {
	v := &view{page: p, body: container.NewStack(), phrase: secret(), again: secret()}
	v.phrase.OnSubmitted = func(string) {
		if p.state.Need == Choose && v.again.Text == "" {
			p.cfg.Shell.Focus(v.again)
			return
		}
		p.submit()
	}
	v.again.OnSubmitted = func(string) { p.submit() }
	v.root = container.NewStack(widget.NewBox(widget.Window, widget.Clear, 0),
		container.NewVScroll(widget.Middle(widest, widget.Inset(widget.GapPage, widget.GapWide, v.body))))
	v.show(p.state)
	return v
}

func secret() *widget.Entry {
	e := widget.NewEntry("")
	e.Password = true
	return e
}

// first gives the control where the hands should be.
func (v *view) first() fyne.Focusable { return v.focus }

// clear forgets what was typed.
func (v *view) clear() {
	v.phrase.SetText("")
	v.again.SetText("")
}

func (v *view) show(s State) {
	head := widget.Column(widget.Gap,
		container.NewCenter(widget.NewIcon(widget.IconShield, widget.Primary, 40)),
		container.NewCenter(widget.NewText(v.page.cfg.Person.Name, widget.Style{Size: widget.SizeTitle, Bold: true})))
	var content fyne.CanvasObject
	if s.Need == Lost {
		content = v.lost(s)
	} else {
		content = v.asking(s)
	}
	v.body.Objects = []fyne.CanvasObject{widget.Column(widget.GapPage, head, widget.Panel(widget.GapPage, content))}
	v.body.Refresh()
	v.root.Refresh()
}

// asking is the form of a passphrase, to be chosen or typed.
func (v *view) asking(s State) fyne.CanvasObject {
	items := []fyne.CanvasObject{
		widget.NewText(title(s.Need), widget.Style{Size: widget.SizeLead, Bold: true}),
		widget.NewParagraph(v.about(s.Need), widget.Style{Tone: widget.Secondary}),
		labelled(lang.L("Phrase secrète"), v.phrase),
	}
	if s.Need == Choose {
		items = append(items, labelled(lang.L("La même, une seconde fois"), v.again))
	}
	if words, tone := v.trouble(s); words != "" {
		items = append(items, widget.Sides(widget.Gap, widget.NewIcon(widget.IconWarning, tone, 18), widget.NewParagraph(words, widget.Style{Tone: tone}), nil))
	}
	open := widget.NewButton(widget.Main, widget.IconUnmasked, lang.L("Ouvrir"), v.page.submit)
	if s.Need == Choose {
		open.Set(widget.IconOK, lang.L("Choisir cette phrase"))
	}
	if s.Busy {
		open.Set(widget.IconRefresh, lang.L("Ouverture…"))
	}
	v.focus = v.phrase
	if s.Fault == Differ {
		v.focus = v.again
	}
	return widget.Column(widget.Gap, append(items, v.actions(s, open))...)
}

// actions end the form: what gives up at the left, what goes on at the right.
func (v *view) actions(s State, main *widget.Button) fyne.CanvasObject {
	later := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Plus tard"), v.page.later).WithCaption(widget.Key(fyne.KeyEscape))
	if v.page.cfg.Only {
		later.Set(widget.IconBack, lang.L("Revenir"))
	}
	row := []fyne.CanvasObject{}
	if s.Need == Ask && !v.page.cfg.Only {
		row = append(row, widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Phrase oubliée…"), v.page.forget))
	}
	return widget.Inset(widget.Gap, 0, widget.Row(widget.Gap, append(row, widget.Flexible(), later, main)...))
}

// lost is shown when the key cannot be had any more.
func (v *view) lost(s State) fyne.CanvasObject {
	again := widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Effacer et recommencer…"), v.page.forget)
	v.focus = again
	items := []fyne.CanvasObject{
		widget.NewText(lang.L("Ce que ce poste gardait ne peut plus être ouvert"), widget.Style{Size: widget.SizeLead, Bold: true}),
		widget.NewParagraph(lang.L("La clé n’est plus dans le trousseau de ce poste, ou son fichier est abîmé. Si le trousseau vient d’être verrouillé, déverrouillez-le et reconnectez-vous."), widget.Style{Tone: widget.Secondary}),
	}
	if words, tone := v.trouble(s); words != "" {
		items = append(items, widget.NewParagraph(words, widget.Style{Tone: tone}))
	}
	return widget.Column(widget.Gap, append(items, v.actions(s, again))...)
}

// trouble gives what is wrong in words, "" for nothing.
func (v *view) trouble(s State) (string, widget.Tone) {
	switch {
	case s.Fault == Empty:
		return lang.L("Saisissez la phrase secrète."), widget.Attention
	case s.Fault == Short:
		return lang.L("Il faut au moins {{.N}} caractères. Quelques mots que vous retiendrez valent mieux qu’un mot compliqué.", map[string]any{"N": Shortest}), widget.Attention
	case s.Fault == Differ:
		return lang.L("Les deux phrases diffèrent. Saisissez la seconde de nouveau."), widget.Attention
	case s.Wrong:
		return lang.L("Ce n’est pas la bonne phrase. Vérifiez les majuscules, puis réessayez."), widget.Danger
	case s.Err != nil:
		p := v.page.cfg.Shell.Explain(s.Err)
		return p.Words(), widget.Danger
	}
	return "", widget.Ink
}

func title(n Need) string {
	if n == Choose {
		return lang.L("Choisissez une phrase secrète pour ce poste")
	}
	return lang.L("Votre phrase secrète pour ce poste")
}

func (v *view) about(n Need) string {
	if v.page.cfg.Only {
		return lang.L("Sans le serveur, elle seule déverrouille ce poste. Vous y lirez vos copies ; ce que vous écrivez attendra le serveur.")
	}
	if n == Choose {
		return lang.L("Carnet garde ici, chiffrés, ce qui reste à envoyer et de quoi travailler sans réseau. Ce poste n’a pas de trousseau où ranger la clé : cette phrase la remplace, et vous sera demandée à chaque connexion.")
	}
	return lang.L("Elle ouvre ce que Carnet garde ici : ce qui reste à envoyer et vos copies hors ligne.")
}

func labelled(caption string, e *widget.Entry) fyne.CanvasObject {
	return widget.Column(widget.GapTight, widget.NewText(caption, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}), e)
}
