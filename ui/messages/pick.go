package messages

import (
	"context"
	"errors"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// pick opens a searchable list over the page; take is told the row among all.
func (p *Page) pick(title, placeholder string, rows []widget.PickRow, take func(int)) {
	picker := widget.NewPicker(placeholder, 320)
	var sheet *widget.Sheet
	var shown []int // of the rows
	picker.OnTyped = func(text string) {
		shown = fitting(rows, text)
		found := make([]widget.PickRow, len(shown))
		for i, at := range shown {
			found[i] = rows[at]
		}
		picker.SetRows(found)
	}
	picker.OnTake = func(i int) {
		sheet.Close()
		take(shown[i])
	}
	picker.OnLeave = func() { sheet.Close() }
	sheet = &widget.Sheet{Title: title, Content: picker.Box, First: picker.Entry, Width: 640}
	picker.Open()
	p.cfg.Shell.OpenSheet(sheet)
}

// fitting gives the rows that hold every word of a text.
func fitting(rows []widget.PickRow, text string) []int {
	words := strings.Fields(terminology.Fold(text))
	var out []int
next:
	for i, r := range rows {
		in := terminology.Fold(r.Label + " " + r.Detail)
		for _, w := range words {
			if !strings.Contains(in, w) {
				continue next
			}
		}
		out = append(out, i)
	}
	return out
}

// chooseTemplate puts a ready-made text into the answer.
func (p *Page) chooseTemplate() {
	all := templates(Filling{Me: p.cfg.Me.Name, Now: p.now()})
	p.pick(lang.L("Prendre un texte prêt"), lang.L("Chercher un texte"), templateRows(all), func(i int) {
		p.draft = p.draft.place(all[i], false)
		p.changed()
		p.view.compose.set(p.draft)
		p.cfg.Shell.Focus(p.view.compose.text)
		p.view.compose.nextField()
	})
}

func templateRows(all []Template) []widget.PickRow {
	rows := make([]widget.PickRow, len(all))
	for i, t := range all {
		rows[i] = widget.PickRow{Icon: widget.IconText, Tone: widget.Secondary, Label: t.Title}
	}
	return rows
}

// baseName gives the last part of a path of this computer or of another.
func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// addMember lets a colleague of the care team into the dialogue in hand.
func (p *Page) addMember() {
	d := p.thread.Dialogue
	p.team(d.PatientID, func(all []client.CareMember) {
		all = p.others(all, d)
		if len(all) == 0 {
			p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: lang.L("Personne d’autre de l’équipe de soins ne peut être ajouté.")})
			return
		}
		p.pick(lang.L("Ajouter un confrère"), lang.L("Nom"), memberRows(all), func(i int) { p.letIn(d.ID, all[i].ID) })
	})
}

func (p *Page) letIn(dialogue, member string) {
	p.alter(func(ctx context.Context) (client.Dialogue, error) {
		d, err := p.cfg.Messages.AddMember(ctx, dialogue, member)
		if fhir.CodeOf(err) == fhir.NoConsent && d.ID == "" {
			err = errNotAdded
		}
		return d, err
	}, func() {})
}

// errNotAdded is the refusal of a colleague. Why is not told: it is between the
// patient and them.
var errNotAdded = errors.New("messages: the colleague is not added")

// team asks who cares for a patient, in whose record one has to be for it.
func (p *Page) team(patient string, show func([]client.CareMember)) {
	if p.cfg.Team == nil {
		show(nil)
		return
	}
	task.Run(p.cfg.Scope, func(ctx context.Context) ([]client.CareMember, error) {
		a, err := p.cfg.Reader.Open(ctx, patient, client.OpenRequest{Mode: fhir.ModeNormal})
		if err != nil {
			return nil, err
		}
		team, err := p.cfg.Team.CareTeam(ctx, a)
		if closing := p.cfg.Reader.Close(ctx, a); err == nil {
			err = closing
		}
		return team, err
	}, func(all []client.CareMember, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		show(all)
	})
}

// others leaves out me, establishments and who is in the dialogue.
func (p *Page) others(all []client.CareMember, d client.Dialogue) []client.CareMember {
	var out []client.CareMember
next:
	for _, m := range all {
		if m.ID == p.cfg.Me.ID || m.Profession == "" {
			continue
		}
		for _, in := range d.Members {
			if in.ID == m.ID {
				continue next
			}
		}
		out = append(out, m)
	}
	return out
}

func memberRows(all []client.CareMember) []widget.PickRow {
	rows := make([]widget.PickRow, len(all))
	for i, m := range all {
		rows[i] = widget.PickRow{Icon: widget.IconPerson, Tone: widget.Secondary, Label: m.Name, Detail: m.OrgName}
	}
	return rows
}
