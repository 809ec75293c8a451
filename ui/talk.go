package ui

import (
	"context"
	"slices"

	"carnet/client"
	"carnet/ui/messages"
	"carnet/ui/task"
	"carnet/ui/upload"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// sectionMessages is where one writes with patients.
const sectionMessages sectionID = "messages"

// withMessages adds the page of messages to the sections of a role, after the
// patients.
func withMessages(d *desk, sections []section) []section {
	if d.shell.cfg.Messages == nil {
		return sections
	}
	at := slices.IndexFunc(sections, func(s section) bool { return s.id == sectionPatients }) + 1
	return slices.Insert(sections, at, section{sectionMessages, widget.IconMessage, lang.L("Messages"), widget.Alt(fyne.KeyM), d.messagesPage, false})
}

// messagesPage builds the page of messages.
func (d *desk) messagesPage() Page {
	s := d.shell
	return messages.New(messages.Config{
		Scope: d.scope.Scope(), Messages: s.cfg.Messages, Finder: s.records, Reader: s.records, Team: d.profiles(),
		Outbox: d.kept.Outbox, Notes: d.kept.Notes, Files: upload.Disk{}, Check: s.cfg.Parts.Checker,
		Viewer: func(scope *task.Scope) messages.Viewer { return d.viewer(scope) }, Saver: s.cfg.Parts.Saver, Shell: s,
		Me: d.person, NewID: s.cfg.Parts.NewID, OpenRecord: d.openRecordOf, TestIdentities: s.demo || d.account != "",
	})
}

// openRecordOf goes to the record of one of my patients, known by id and name.
func (d *desk) openRecordOf(id, name string) {
	task.Run(d.contexts, func(ctx context.Context) (client.PatientPage, error) {
		return d.shell.records.MyPatients(ctx, client.PatientQuery{Text: name})
	}, func(found client.PatientPage, err error) {
		at := slices.IndexFunc(found.Patients, func(p client.Patient) bool { return p.ID == id })
		switch {
		case err != nil:
			d.shell.Present(err, nil)
		case at < 0:
			d.shell.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: lang.L("Ce patient n’est plus parmi les vôtres : cherchez-le par son INS.")})
		default:
			d.openRecord(found.Patients[at])
		}
	})
}

// watchMessages tells of what arrives as long as the desk lives: in the navigation, to
// the page in front, and by a notice of the system that says nothing of whom or what.
func (d *desk) watchMessages() {
	s := d.shell
	s.root.unread = 0
	if s.cfg.Messages == nil {
		return
	}
	first := true
	messages.Watch(d.scope.Scope(), s.cfg.Messages, func(e client.MessageEvent) {
		if e.Unread > s.root.unread && !first {
			d.announce(e.Dialogue)
		}
		first = false
		s.root.unread = e.Unread
		s.root.showUnread()
		if page, ok := d.built[sectionMessages].(*messages.Page); ok {
			page.Moved(e)
		}
	})
}

// announce tells that a message came: by a notice of the system, which no press can
// lead anywhere, and, while another page is in front, by one here that leads to it.
// Neither says of whom or what. What can still be undone stays in front.
func (d *desk) announce(dialogue string) {
	s := d.shell
	text := lang.L("Vous avez un nouveau message.")
	s.cfg.App.SendNotification(fyne.NewNotification("Carnet", text))
	if _, there := s.page().(*messages.Page); there || s.gate != nil || s.undo != nil || dialogue == "" {
		return
	}
	s.Toast(widget.Toast{Icon: widget.IconMessage, Text: text, Action: lang.L("Lire"), Do: func() {
		d.goTo(sectionMessages)
		if page, ok := d.built[sectionMessages].(*messages.Page); ok {
			page.ShowDialogue(dialogue)
		}
	}})
}

// showUnread writes how many messages are unread beside the section's name.
func (r *root) showUnread() {
	item := r.navItems[sectionMessages]
	if item == nil {
		return
	}
	label, tone := lang.L("Messages"), widget.Tone("")
	if r.unread > 0 {
		label += " " + widget.FormatNumber(r.unread)
		tone = widget.Primary
	}
	item.Set(widget.IconMessage, label)
	item.SetTone(tone)
}
