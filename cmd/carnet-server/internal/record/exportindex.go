package record

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"strings"
	"time"

	"carnet/client/fhir"
)

//go:embed exportindex.html
var indexText string

// indexPage is the readable index of an export; html/template escapes whatever
// people wrote.
var indexPage = template.Must(template.New("index").Funcs(template.FuncMap{
	"day": func(s string) string {
		t := fhir.ParseTime(s)
		if t.IsZero() {
			return s
		}
		return t.Format(time.DateOnly)
	},
	"date": func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	},
}).Parse(indexText))

// indexWords are the words of the index in one language.
type indexWords map[string]string

var indexIn = map[string]indexWords{
	"fr": {
		"lang": "fr", "other": "index.en.html", "otherName": "In English", "title": "Dossier de santé", "made": "Extrait le",
		"documents": "Documents", "date": "Date", "what": "Titre", "type": "Type", "who": "Auteur", "file": "Fichier", "open": "Ouvrir",
		"masked": "masqué aux professionnels", "archived": "archivé", "replaced": "remplacé", "profile": "Profil de santé", "none": "Rien.",
		"rules": "Qui peut lire", "mt": "Médecin traitant", "from": "Depuis", "to": "Jusqu’au", "authorisation": "autorisé", "team": "équipe de soins",
		"block": "bloqué", "ended": "terminé",
		"more": "Le dossier « fhir » contient les mêmes informations au format FHIR R4 ; « historique-history.csv » résume qui a lu quoi.",
	},
	"en": {
		"lang": "en", "other": "index.html", "otherName": "En français", "title": "Health record", "made": "Extracted on",
		"documents": "Documents", "date": "Date", "what": "Title", "type": "Type", "who": "Author", "file": "File", "open": "Open",
		"masked": "masked to professionals", "archived": "archived", "replaced": "replaced", "profile": "Health profile", "none": "Nothing.",
		"rules": "Who may read", "mt": "Médecin traitant", "from": "From", "to": "Until", "authorisation": "authorised", "team": "care team",
		"block": "blocked", "ended": "ended",
		"more": "The folder “fhir” holds the same information as FHIR R4; “historique-history.csv” sums up who read what.",
	},
}

// writeIndex adds the index in both languages.
func (x *exporting) writeIndex(ctx context.Context) error {
	person, err := x.s.st.PersonByN(ctx, x.h.rec.N)
	if err != nil {
		return err
	}
	for _, lang := range []string{"fr", "en"} {
		var page bytes.Buffer
		err := indexPage.Execute(&page, map[string]any{
			"W": indexIn[lang], "Name": strings.TrimSpace(personName(person.Patient)), "Made": x.s.now(), "Docs": x.docs, "Items": x.items, "Rules": x.rules,
		})
		if err != nil {
			return err
		}
		name := "index.html"
		if lang == "en" {
			name = "index.en.html"
		}
		if err := x.put(name, page.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
