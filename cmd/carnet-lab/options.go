package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// options are the settings, and what the commands' own flags say.
type options struct {
	server, issuer, ca     string
	clientID               string
	key, vaultKey          string
	data                   string
	rpps, responsible      string
	org, orgName           string
	facility, practice     string
	trust, test            bool
	workers                int
	language               string
	json, quiet, manifests bool
	wait, settle, every    time.Duration
	keep                   int // days
	from, to               string
	config                 string

	lang  lang
	level logrus.Level // of the log

	patient bool // a sign-in that is refused is tried again: at boot, the clock may be wrong
}

// setting is one of them.
type setting struct {
	name   string
	fr, en string
	bind   func(*flag.FlagSet, *options, string)
}

func text(at func(*options) *string) func(*flag.FlagSet, *options, string) {
	return func(set *flag.FlagSet, o *options, name string) { set.StringVar(at(o), name, *at(o), "") }
}

func yes(at func(*options) *bool) func(*flag.FlagSet, *options, string) {
	return func(set *flag.FlagSet, o *options, name string) { set.BoolVar(at(o), name, *at(o), "") }
}

func whole(at func(*options) *int) func(*flag.FlagSet, *options, string) {
	return func(set *flag.FlagSet, o *options, name string) { set.IntVar(at(o), name, *at(o), "") }
}

func span(at func(*options) *time.Duration) func(*flag.FlagSet, *options, string) {
	return func(set *flag.FlagSet, o *options, name string) { set.DurationVar(at(o), name, *at(o), "") }
}

// settings in the order of -help.
func settings() []setting {
	return []setting{
		{"server", "adresse du serveur, https://…", "address of the server, https://…", text(func(o *options) *string { return &o.server })},
		{"client", "identifiant client donné par l’administrateur du serveur", "client id, given by the server's administrator", text(func(o *options) *string { return &o.clientID })},
		{"org", "identifiant national de la structure (1 + FINESS, 3 + SIRET)", "national id of the structure (1 + FINESS, 3 + SIRET)", text(func(o *options) *string { return &o.org })},
		{"org-name", "nom de la structure", "name of the structure", text(func(o *options) *string { return &o.orgName })},
		{"rpps", "RPPS du professionnel responsable du lot (11 chiffres)", "RPPS of the professional who answers for the lot (11 digits)", text(func(o *options) *string { return &o.rpps })},
		{"responsible", "nom de ce professionnel, tel qu’il paraît sur les documents", "that professional's name, as it stands on the documents", text(func(o *options) *string { return &o.responsible })},
		{"facility", "sorte d’établissement (JDV_J02)", "kind of place (JDV_J02)", text(func(o *options) *string { return &o.facility })},
		{"practice", "cadre d’exercice (JDV_J04)", "practice setting (JDV_J04)", text(func(o *options) *string { return &o.practice })},
		{"data", "dossier de travail, à ce programme seul", "work folder, this program's own", text(func(o *options) *string { return &o.data })},
		{"key", "clé de signature, PEM ou JWK, 0600 ; à défaut la créance systemd client-key, puis DATA/client-key.pem", "signing key, PEM or JWK, 0600; left out: systemd's credential client-key, then DATA/client-key.pem", text(func(o *options) *string { return &o.key })},
		{"vault-key", "clé du coffre, 0600 ; à défaut la créance systemd vault-key, puis DATA/vault.key", "vault key, 0600; left out: systemd's credential vault-key, then DATA/vault.key", text(func(o *options) *string { return &o.vaultKey })},
		{"issuer", "fournisseur OpenID Connect ; à défaut celui du serveur", "OpenID Connect provider; left out: the server's own", text(func(o *options) *string { return &o.issuer })},
		{"ca", "certificats à reconnaître en plus de ceux du système, PEM", "certificates to trust besides the system's, PEM", text(func(o *options) *string { return &o.ca })},
		{"trust", "croire le manifeste quand le document ne dit rien de son patient (images d’un laboratoire qui identifie par code à barres)", "believe the manifest when the document says nothing of its patient (pictures of a laboratory that identifies by bar code)", yes(func(o *options) *bool { return &o.trust })},
		{"ins-test", "les INS sont d’essai (démonstration)", "INS are of the test domain (demonstration)", yes(func(o *options) *bool { return &o.test })},
		{"workers", "fichiers lus en même temps", "files read at the same time", whole(func(o *options) *int { return &o.workers })},
		{"wait", "« send » : attente d’un réseau absent avant de rendre la main", "send: how long to wait for a network that is away", span(func(o *options) *time.Duration { return &o.wait })},
		{"settle", "« watch » : durée sans changement après laquelle un fichier est complet", "watch: how long a file must not change to be complete", span(func(o *options) *time.Duration { return &o.settle })},
		{"every", "« watch » : intervalle entre deux regards", "watch: time between two looks", span(func(o *options) *time.Duration { return &o.every })},
		{"manifests", "« watch » : ne prendre que les fichiers qu’un manifeste nomme", "watch: take only files that a manifest names", yes(func(o *options) *bool { return &o.manifests })},
		{"keep", "jours pendant lesquels le compte rendu de chaque fichier est gardé", "days for which the account of each file is kept", whole(func(o *options) *int { return &o.keep })},
		{"from", "« report » : premier jour, AAAA-MM-JJ", "report: first day, YYYY-MM-DD", text(func(o *options) *string { return &o.from })},
		{"to", "« report » : dernier jour, AAAA-MM-JJ", "report: last day, YYYY-MM-DD", text(func(o *options) *string { return &o.to })},
		{"json", "réponses en JSON, pour un logiciel", "answers in JSON, for a program", yes(func(o *options) *bool { return &o.json })},
		{"quiet", "pas d’avancement", "no progress", yes(func(o *options) *bool { return &o.quiet })},
		{"lang", "langue, fr ou en ; à défaut celle de LANG, sinon le français", "language, fr or en; left out: LANG's, else French", text(func(o *options) *string { return &o.language })},
		{"config", "fichier de configuration ; à défaut /etc/carnet-lab/carnet-lab.conf, puis DATA/carnet-lab.conf", "configuration file; left out: /etc/carnet-lab/carnet-lab.conf, then DATA/carnet-lab.conf", text(func(o *options) *string { return &o.config })},
	}
}

