package portal

import (
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func depositRoutes() []route {
	at := root + "documents/ajouter"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).newDeposit},
		{pattern: "POST " + at, who: patients, file: true, serve: (*call).deposit},
	}
}

// depositTypes are the types that a patient files (contract section 4), but
// for DOCPAT08, which the record itself makes of the health profile.
var depositTypes = []string{"DOCPAT01", "DOCPAT02", "DOCPAT03", "DOCPAT04", "DOCPAT05", "DOCPAT06", "DOCPAT07", "DOCPAT09"}

type depositView struct {
	Types []option
	Today string
	Self  bool
}

func (c *call) newDeposit() error {
	form := map[string][]string{"une": {secret()}, "date": {c.words().isoDay(c.Now())}}
	return c.showDeposit(form, nil)
}

// showDeposit shows the form with what was typed. The document itself has to
// be chosen again: browsers do not let a page fill that in.
func (c *call) showDeposit(form map[string][]string, problems []problem) error {
	v := depositView{Today: c.words().isoDay(c.Now()), Self: c.self()}
	v.Types = append(v.Types, option{Value: "", Label: c.T("Choisissez…")})
	for _, code := range depositTypes {
		v.Types = append(v.Types, option{Value: code, Label: c.T(depositWords[code])})
	}
	return c.show("deposit", view{Title: c.T("Ajouter un document"), Nav: "documents", Form: form, Problems: problems, V: v})
}

// depositWords say the types in words of everyday.
var depositWords = map[string]string{
	"DOCPAT01": "Synthèse médicale",
	"DOCPAT02": "Traitement ou soins (ordonnance, plan de soins)",
	"DOCPAT03": "Compte rendu (consultation, hôpital)",
	"DOCPAT04": "Imagerie (radio, scanner, IRM)",
	"DOCPAT05": "Résultats de laboratoire",
	"DOCPAT06": "Prévention (vaccins, dépistage)",
	"DOCPAT07": "Certificat médical",
	"DOCPAT09": "Document administratif",
}

// deposit files the document, or shows what is to be corrected.
func (c *call) deposit() error {
	d, problems := c.readDeposit()
	if len(problems) > 0 {
		return c.showDeposit(c.form, problems)
	}
	id, err := c.Records.Deposit(c.r.Context(), c.citizen(), c.rec, d)
	switch fhir.CodeOf(err) {
	case "":
		return c.done(root+"documents/"+fhirID(id), "Document ajouté à votre dossier.")
	case fhir.Invalid, fhir.BadCode, fhir.UnsupportedMedia:
		return c.showDeposit(c.form, []problem{{"fichier", firstOf(c.said(err), c.T("Ce fichier n’est pas lisible ou contient quelque chose de dangereux. Ouvrez-le pour vérifier, enregistrez-le de nouveau en PDF, puis choisissez-le encore."))}})
	case fhir.TooLarge:
		return c.showDeposit(c.form, []problem{{"fichier", c.T("Ce fichier est trop volumineux : 25 Mio au plus.")}})
	}
	return err
}

func (c *call) readDeposit() (record.Deposit, []problem) {
	title, problems := c.short("titre", 120, true)
	d := record.Deposit{Type: c.field("type"), Title: title, HiddenReps: c.form.Has("cacher") && c.self(), Once: c.field("une")}
	if depositWords[d.Type] == "" {
		problems = append(problems, problem{"type", c.T("Choisissez de quel document il s’agit.")})
	}
	when, wrong := c.date("date")
	problems = append(problems, wrong...)
	d.Date = when
	switch {
	case len(wrong) > 0:
	case when.IsZero():
		problems = append(problems, problem{"date", c.T("Dites de quand date ce document.")})
	case when.After(c.Now()):
		problems = append(problems, problem{"date", c.T("Cette date est dans le futur.")})
	case when.Before(time.Date(1900, 1, 1, 0, 0, 0, 0, c.Zone)):
		problems = append(problems, problem{"date", c.T("Cette date est trop ancienne.")})
	}
	switch {
	case c.file == nil || c.file.size == 0:
		problems = append(problems, problem{"fichier", c.T("Choisissez un fichier.")})
	case c.file.kind == "":
		problems = append(problems, problem{"fichier", c.T("Ce format n’est pas accepté. Choisissez un PDF, une image (JPEG, PNG, TIFF) ou un texte.")})
	default:
		d.ContentType, d.Data, d.Size = c.file.kind, c.file.file, c.file.size
		if len(problems) > 0 {
			problems = append(problems, problem{"fichier", c.T("Choisissez de nouveau le fichier : le navigateur ne peut pas le garder.")})
		}
	}
	if len(d.Once) > 64 || d.Once == "" {
		d.Once = secret()
	}
	return d, problems
}
