package ui

import (
	"context"
	"time"

	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Copies is what this computer keeps of records, sealed, for when the server does not
// answer.
type Copies interface {
	// Held says what is there now. It is quick.
	Held() CopiesHeld
	// Hurry has the copies brought up to date now: the server answers again. What may
	// no longer be kept goes first. It does not wait.
	Hurry()
	// Clear erases every copy. What was read offline and not yet told stays to be told.
	Clear(ctx context.Context) error
}

// CopiesHeld says what is kept.
type CopiesHeld struct {
	Records  int       // that can be opened without the server
	Bytes    int64     // of documents
	Synced   time.Time // when all were last up to date; zero: not in this run
	Untold   int       // readings without the server that it has not been told yet
	LastTime time.Time // of the last copy to end; zero: none is there
	Trouble  CopiesTrouble
}

// CopiesTrouble is what keeps copies from being made or read.
type CopiesTrouble int

// The troubles.
const (
	CopiesWell   CopiesTrouble = iota
	CopiesShort                // the disk is nearly full: nothing more is copied
	CopiesNoRoom               // the disk is so full that they could not be opened
	CopiesClosed               // they could not be opened for another reason
)

// closed tells whether no copy can be read.
func (t CopiesTrouble) closed() bool { return t == CopiesNoRoom || t == CopiesClosed }

// troubleWords says what the trouble is and what one can do; empty without one.
func troubleWords(t CopiesTrouble) string {
	switch t {
	case CopiesShort:
		return lang.L("Le disque de ce poste est presque plein : plus aucun dossier n’y est copié ni mis à jour. Libérez de la place : la copie reprend d’elle-même.")
	case CopiesNoRoom:
		return lang.L("Le disque de ce poste est presque plein : les copies restent fermées, et sans le serveur aucun dossier ne s’ouvre. Libérez de la place, puis verrouillez et déverrouillez Carnet.")
	case CopiesClosed:
		return lang.L("Les copies de ce poste ne s’ouvrent pas : sans le serveur, aucun dossier ne s’ouvre. Verrouillez et déverrouillez Carnet ; si cela ne suffit pas, effacez-les : elles reviennent quand vous ouvrez les dossiers.")
	}
	return ""
}

// explainLink opens what is known of the connection, what works without it, and what
// one can do.
func (s *Shell) explainLink() {
	icon, tone, word := s.linkWord()
	var sheet *widget.Sheet
	then := func(do func()) func() {
		return func() {
			sheet.Close()
			do()
		}
	}
	again := widget.NewButton(widget.Main, widget.IconRefresh, lang.L("Interroger maintenant"), then(s.ping))
	actions := []*widget.Button{again}
	if s.desk != nil && s.root.sends.Waiting > 0 {
		waiting := widget.NewButton(widget.Ordinary, widget.IconUpload, lang.L("Voir les envois"), then(func() { s.desk.goTo(sectionOutbox) }))
		actions = []*widget.Button{waiting, again}
	}
	lines := []fyne.CanvasObject{
		widget.Row(widget.Gap, widget.NewIcon(icon, tone, 24), widget.NewText(word, widget.Style{Size: widget.SizeLead, Bold: true})),
		widget.NewParagraph(linkText(s.link), widget.Style{}),
	}
	for _, text := range s.copiesWords() {
		lines = append(lines, widget.NewParagraph(text, widget.Style{Tone: widget.Secondary}))
	}
	if !s.lastHeard.IsZero() {
		lines = append(lines, widget.NewText(lang.L("Dernière réponse du serveur à {{.Time}}", map[string]any{"Time": widget.FormatTime(s.lastHeard.Local())}), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}))
	}
	lines = append(lines, widget.NewText(s.cfg.Server, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}))
	sheet = &widget.Sheet{Title: lang.L("Connexion"), First: again, Actions: actions, Content: widget.Column(widget.Gap, lines...)}
	s.OpenSheet(sheet)
}

// linkWord says the state of the connection, and without copies that nothing can be
// opened meanwhile.
func (s *Shell) linkWord() (icon widget.IconName, tone widget.Tone, word string) {
	icon, tone, word = linkWord(s.link)
	if s.link.state == Offline && s.desk != nil && (s.desk.kept.Copies == nil || s.desk.kept.Copies.Held().Trouble.closed()) {
		word += lang.L(", sans copies")
	}
	return icon, tone, word
}

// copiesWords says what can be opened without the server.
func (s *Shell) copiesWords() []string {
	switch {
	case s.desk == nil:
		return nil
	case s.desk.kept.Copies == nil:
		return []string{lang.L("Rien n’est gardé sur ce poste : sans le serveur, aucun dossier ne s’ouvre et rien ne peut être mis en attente. Une phrase secrète, à votre prochaine connexion, le permet.")}
	}
	held := s.desk.kept.Copies.Held()
	if held.Trouble.closed() {
		return []string{troubleWords(held.Trouble)}
	}
	return append(heldWords(held), said(troubleWords(held.Trouble))...)
}