// usual tells a setting's value when nothing is said, for -help.
func (s setting) usual(l lang, o *options) string {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	s.bind(set, o, s.name)
	if v := set.Lookup(s.name).DefValue; v != "" && v != "false" {
		return l.say(" (sinon ", " (else ") + v + ")"
	}
	return ""
}

// defaults are the settings when nothing is said.
func (m *Main) defaults() *options {
	o := &options{
		facility: "SA25", practice: "AMBULATOIRE", workers: 2, keep: 60,
		wait: 2 * time.Minute, settle: 10 * time.Second, every: 3 * time.Second,
	}
	o.data, o.level = m.stateDir(), logrus.WarnLevel
	o.lang = speak("", m.Getenv)
	return o
}

// stateDir is systemd's StateDirectory, or a folder of the user's.
func (m *Main) stateDir() string {
	if dir, _, _ := strings.Cut(m.Getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir
	}
	if dir := m.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "carnet-lab")
	}
	if home := m.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "carnet-lab")
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "carnet-lab")
	}
	return ""
}

// parse reads flags, environment and configuration file, in this order of
// strength, and gives the arguments, which may stand before or after flags.
func (m *Main) parse(o *options, name string, args []string) (rest []string, err error) {
	set := flag.NewFlagSet("carnet-lab "+name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, s := range settings() {
		s.bind(set, o, s.name)
	}
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError(err.Error())
		}
		if set.NArg() == 0 {
			break
		}
		rest, args = append(rest, set.Arg(0)), set.Args()[1:]
	}
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, s := range settings() {
		value := m.Getenv("CARNET_LAB_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_")))
		if value == "" || given[s.name] {
			continue
		}
		if err := set.Set(s.name, value); err != nil {
			return nil, configError(fmt.Sprintf("CARNET_LAB_%s: %v", strings.ToUpper(s.name), err))
		}
		given[s.name] = true
	}
	if err = o.readConfig(set, given); err == nil && o.data != "" {
		o.data, err = filepath.Abs(o.data)
	}
	o.lang = speak(o.language, m.Getenv)
	return rest, err
}

