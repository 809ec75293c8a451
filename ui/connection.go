package ui

import (
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Resumer is a page that asks again by itself when the server answers again.
type Resumer interface{ Reconnected() }

// pingLimit is how long a question may take before it counts as no answer.
const pingLimit = 6 * time.Second

// pong is what a ping brought: the answer and how it ended.
type pong struct {
	status client.Status
	outcome
}

// ping asks the server how it is, now and again later.
func (s *Shell) ping() {
	s.nextPing()
	task.Run(s.pinging, func(ctx ctx) (pong, error) {
		ctx, cancel := withTimeout(ctx, pingLimit)
		defer cancel()
		start := s.scope.Now()
		answered := s.line.waits.begin(start)
		defer answered()
		status, err := s.cfg.Records.Status(ctx)
		end := s.scope.Now()
		return pong{status, outcome{code: pingCode(err), took: end.Sub(start), at: end, ping: true}}, nil
	}, func(p pong, err error) {
		if err != nil { // the question itself failed here: it tells nothing of the server
			p.outcome = outcome{code: fhir.Canceled}
		}
		if p.code == "" {
			s.demo = p.status.Demo
		}
		s.observe(p.outcome)
		s.nextPing = s.scope.After(s.link.wait(s.cfg.Chance()), s.ping)
	})
}

// pingCode gives the code of a ping's end: one that was cut off by its limit got
// no answer.
func pingCode(err error) fhir.Code {
	if code := fhir.CodeOf(err); code != fhir.Canceled {
		return code
	}
	return fhir.Offline
}

// waitLook is how often the shell looks at what has no answer yet.
const waitLook = time.Second

// lookAtWaits says that the server does not answer while one still waits for it,
// not only once the question is given up; and asks it something light, whose answer,
// or want of one, comes sooner.
func (s *Shell) lookAtWaits() {
	now := s.scope.Now()
	next := s.link.waiting(s.line.waits.longest(now), now)
	if next.state == s.link.state {
		return
	}
	wasCalm := s.link.state == Online
	s.link = next
	s.root.showLink()
	if wasCalm {
		s.ping()
	}
}

// observe takes in how a question to the server ended.
func (s *Shell) observe(o outcome) {
	before := s.link
	s.link = s.link.after(o)
	if s.link.state == Online || s.link.state == Slow {
		s.lastHeard = o.at
	}
	now := s.scope.Now()
	s.link = s.link.waiting(s.line.waits.longest(now), now) // an answer to one says nothing of who still waits
	s.line.setAway(s.link.state == Offline)
	s.root.showLink()
	if before.state == s.link.state {
		return
	}
	switch {
	case s.link.state == Expired && s.desk != nil && s.gate == nil:
		s.lock(lang.L("Votre session a expiré. Connectez-vous de nouveau : tout est resté en place."))
	case before.recovered(s.link):
		s.lookAtLog() // an older copy of the server comes back after an outage
		if s.desk != nil && s.desk.kept.Copies != nil {
			s.desk.kept.Copies.Hurry() // also behind a locked screen: refusals are obeyed at the first contact
		}
		s.resumed()
	case s.link.state == Offline || s.link.state == Trouble:
		if !o.ping {
			s.ping() // a page met it: look at once, and often from here on
		}
	}
}

// resumed tells the page that the server is back.
func (s *Shell) resumed() {
	if s.desk == nil || s.gate != nil {
		return
	}
	s.Toast(widget.Toast{Icon: widget.IconOnline, Tone: widget.Good, Text: lang.L("La connexion est rétablie.")})
	if r, ok := s.page().(Resumer); ok {
		r.Reconnected()
	}
}

// linkWord says the state of the connection.
func linkWord(l link) (icon widget.IconName, tone widget.Tone, word string) {
	since := map[string]any{"Time": widget.FormatTime(l.since.Local())}
	switch l.state {
	case Online:
		return widget.IconOnline, widget.Good, lang.L("En ligne")
	case Slow:
		return widget.IconSlow, widget.Attention, lang.L("Lent")
	case Offline:
		return widget.IconOffline, widget.Danger, lang.L("Hors ligne depuis {{.Time}}", since)
	case Trouble:
		return widget.IconServer, widget.Attention, lang.L("Serveur en difficulté")
	case Expired:
		return widget.IconSignIn, widget.Attention, lang.L("Session expirée")
	default:
		return widget.IconSlow, widget.Secondary, lang.L("Connexion…")
	}
}

// linkText explains a state and says what comes next.
func linkText(l link) string {
	switch l.state {
	case Online:
		return lang.L("Le serveur répond normalement.")
	case Slow:
		return lang.L("Le serveur répond, mais lentement. Vous pouvez continuer ; évitez d’envoyer deux fois la même chose.")
	case Offline:
		return lang.L("Le serveur ne répond pas. Carnet réessaie de lui-même et reprendra où vous en étiez. Vérifiez le réseau de votre poste.")
	case Trouble:
		return lang.L("Le serveur répond qu’il ne peut pas travailler pour le moment. Rien de ce que vous voyez n’est perdu. Carnet réessaie de lui-même.")
	case Expired:
		return lang.L("Vous devez vous connecter de nouveau pour continuer.")
	default:
		return lang.L("Carnet interroge le serveur.")
	}
}
