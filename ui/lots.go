package ui

import (
	"context"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/batch"
	"carnet/ui/outbox"
	"carnet/ui/upload"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// The sections of what leaves by itself.
const (
	sectionLots   sectionID = "lots"
	sectionOutbox sectionID = "outbox"
)

// BatchOf makes the engine of somebody's lots over what this computer keeps for them: a
// batch.Opener with the stores of the desk. kept.Outbox and kept.Notes are never nil. The
// engine is given back when its Run has returned, by its Close if it has one; no other
// of the same name is asked for before. The responsible is zero when the page is first
// opened: then it is the one chosen last for this establishment (to be remembered in
// kept.Notes), else who is signed in, who needs an RPPS for it.
type BatchOf func(ctx context.Context, kept Kept, me client.Person, responsible fhir.Party) (batch.Engine, fhir.Party, error)

// withSends adds the sections of what leaves by itself to those of a role: a laboratory
// begins its day with its lots.
func withSends(d *desk, sections []section) []section {
	at := slices.IndexFunc(sections, func(s section) bool { return s.id == sectionPatients }) + 1
	if d.shell.cfg.Batch != nil && sendsLots(d.person) {
		lots := section{sectionLots, widget.IconFolder, lang.L("Lots"), widget.Alt(fyne.KeyL), d.lotsPage, false}
		if isLaboratory(d.person) {
			sections = slices.Insert(sections, 0, lots)
		} else {
			sections = slices.Insert(sections, at, lots)
		}
		at++
	}
	if d.kept.Outbox != nil {
		sections = slices.Insert(sections, at, section{sectionOutbox, widget.IconUpload, lang.L("Envois"), widget.Alt(fyne.KeyE), d.outboxPage, false})
	}
	return sections
}

// isLaboratory tells who works in a laboratory: by the kind of place (JDV_J02), or,
// where the sign-in does not say it, by know-how (JDV_J01: biologists).
func isLaboratory(p client.Person) bool {
	switch p.Sector {
	case "SA25", "SA29", "SA59":
		return true
	case "":
		skill := p.Specialty[strings.LastIndexByte(p.Specialty, '/')+1:]
		return slices.Contains([]string{"SM03", "SM63", "SM67"}, skill) || p.Profession == "21" && (skill == "G" || skill == "EG")
	}
	return false
}

// sendsLots tells who files in quantity: laboratories and health establishments. The
// server decides; the others are only not shown a page that they have no use for.
func sendsLots(p client.Person) bool {
	switch p.Sector {
	case "SA01", "SA02", "SA03", "SA04", "SA05", "SA36":
		return true
	}
	return isLaboratory(p)
}

// lotsPage builds the page of lots.
func (d *desk) lotsPage() Page {
	s := d.shell
	c := batch.Config{
		Scope: d.scope.Scope(), Finder: s.records, Saver: s.cfg.Parts.Saver, Shell: s, Me: d.person, TestIdentities: s.demo || d.account != "",
		Open: func(ctx context.Context, me client.Person, responsible fhir.Party) (batch.Engine, fhir.Party, error) {
			if d.kept.Outbox == nil || d.kept.Notes == nil {
				return nil, responsible, fhir.E(fhir.Unauthenticated, "Rien n’est gardé sur ce poste.")
			}
			return s.cfg.Batch(ctx, d.kept, me, responsible)
		},
	}
	if d.kept.Outbox != nil {
		c.Waiting = func() { d.goTo(sectionOutbox) }
	}
	if s.cfg.Parts.Preview != nil {
		c.Picture = d.pictureOf
	}
	return batch.New(c)
}

// pictureOf draws the first page of a file that is in a lot.
func (d *desk) pictureOf(ctx context.Context, row batch.Row, width int) (image.Image, error) {
	path := row.Path
	if row.Folder != "" {
		path = filepath.Join(row.Folder, row.Path)
	}
	data, err := upload.Disk{}.Read(ctx, path, client.MaxDocument)
	if err != nil {
		return nil, err
	}
	kind := "image/*"
	if client.IsPDF(data) {
		kind = "application/pdf"
	}
	return d.shell.cfg.Parts.Preview.FirstPage(ctx, kind, data, width)
}

// outboxPage builds the page of what waits to be sent.
func (d *desk) outboxPage() Page {
	return outbox.New(outbox.Config{Scope: d.scope.Scope(), Outbox: d.kept.Outbox, Shell: d.shell, Name: d.shell.cfg.Name})
}

// watchSends shows how much waits to be sent in the navigation and in the status bar,
// as long as the desk lives.
func (d *desk) watchSends() {
	r := d.shell.root
	r.sends = outbox.Count{}
	if d.kept.Outbox == nil {
		return
	}
	outbox.Watch(d.scope.Scope(), d.kept.Outbox, func(c outbox.Count) {
		r.sends = c
		r.showSends()
	})
}

// Offline tells whether the server does not answer, as the top bar says it.
func (s *Shell) Offline() bool { return s.link.state == Offline || s.link.state == Trouble }

// showSends writes how much waits beside the section's name: what asks for a person has
// the icon of a warning.
func (r *root) showSends() {
	if item := r.navItems[sectionOutbox]; item != nil {
		label, icon, tone := lang.L("Envois"), widget.IconUpload, widget.Tone("")
		if r.sends.Waiting > 0 {
			label += " " + widget.FormatNumber(r.sends.Waiting)
		}
		if r.sends.Asking > 0 {
			icon, tone = widget.IconWarning, widget.Attention
		}
		item.Set(icon, label)
		item.SetTone(tone)
	}
	r.showStatus()
}