// said is a sentence, or none.
func said(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// heldWords says how much is kept, until when, and what is still to be told.
func heldWords(held CopiesHeld) []string {
	if held.Records == 0 {
		return []string{lang.L("Aucun dossier n’est encore copié sur ce poste. Ceux que vous ouvrez le sont peu après, chiffrés, tant que vos droits durent.")}
	}
	out := []string{lang.L("{{.Records}} sur ce poste, chiffrés : ils s’ouvrent aussi sans le serveur, jusqu’au {{.Until}} au plus tard. Chaque lecture est notée et figure ensuite dans l’historique du patient.", map[string]any{
		"Records": widget.Plural(held.Records, lang.L("%d dossier copié"), lang.L("%d dossiers copiés")), "Until": widget.FormatDateTime(held.LastTime.Local()),
	})}
	if held.Untold > 0 {
		out = append(out, widget.Plural(held.Untold, lang.L("%d lecture hors ligne sera transmise au retour du serveur."), lang.L("%d lectures hors ligne seront transmises au retour du serveur.")))
	}
	return out
}

// syncWords says for the status bar when the copies were last up to date, or what keeps
// them from being so.
func (s *Shell) syncWords() string {
	if s.desk == nil || s.desk.kept.Copies == nil {
		return ""
	}
	held := s.desk.kept.Copies.Held()
	switch {
	case held.Trouble == CopiesShort || held.Trouble == CopiesNoRoom:
		return lang.L("Disque presque plein")
	case held.Trouble == CopiesClosed:
		return lang.L("Copies fermées")
	case !held.Synced.IsZero():
		return lang.L("Dernière synchronisation {{.Time}}", map[string]any{"Time": widget.FormatTime(held.Synced.Local())})
	}
	return ""
}

// askClear asks before the copies are erased.
func (s *Shell) askClear() {
	copies := s.desk.kept.Copies
	if copies == nil {
		return
	}
	var sheet *widget.Sheet
	yes := widget.NewButton(widget.Risky, widget.IconDelete, lang.L("Effacer les copies"), func() {
		sheet.Close()
		s.clear(copies)
	})
	no := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { sheet.Close() })
	sheet = &widget.Sheet{
		Title:   lang.L("Effacer les copies de ce poste ?"),
		Content: widget.NewParagraph(lang.L("Les dossiers copiés pour travailler sans le serveur sont effacés, et leurs clés avec eux. Vos envois en attente et les lectures hors ligne à transmettre restent. Les dossiers se copient de nouveau quand vous les ouvrez."), widget.Style{}),
		Actions: []*widget.Button{no, yes}, First: no,
	}
	s.OpenSheet(sheet)
}

func (s *Shell) clear(copies Copies) {
	task.Run(s.scope, func(ctx ctx) (struct{}, error) { return struct{}{}, copies.Clear(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			s.Present(err, func() { s.clear(copies) })
			return
		}
		s.Toast(widget.Toast{Icon: widget.IconDelete, Tone: widget.Ink, Text: lang.L("Les copies de ce poste sont effacées.")})
	})
}

// CopiesFound is what was found on the disk when the stores were opened.
type CopiesFound int

// What was found.
const (
	FoundWell    CopiesFound = iota // all of them, or none
	FoundPartly                     // some were damaged and are put aside
	FoundRuined                     // all were damaged; they begin anew
	FoundJournal                    // the journal of what was read offline was damaged
	FoundNoRoom                     // the disk is so full that they could not be opened
	FoundClosed                     // they could not be opened for another reason
	FoundQueue                      // a part of what waited to be sent was damaged, or is gone
)

// sayFound tells once what was found.
func (s *Shell) sayFound(found CopiesFound) {
	text := ""
	switch found {
	case FoundPartly:
		text = lang.L("Une partie des copies de ce poste était abîmée : elle est écartée, et revient avec le serveur.")
	case FoundRuined:
		text = lang.L("Les copies de ce poste étaient abîmées : elles sont refaites à neuf. Les dossiers reviennent avec le serveur.")
	case FoundJournal:
		text = lang.L("Le journal des lectures hors ligne est abîmé sur ce disque : des lectures peuvent manquer dans l’historique des patients. Prévenez votre support, et faites contrôler le disque.")
	case FoundQueue:
		text = lang.L("Une partie de la file d’envoi est abîmée sur ce disque : ce qui y attendait n’est peut-être pas parti. Regardez Envois, vérifiez ce que vous avez fait en dernier, et faites contrôler le disque.")
	case FoundNoRoom:
		text = troubleWords(CopiesNoRoom)
	case FoundClosed:
		text = troubleWords(CopiesClosed)
	default:
		return
	}
	s.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: text})
}
