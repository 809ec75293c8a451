package portal

import (
	"errors"
	"net/http"

	"carnet/client/fhir"
)

// What is refused before the door is asked.
var (
	errSignIn      = errors.New("portal: sign in first")
	errNotYours    = errors.New("portal: a page of others")
	errForged      = errors.New("portal: the form does not come from our page")
	errNowhere     = errors.New("portal: no such page")
	errNoRecord    = errors.New("portal: no record to enter")
	errOtherRecord = errors.New("portal: another record was chosen meanwhile")
	errLeft        = errors.New("portal: the sign-in was not finished")
	errProvider    = errors.New("portal: the provider cannot be reached")
)

// trouble is what a page of error says.
type trouble struct {
	status int
	Title  string // keys of the texts
	What   string
	Next   string
	Link   string // where Next leads
	Go     string // words of the link
}

// ours are the pages of what is refused here.
var ours = []struct {
	err error
	trouble
}{
	{errForged, trouble{http.StatusForbidden, "Formulaire périmé", "Ce formulaire ne vient pas de la page ouverte dans ce navigateur, ou votre connexion a changé depuis. Rien n’a été fait.", "Revenez à la page, rechargez-la, puis recommencez.", root, "Aller à l’accueil"}},
	{errNotYours, trouble{http.StatusForbidden, "Page réservée", "Cette page n’est pas faite pour ce compte.", "Revenez à votre accueil, ou connectez-vous avec le compte qui convient.", root, "Aller à l’accueil"}},
	{errNowhere, trouble{http.StatusNotFound, "Page introuvable", "Cette adresse ne mène à rien.", "Revenez à l’accueil pour retrouver votre chemin.", root, "Aller à l’accueil"}},
	{errNoRecord, trouble{http.StatusNotFound, "Aucun dossier", "Aucun dossier n’est ouvert à votre nom, et vous n’en représentez aucun.", "Appelez le support : il peut vous envoyer un nouveau code d’activation.", root, "Aller à l’accueil"}},
	{errOtherRecord, trouble{http.StatusConflict, "Vous avez changé de dossier", "Un autre dossier a été choisi depuis, peut-être dans un autre onglet. Par prudence, rien n’a été fait.", "Vérifiez en haut de page au nom de qui vous agissez, puis recommencez.", root, "Aller à l’accueil"}},
	{errLeft, trouble{http.StatusBadRequest, "Connexion inachevée", "La connexion a été interrompue, ou elle a pris trop de temps.", "Recommencez : il suffit de quelques secondes.", root + "connexion", "Se connecter"}},
	{errProvider, trouble{http.StatusServiceUnavailable, "Connexion impossible pour l’instant", "Le service de connexion ne répond pas.", "Réessayez dans quelques minutes.", root, "Aller à l’accueil"}},
}