// systemConfig is where packages put the configuration.
const systemConfig = "/etc/carnet-lab/carnet-lab.conf"

// configName is its name in the work folder.
const configName = "carnet-lab.conf"

// readConfig reads the configuration file, where there is one.
func (o *options) readConfig(set *flag.FlagSet, given map[string]bool) error {
	paths := []string{o.config}
	if o.config == "" {
		paths = []string{systemConfig, filepath.Join(o.data, configName)}
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) && o.config == "" {
			continue
		}
		if err != nil {
			return configError(o.lang.say("le fichier de configuration ne se lit pas : ", "the configuration file cannot be read: ") + path)
		}
		err = applyConfig(f, set, given)
		_ = f.Close() // only read
		if err != nil {
			return configError(path + ": " + err.Error())
		}
		return nil
	}
	return nil
}

// applyConfig sets what a configuration file says and nothing stronger has:
// lines "name = value", empty ones, and those that begin with #.
func applyConfig(r io.Reader, set *flag.FlagSet, given map[string]bool) error {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || set.Lookup(name) == nil || name == "config" {
			return fmt.Errorf("line %d: no setting %q", n, name)
		}
		if given[name] {
			continue
		}
		if err := set.Set(name, value); err != nil {
			return fmt.Errorf("line %d: %s: %w", n, name, err)
		}
	}
	return lines.Err()
}

// complete refuses settings with which nothing can be sent.
func (o *options) complete() error {
	l := o.lang
	for _, c := range []struct {
		wrong bool
		why   string
	}{
		{o.server == "", l.say("il manque -server, l’adresse du serveur", "-server is missing: the address of the server")},
		{o.server != "" && !closed(o.server) || o.issuer != "" && !closed(o.issuer), l.say("-server et -issuer doivent commencer par https:// (http:// sur cette machine seulement)", "-server and -issuer must begin with https:// (http:// on this machine only)")},
		{o.clientID == "", l.say("il manque -client, donné par l’administrateur du serveur", "-client is missing: the server's administrator gives it")},
		{o.org == "", l.say("il manque -org, l’identifiant national de la structure", "-org is missing: the national id of the structure")},
		{o.rpps == "", l.say("il manque -rpps, le professionnel responsable du lot", "-rpps is missing: the professional who answers for the lot")},
		{o.rpps != "" && o.national() == "", l.say("-rpps doit avoir 11 chiffres", "-rpps must have 11 digits")},
		{terminology.FacilityLabel(o.facility) == "", l.say("-facility n’est pas un code du jeu JDV_J02", "-facility is no code of JDV_J02")},
		{terminology.PracticeLabel(o.practice) == "", l.say("-practice n’est pas un code du jeu JDV_J04", "-practice is no code of JDV_J04")},
		{o.data == "", l.say("il manque -data, le dossier de travail", "-data is missing: the work folder")},
		{o.workers < 1 || o.workers > 64, l.say("-workers doit être entre 1 et 64", "-workers must be between 1 and 64")},
		{o.settle <= 0 || o.every <= 0 || o.wait < 0, l.say("-settle et -every doivent être positifs", "-settle and -every must be positive")},
	} {
		if c.wrong {
			return configError(c.why)
		}
	}
	return nil
}

// closed tells an address at which nobody on the way reads along.
func closed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// national is the responsible professional's national id: 8 and the RPPS.
func (o *options) national() string {
	n := strings.ReplaceAll(o.rpps, " ", "")
	if len(n) == 11 {
		n = "8" + n
	}
	if len(n) != 12 || n[0] != '8' || strings.Trim(n, "0123456789") != "" {
		return ""
	}
	return n
}

// party is who answers for the lot.
func (o *options) party() fhir.Party {
	return fhir.Party{ID: o.national(), Name: o.responsible, OrgID: o.org, OrgName: o.orgName}
}
