package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/internal/buildinfo"
)

// The exit codes. When several hold, the highest is given.
const (
	exitDone    = 0  // every file arrived, was there before, or has no record to go to
	exitPerson  = 1  // some files need a person
	exitRefused = 2  // some files were refused
	exitKept    = 3  // some could not be sent now; they are kept, and the next run sends them
	exitUsage   = 64 // the command line is wrong
	exitConfig  = 77 // the configuration, a key or a permission is wrong; nothing was done
)

// usageError is a wrong use of the program.
type usageError string

func (e usageError) Error() string { return string(e) }

// configError is a configuration that cannot work.
type configError string

func (e configError) Error() string { return string(e) }

// command is one thing that the program does.
type command struct {
	name, args string
	fr, en     string
	run        func(m *Main, ctx context.Context, o *options, args []string) (int, error)
}

// commands in the order of -help.
func commands() []command {
	return []command{
		{"init", "", "prépare le dossier de travail : clé du coffre, clé de signature, modèle de configuration", "prepare the work folder: vault key, signing key, model of the configuration", (*Main).initialise},
		{"send", "DOSSIER|FICHIER|MANIFESTE.csv …", "envoie ce qui s’y trouve et dit ce que chaque fichier est devenu", "send what is there and say what became of each file", (*Main).send},
		{"watch", "DOSSIER", "envoie ce qui y arrive et range les fichiers : envoyes/, sans-dossier/, a-corriger/, refuses/", "send what arrives there and sort the files: envoyes/, sans-dossier/, a-corriger/, refuses/", (*Main).watch},
		{"status", "", "dit où en est l’envoi", "say how things stand", (*Main).status},
		{"report", "", "rend compte de chaque fichier d’une période (CSV, ou JSON avec -json)", "account for each file of a period (CSV, or JSON with -json)", (*Main).report},
		{"keygen", "", "fait une clé de signature et affiche sa moitié publique (JWKS)", "make a signing key and print its public half (JWKS)", (*Main).keygen},
		{"jwks", "", "affiche la moitié publique de la clé de signature", "print the public half of the signing key", (*Main).jwks},
		{"unit", "", "affiche l’unité systemd de « watch »", "print the systemd unit of watch", (*Main).unit},
		{"version", "", "affiche la version", "print the version", (*Main).version},
	}
}

// Run does what args ask for and gives the exit code.
func (m *Main) Run(ctx context.Context, args []string) int {
	o := m.defaults()
	if len(args) == 0 || args[0] == "-help" || args[0] == "--help" || args[0] == "-h" || args[0] == "help" {
		m.help(m.Stdout, o)
		if len(args) == 0 {
			return exitUsage
		}
		return exitDone
	}
	if args[0] == "-version" || args[0] == "--version" {
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		rest, err := m.parse(o, c.name, args[1:])
		code := exitDone
		if err == nil {
			code, err = c.run(m, ctx, o, rest)
		}
		return m.end(o, c.name, code, err)
	}
	return m.end(o, "", 0, usageError(fmt.Sprintf(o.lang.say("il n’y a pas de commande « %s »", "there is no command %q"), args[0])))
}

// end says an error and gives the exit code.
func (m *Main) end(o *options, command string, code int, err error) int {
	if err == nil {
		return code
	}
	if errors.Is(err, flag.ErrHelp) {
		m.help(m.Stdout, o)
		return exitDone
	}
	code, p := failed(o.lang, err)
	fmt.Fprintln(m.Stderr, "carnet-lab:", p.Words)
	if code == exitUsage {
		fmt.Fprintln(m.Stderr, o.lang.say("Voir : carnet-lab -help", "See: carnet-lab -help"))
	}
	switch command {
	case "send", "status", "report": // whose answer is one object, also when it is a failure
		if o.json {
			_ = m.tell(o, answer{Command: command, Exit: code, Problems: []problem{p}})
		}
	}
	return code
}

// failed gives the exit code of an error, and its words.
func failed(l lang, err error) (int, problem) {
	var use usageError
	var config configError
	switch {
	case errors.As(err, &use):
		return exitUsage, problem{Code: "usage", Words: err.Error()}
	case errors.As(err, &config):
		return exitConfig, problem{Code: "configuration", Words: err.Error()}
	}
	p := problem{Code: string(fhir.CodeOf(err)), Words: l.failure(err)}
	switch fhir.CodeOf(err) {
	case fhir.Offline, fhir.Unavailable, fhir.Throttled, fhir.Canceled:
		return exitKept, p
	}
	return exitConfig, p
}

// help prints every command, setting and exit code.
func (m *Main) help(w io.Writer, o *options) {
	l := o.lang
	fmt.Fprintln(w, l.say("carnet-lab dépose les résultats d’un laboratoire dans les dossiers des patients.", "carnet-lab files a laboratory's results into the patients' records."))
	fmt.Fprintln(w)
	for _, c := range commands() {
		fmt.Fprintf(w, "  carnet-lab %-44s %s\n", strings.TrimSpace(c.name+" "+c.args), l.say(c.fr, c.en))
	}
	fmt.Fprintln(w, "\n"+l.say("Réglages : sur la ligne de commande (-nom valeur), dans l’environnement (CARNET_LAB_NOM), dans le fichier de configuration (nom = valeur).",
		"Settings: on the command line (-name value), in the environment (CARNET_LAB_NAME), in the configuration file (name = value)."))
	for _, s := range settings() {
		fmt.Fprintf(w, "  -%-18s %s%s\n", s.name, l.say(s.fr, s.en), s.usual(l, o))
	}
	fmt.Fprintln(w, "\n"+l.say(`Codes de sortie (le plus grand l’emporte) :
  0   tout est arrivé, y était déjà, ou n’a pas de dossier où aller
  1   des fichiers attendent une personne
  2   des fichiers ont été refusés
  3   des fichiers n’ont pas pu partir : ils sont gardés, le prochain passage les envoie
  64  la ligne de commande est fausse
  77  la configuration, une clé ou un droit est à corriger ; rien n’a été fait`, `Exit codes (the highest wins):
  0   everything arrived, was there before, or has no record to go to
  1   some files need a person
  2   some files were refused
  3   some files could not leave: they are kept, the next run sends them
  64  the command line is wrong
  77  the configuration, a key or a permission is to be put right; nothing was done`))
}

func (m *Main) version(_ context.Context, _ *options, _ []string) (int, error) {
	_, err := fmt.Fprintln(m.Stdout, buildinfo.Version())
	return exitDone, err
}