// theirs are the pages of what the door refuses, by its code.
var theirs = map[fhir.Code]trouble{
	fhir.NotFound:         {Title: "Introuvable", What: "Ce que vous cherchez n’existe pas, ou n’est plus là.", Next: "Revenez en arrière et rechargez la page."},
	fhir.Withdrawn:        {Title: "Document retiré", What: "Son auteur l’a retiré du dossier.", Next: "Demandez-lui pourquoi, si vous en avez besoin.", Link: root + "documents", Go: "Voir mes documents"},
	fhir.Forbidden:        {Title: "Ce n’est pas permis", What: "Cette action ne vous est pas ouverte.", Next: "Si vous pensez que c’est une erreur, appelez le support avec la référence ci-dessous."},
	fhir.NoConsent:        {Title: "Ce n’est pas permis", What: "Ce dossier ne vous est pas ouvert.", Next: "S’il s’agit d’un proche, demandez au support si votre mandat est encore en vigueur."},
	fhir.RuleForbids:      {Title: "Ce n’est pas permis", What: "Une règle du dossier l’interdit.", Next: "Revenez en arrière : la page dit ce qui est possible."},
	fhir.BusinessRule:     {Title: "Ce n’est pas possible ainsi", What: "Une règle du dossier s’y oppose.", Next: "Revenez en arrière : la page dit ce qui est possible."},
	fhir.NoRecord:         {Title: "Dossier fermé", What: "Ce dossier n’est pas ouvert : on ne peut ni y lire ni y déposer.", Next: "Vous pouvez le rouvrir dans « Vie du dossier ».", Link: root + "dossier", Go: "Voir la vie du dossier"},
	fhir.VersionConflict:  {Title: "Modifié entre-temps", What: "Cela a été modifié depuis que vous avez ouvert la page. Rien n’a été fait.", Next: "Rechargez la page, puis recommencez."},
	fhir.StateConflict:    {Title: "Déjà fait", What: "L’état a changé depuis que vous avez ouvert la page.", Next: "Rechargez la page pour voir où en sont les choses."},
	fhir.Duplicate:        {Title: "Déjà fait", What: "Cela avait déjà été enregistré.", Next: "Rechargez la page pour voir où en sont les choses."},
	fhir.TooLarge:         {Title: "Trop volumineux", What: "Un document peut peser 25 Mio au plus.", Next: "Réduisez-le (par exemple en le numérisant en 200 points par pouce), puis recommencez.", Link: root + "documents/ajouter", Go: "Ajouter un document"},
	fhir.Throttled:        {Title: "Trop d’essais", What: "Par sécurité, il faut attendre avant de recommencer.", Next: "Réessayez dans quelques minutes."},
	fhir.TokenExpired:     {Title: "Connexion terminée", What: "Votre connexion a pris fin.", Next: "Connectez-vous de nouveau.", Link: root + "connexion", Go: "Se connecter"},
	fhir.Unauthenticated:  {Title: "Connexion terminée", What: "Votre connexion a pris fin.", Next: "Connectez-vous de nouveau.", Link: root + "connexion", Go: "Se connecter"},
	fhir.Unavailable:      {Title: "Service momentanément indisponible", What: "Le serveur ne peut pas répondre pour l’instant. Rien n’a été fait.", Next: "Réessayez dans quelques minutes."},
	fhir.Malformed:        {Title: "Demande illisible", What: "Le serveur n’a pas compris ce que votre navigateur a envoyé.", Next: "Revenez en arrière, rechargez la page, puis recommencez."},
	fhir.UnsupportedMedia: {Title: "Demande illisible", What: "Le serveur n’a pas compris ce que votre navigateur a envoyé.", Next: "Revenez en arrière, rechargez la page, puis recommencez."},
	fhir.Invalid:          {Title: "Valeur refusée", What: "Une des valeurs envoyées n’est pas acceptable.", Next: "Revenez en arrière et corrigez-la."},
	fhir.Internal:         {Title: "Une erreur est survenue", What: "C’est une faute de notre côté. Rien n’indique que votre action ait abouti.", Next: "Vérifiez avant de recommencer ; si cela persiste, appelez le support avec la référence ci-dessous."},
}

// troubleOf gives the page of an error.
func troubleOf(err error) (trouble, fhir.Code) {
	for _, o := range ours {
		if errors.Is(err, o.err) {
			return o.trouble, ""
		}
	}
	code := fhir.CodeOf(err)
	t, ok := theirs[code]
	if !ok {
		t = theirs[fhir.Internal]
		if code.Status() < http.StatusInternalServerError {
			t = theirs[fhir.Invalid]
		}
	}
	t.status = code.Status()
	return t, code
}

// fail shows the page of an error. A page whose visitor has to sign in first
// shows the way in instead.
func (c *call) fail(err error) {
	if errors.Is(err, errSignIn) {
		if kept := c.keepSession(); kept != nil {
			c.Log.WithField("request_id", c.request).WithError(kept).Warn("a visit could not be kept")
		}
		if c.r.Method == http.MethodGet {
			http.Redirect(c.w, c.r, root, http.StatusSeeOther)
			return
		}
		err = fhir.E(fhir.Unauthenticated, "")
	}
	t, code := troubleOf(err)
	c.w.Code = code
	if code == fhir.Internal {
		c.Log.WithField("request_id", c.request).WithField("code", code).WithError(err).Error("a page failed")
	}
	if said := c.said(err); said != "" && t.What != said {
		t.What = said
	}
	if t.Link == "" {
		t.Link, t.Go = root, "Aller à l’accueil"
	}
	if err := c.render(t.status, "error", view{Title: c.T(t.Title), Nav: "-", V: t}); err != nil {
		c.Log.WithField("request_id", c.request).WithError(err).Error("the page of an error failed")
		c.w.WriteHeader(http.StatusInternalServerError)
	}
}

// frank are the codes whose own sentence helps people: what rule stands
// against it, and what to do. It holds no name and no identifier (fhir.Error).
var frank = map[fhir.Code]bool{
	fhir.BusinessRule: true, fhir.Forbidden: true, fhir.NoRecord: true, fhir.StateConflict: true, fhir.Invalid: true, fhir.BadCode: true,
	fhir.Required: true, fhir.RuleForbids: true, fhir.VersionConflict: true,
}

// said gives the door's own sentence about a refusal, which is French; "" in
// English, or when it has none.
func (c *call) said(err error) string {
	var e *fhir.Error
	if c.lang != "fr" || !errors.As(err, &e) || !frank[e.Code] {
		return ""
	}
	return e.Message
}
