package ui

import (
	"carnet/client"
	"carnet/ui/record"
	"carnet/ui/summary"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// recordTabs are the parts that stand in a record beside its documents.
func (d *desk) recordTabs() []record.Tab {
	if d.shell.cfg.Profiles == nil {
		return nil
	}
	var glance *summary.Page
	changed := func() {
		if glance != nil {
			glance.Changed()
		}
	}
	return []record.Tab{{
		ID: "summary", Icon: widget.IconSynthesis, Word: lang.L("Synthèse"), Keys: widget.Ctrl(fyne.KeyY), Home: true,
		Make: func(in record.Inside) record.Part {
			glance = d.summaryPart(in)
			return glance
		},
	}, d.measuresTab(changed)}
}

// profiles are the health profiles as the pages ask for them: with copies and a queue
// before the server's, where something is kept.
func (d *desk) profiles() client.Profiles {
	if d.kept.Profiles != nil {
		return d.kept.Profiles
	}
	return d.shell.cfg.Profiles
}

// summaryPart makes the page on which a record opens: the person's health at a
// glance.
func (d *desk) summaryPart(in record.Inside) *summary.Page {
	s := d.shell
	return summary.New(summary.Config{
		Scope: in.Scope, Profiles: d.profiles(), Access: in.Access, Patient: in.Patient, Me: d.person, Shell: s,
		Tables: s.cfg.Tables, NewID: s.cfg.Parts.NewID, Renew: in.Renew, Read: in.Read, Alert: in.Alert, Measures: func() { in.Go("measures") },
		Offline: func() { in.Go(record.DocumentsTab) },
		Draw:    s.cfg.Parts.Draw, Printer: s.cfg.Parts.Printer, Saver: s.cfg.Parts.Saver,
	})
}
