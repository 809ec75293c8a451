package portal

import (
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

const noticesAtMost = 50

func noticeRoutes() []route {
	return []route{
		{pattern: "GET " + root + "avis", who: patients, serve: (*call).notices},
		{pattern: "POST " + root + "avis/lus", who: patients, serve: (*call).noticesRead},
	}
}

// told is a notice in words.
type told struct {
	ID       int64
	At       time.Time
	Read     bool
	Icon     string
	Text     string
	Title    string
	Document string
	Detail   string
	Rule     string // may be contested
	Act      int64
	Grave    bool
	Lead     string // path of the page that it leads to, "" none
	LeadText string
}

type noticesView struct {
	Items  []told
	Unread int
	Last   int64
}

// news say a notice, with and without somebody; keys of the texts.
var news = map[string]struct{ icon, who, none string }{
	"first-access": {"person", "%s a lu votre dossier pour la première fois", "Un professionnel a lu votre dossier pour la première fois"},
	"access":       {"person", "%s a lu votre dossier", "Un professionnel a lu votre dossier"},
	"document":     {"document", "%s a ajouté un document", "Un document a été ajouté"},
	"changed":      {"edit", "%s a changé un document", "Un document a été changé"},
	"emergency":    {"emergency", "%s a ouvert votre dossier en urgence", "Votre dossier a été ouvert en urgence"},
	"consent":      {"consent", "%s a déclaré avoir votre accord", "Un professionnel a déclaré avoir votre accord"},
	"team":         {"people", "%s est entré dans votre équipe de soins", "Votre équipe de soins a changé"},
	"request":      {"people", "%s demande à lire votre dossier", "Un professionnel demande à lire votre dossier"},
	"life":         {"folder", "%s a changé l’état de votre dossier", "L’état de votre dossier a changé"},
	"complaint":    {"shield", "%s a répondu à votre contestation", "Votre contestation a sa réponse"},
	"rules":        {"people", "%s a changé qui peut lire votre dossier", "Qui peut lire votre dossier a changé"},
	"item":         {"edit", "%s a changé votre profil de santé", "Votre profil de santé a changé"},
	"message":      {"message", "%s vous a écrit", "Vous avez un message"},
	"appointment":  {"clock", "%s vous a donné un rendez-vous", "Un rendez-vous a été ajouté"},
}

// leads say where a notice leads; texts are keys of the texts.
var leads = map[string]struct{ path, text string }{
	"message": {"messages", "Lire mes messages"},
	"item":    {"profil", "Voir le profil de santé"},
	"request": {"acces", "Répondre"},
	"team":    {"acces", "Voir qui peut lire"},
}

// told says notices in words.
func (c *call) told(all []record.Told) []told {
	out := make([]told, 0, len(all))
	for _, n := range all {
		kind := n.Kind
		if kind == "consent" && n.Rule == "" {
			kind = "rules" // of a representative; a professional's own declaration names its rule
		}
		one := told{ID: n.ID, At: n.At, Read: n.Read, Title: n.Title, Document: n.Document, Act: n.Act, Grave: kind == "emergency"}
		k, ok := news[kind]
		switch {
		case !ok:
			one.Icon, one.Text = "info", c.T("Il y a du nouveau dans votre dossier")
		case n.Who != "" && n.Who != c.citizen().Name:
			one.Icon, one.Text = k.icon, c.T(k.who, n.Who)
		default:
			one.Icon, one.Text = k.icon, c.T(k.none)
		}
		switch kind {
		case "complaint", "message":
			one.Detail = n.Detail // somebody's own words
		case "emergency":
			if n.Detail != "" {
				one.Detail = c.words().Mode(n.Detail)
			}
		case "item":
			if n.Detail == "removed" { // only who wrote it takes an item back
				one.Detail = c.T("Un élément, saisi par erreur, a été retiré.")
			}
		default:
			one.Detail = c.detail(kind, n.Detail)
		}
		if l, ok := leads[kind]; ok {
			one.Lead, one.LeadText = l.path, c.T(l.text)
		}
		if n.Dialogue != "" {
			one.Lead, one.LeadText = "messages/"+n.Dialogue, c.T("Lire ce message")
		}
		if kind == "consent" {
			one.Rule = n.Rule
		}
		out = append(out, one)
	}
	return out
}

func (c *call) notices() error {
	all, err := c.Records.Notices(c.r.Context(), c.citizen(), c.rec, noticesAtMost)
	if err != nil {
		return err
	}
	v := noticesView{Items: c.told(all)}
	for _, n := range all {
		if !n.Read {
			v.Unread++
		}
		v.Last = max(v.Last, n.ID)
	}
	return c.show("notices", view{Title: c.T("Avis"), Nav: "avis", V: v})
}

func (c *call) noticesRead() error {
	until, err := parseSeq(c.field("jusqua"))
	if err != nil {
		return fhir.E(fhir.BadValue, "")
	}
	if err := c.Records.NoticesRead(c.r.Context(), c.citizen(), c.rec, until); err != nil {
		return err
	}
	return c.done(root+"avis", "Avis marqués comme lus.")
}
