package ui

import (
	"slices"

	"carnet/client"
	"carnet/ui/counter"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// sectionCounter is where patients are served.
const sectionCounter sectionID = "counter"

// servesPatients tells who stands at a counter: pharmacists and their staff (TRE_G15),
// but for those of a laboratory.
func servesPatients(p client.Person) bool {
	return slices.Contains([]string{"21", "38", "39"}, p.Profession) && !isLaboratory(p)
}

// withCounter begins the sections of a pharmacist with the counter.
func withCounter(d *desk, sections []section) []section {
	if d.shell.cfg.Profiles == nil || !servesPatients(d.person) {
		return sections
	}
	return slices.Insert(sections, 0, section{sectionCounter, widget.IconScan, lang.L("Comptoir"), widget.Alt(fyne.KeyC), d.counterPage, false})
}

// counterPage builds the page of the counter.
func (d *desk) counterPage() Page {
	s := d.shell
	c := counter.Config{
		Scope: d.scope.Scope(), Outlive: d.parting, Records: s.records, Profiles: d.profiles(), Shell: s, Me: d.person, NewID: s.cfg.Parts.NewID,
		Thesaurus: s.cfg.Tables.Thesaurus, Calendar: s.cfg.Tables.Calendar,
		Viewer:     func(scope *task.Scope) counter.Viewer { return d.viewer(scope) },
		OpenRecord: d.openRecord, TestIdentities: s.demo || d.account != "",
	}
	if s.cfg.Parts.Checker != nil {
		c.Check = s.cfg.Parts.Checker
	}
	return counter.New(c)
}
