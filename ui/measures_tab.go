package ui

import (
	"carnet/ui/measures"
	"carnet/ui/record"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// measuresTab is the part of a record that shows its measures as curves; changed is
// called when one was written.
func (d *desk) measuresTab(changed func()) record.Tab {
	return record.Tab{ID: "measures", Icon: widget.IconLab, Word: lang.L("Mesures"), Keys: widget.Ctrl(fyne.KeyM), Make: func(in record.Inside) record.Part {
		s := d.shell
		return measures.New(measures.Config{
			Scope: in.Scope, Profiles: d.profiles(), Access: in.Access, Patient: in.Patient, Me: d.person, Shell: s,
			Saver: s.cfg.Parts.Saver, NewID: s.cfg.Parts.NewID, Renew: in.Renew, Changed: changed,
		})
	}}
}
