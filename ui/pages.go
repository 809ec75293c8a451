package ui

import (
	"strings"

	"carnet/client"
	"carnet/ui/accesses"
	"carnet/ui/habilitations"
	"carnet/ui/patients"
	"carnet/ui/pdfview"
	"carnet/ui/record"
	"carnet/ui/settings"
	"carnet/ui/task"
	"carnet/ui/upload"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// patientsPage builds the page where people are found.
func (d *desk) patientsPage() Page {
	return patients.New(patients.Config{
		Scope: d.scope.Scope(), Finder: d.shell.records, Shell: d.shell,
		Open: d.openRecord, TestIdentities: d.shell.demo || d.account != "",
		Regulates: regulates(d.person),
	})
}

// regulates tells who may use centre 15 mode: a doctor of emergency medicine, or
// one of the out-of-hours service (JDV_J01, JDV_J02). The server decides; this
// only keeps the others from being offered what it refuses.
func regulates(p client.Person) bool {
	const doctor, onCall = "10", "SA50"
	switch p.Specialty[strings.LastIndexByte(p.Specialty, '/')+1:] {
	case "SM59", "DSM220", "DEC14":
		return p.Profession == doctor
	}
	return p.Profession == doctor && p.Sector == onCall
}

// accessesPage builds the page of what the person did.
func (d *desk) accessesPage() Page {
	return accesses.New(accesses.Config{Scope: d.scope.Scope(), Traces: d.shell.records, Shell: d.shell})
}

// mayReadKeys go to what one's profession may read.
func mayReadKeys() widget.Keys { return widget.Alt(fyne.KeyQ) }

// mayReadPage builds the page of what one's profession may read.
func (d *desk) mayReadPage() Page {
	return habilitations.New(habilitations.Config{Shell: d.shell, Person: d.person})
}

// settingsPage builds the page of choices.
func (d *desk) settingsPage() Page {
	s := d.shell
	c := settings.Config{Values: s.values, Apply: s.apply, Version: s.cfg.Version, Server: s.cfg.Server, LogNote: s.explainedNote}
	if copies := d.kept.Copies; copies != nil {
		c.Copies, c.ClearCopies = func() string { return strings.Join(s.copiesWords(), " ") }, s.askClear
	}
	return settings.New(c)
}

// openRecord goes to a person's record.
func (d *desk) openRecord(p client.Patient) { d.openRecordWith(p, nil) }

// openRecordWith also offers files for filing, once the record is open. The access
// session is closed in the desk's parting, which is longer than the page's life.
func (d *desk) openRecordWith(p client.Patient, files []fyne.URI) {
	s := d.shell
	scope := d.scope.Scope()
	filing := &filer{desk: d, scope: scope}
	page := record.New(record.Config{
		Scope: scope, Outlive: d.parting, Records: s.records, Shell: s, Patient: p,
		Viewer: d.viewer(scope), Printer: s.cfg.Parts.Printer, Saver: s.cfg.Parts.Saver, Upload: filing.open, Deposit: files, Outbox: d.kept.Outbox, Sends: d.sends(),
		Tabs: d.recordTabs(),
	})
	d.push(place{page: page, section: sectionPatients, close: func() {
		closePage(page)
		scope.Close()
	}})
}

// sends leads to the page of what waits; nil where nothing can wait.
func (d *desk) sends() func() {
	if d.kept.Outbox == nil {
		return nil
	}
	return func() { d.goTo(sectionOutbox) }
}

// filer gives a record page its upload sheet: one Uploader as long as the
// access and the purpose stay the same, so that a draft is still there when the
// sheet is opened again.
type filer struct {
	desk     *desk
	scope    *task.Scope
	uploader *upload.Uploader
	session  string
	replaces string
}

// open opens the sheet with the first of the files, if any.
func (f *filer) open(filing record.Filing) {
	replaces := ""
	if filing.Replaces != nil {
		replaces = filing.Replaces.ID
	}
	stale := f.session != filing.Access.Session || f.replaces != replaces
	if f.uploader == nil || stale && !f.uploader.Sending() {
		f.uploader, f.session, f.replaces = f.make(filing), filing.Access.Session, replaces
		if filing.Lost != nil {
			filing.Lost(f.uploader.Lost)
		}
	}
	if !f.uploader.Dropped(filing.Files) {
		f.uploader.Open("")
	}
}

func (f *filer) make(filing record.Filing) *upload.Uploader {
	s := f.desk.shell
	return upload.New(upload.Config{
		Scope: f.scope, Writer: s.records, Files: upload.Disk{}, Inspector: upload.NewInspector(s.cfg.Parts.Checker),
		Preview: s.cfg.Parts.Preview, Shell: s, Me: f.desk.person, Patient: filing.Patient, Access: filing.Access,
		NewID: s.cfg.Parts.NewID, Replaces: filing.Replaces, Filed: filing.Filed, Undone: filing.Undone,
		InFront: filing.InFront,
	})
}

// viewer builds what a record reads its documents with.
func (d *desk) viewer(scope *task.Scope) record.Viewer {
	s := d.shell
	return pdfview.New(pdfview.Config{
		Scope: scope, Engine: s.cfg.Parts.Engine, Explain: s.Explain, Copy: s.Copy,
		Drawn: func() { s.Mark("first-page-drawn") },
	})
}
