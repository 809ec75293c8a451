package ui

import (
	"carnet/client"
	"carnet/ui/patients"
	"carnet/ui/settings"
)

// patientsPage builds the page where people are found.
func (d *desk) patientsPage() Page {
	return patients.New(patients.Config{
		Scope: d.scope.Scope(), Finder: d.shell.records, Shell: d.shell,
		Open: d.openRecord, TestIdentities: d.shell.demo || d.account != "",
	})
}

// settingsPage builds the page of choices.
func (d *desk) settingsPage() Page {
	s := d.shell
	return settings.New(settings.Config{Values: s.values, Apply: s.apply, Version: s.cfg.Version, Server: s.cfg.Server})
}

// openRecord goes to a person's record.
func (d *desk) openRecord(p client.Patient) {
}

func (d *desk) accessesPage() Page { return d.settingsPage() }
