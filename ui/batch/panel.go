package batch

import (
	"strconv"

	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// showState fills the panel that stands where rows would be.
func (v *view) showState(s *State) {
	said := strconv.Itoa(int(s.Phase)) + " " + strconv.Itoa(int(s.Barrier)) + s.Text + strconv.Itoa(int(s.Filter))
	if s.Err != nil {
		said += s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch s.Phase {
	case Empty:
		v.state.Set(widget.State{
			Icon: widget.IconFolder, Tone: widget.Primary, Title: lang.L("Déposez ici un dossier de résultats"),
			Text: lang.L("Glissez un dossier, des fichiers ou un manifeste CSV sur la fenêtre. Carnet reconnaît le patient et le type de chaque document ; rien ne part sans votre accord."),
			Actions: []*widget.Button{
				widget.NewButton(widget.Main, widget.IconAdd, lang.L("Ajouter…"), v.page.openAdd).WithCaption(widget.Ctrl(fyne.KeyO)),
			},
		})
	case NoMatch:
		v.state.Set(v.nothingFits(s))
	case Barred:
		v.state.Set(v.barred(s.Barrier))
	case Failed:
		v.state.SetProblem(v.failure(s.Err), func() { v.page.open(v.page.state.Responsible) })
	}
}

// failure words why the lot could not be opened.
func (v *view) failure(err error) widget.Problem {
	p := v.page.cfg.Shell.Explain(err)
	if fhir.CodeOf(err) == fhir.Unavailable {
		p.Title = lang.L("Le lot ne peut pas être ouvert.")
		p.Next = lang.L("Rien n’est perdu. Vérifiez la place qui reste sur le disque, puis réessayez.")
	}
	p.Retry = p.Retry || fhir.CodeOf(err) != fhir.Forbidden
	return p
}

func (v *view) nothingFits(s *State) widget.State {
	out := widget.State{
		Icon: widget.IconFilter, Tone: widget.Secondary, Title: lang.L("Aucun fichier ne correspond"),
		Text: lang.L("Essayez un autre mot, ou un autre état."),
	}
	if s.Text == "" && s.Filter == ToFix {
		out.Icon, out.Tone, out.Title = widget.IconOK, widget.Good, lang.L("Rien à corriger")
		out.Text = lang.L("Chaque fichier lu a trouvé son patient, son type et sa date.")
	}
	out.Actions = []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Voir tous les fichiers"), func() {
		v.page.state.Filter = All
		v.page.state.SetText("")
		v.box.SetText("")
		v.fresh(&v.page.state)
		v.page.cfg.Shell.Focus(v.list)
	})}
	return out
}

func (v *view) barred(b Barrier) widget.State {
	out := widget.State{Icon: widget.IconMasked, Tone: widget.Attention}
	switch b {
	case NoSender:
		out.Title = lang.L("Votre connexion ne nomme aucun établissement")
		out.Text = lang.L("Un lot part au nom d’un établissement. Connectez-vous depuis votre laboratoire, ou déposez chaque document depuis le dossier du patient.")
	case NoResponsible:
		out.Icon = widget.IconPerson
		out.Title = lang.L("Qui répond de ce lot ?")
		out.Text = lang.L("Un professionnel de votre établissement, connu par son numéro RPPS, répond des documents envoyés : son nom figurera dans l’historique de chaque patient.")
		out.Actions = []*widget.Button{
			widget.NewButton(widget.Main, widget.IconPerson, lang.L("Choisir le professionnel responsable"), v.page.chooseResponsible).WithCaption(responsibleKeys()),
		}
	case NotKept:
		out.Title = lang.L("Ce poste ne garde rien pour l’instant")
		out.Text = lang.L("Un lot se garde dans le coffre de ce poste, pour que rien ne se perde. Déconnectez-vous puis reconnectez-vous : Carnet proposera de l’ouvrir.")
	case NotAllowed:
		out.Title = lang.L("Votre établissement n’envoie pas de lots")
		out.Text = lang.L("Cette page est celle des laboratoires et des établissements inscrits pour l’envoi en nombre. Vous pouvez déposer chaque document depuis le dossier du patient.")
	}
	return out
}
