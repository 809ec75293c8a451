package upload

import (
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Lost takes that the record may no longer be read (fhir.Reason…). Filing is
// not reading: what is being prepared stays, is not sent by this, and can still
// be sent by hand, except to a record that was closed.
func (u *Uploader) Lost(reason string) {
	u.state.Lost = reason
	if reason == fhir.ReasonSession {
		u.cfg.Access.Session = "" // the server refuses one that has ended; without, filing is in normal mode
	}
	if u.sheet != nil {
		u.view.update(&u.state)
	}
}

// Shut tells whether nothing can be filed to this record any longer.
func (s *State) Shut() bool { return s.Lost == fhir.ReasonRecord }

// lostOf says what has become of the record while something was prepared.
func lostOf(s *State) saying {
	switch {
	case s.Lost == "":
		return saying{}
	case s.Shut():
		return saying{
			widget.IconArchive, lang.L("Dossier clos"), widget.Danger,
			lang.L("Ce dossier vient d’être clos : rien ne peut plus y être déposé. Rien n’a été envoyé ; le fichier reste sur votre poste, remettez-le au patient."),
		}
	}
	return saying{
		widget.IconConsent, lang.L("Lecture retirée"), widget.Attention,
		lang.L("Vous ne pouvez plus lire ce dossier, mais y déposer reste possible. Rien n’a été envoyé : ce que vous préparez est toujours là."),
	}
}
