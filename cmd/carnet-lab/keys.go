package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"carnet/cache/vault"
	"carnet/client/session"
)

// unitFile is the systemd unit of watch.
//
//go:embed carnet-lab.service
var unitFile []byte

// unit prints the systemd unit.
func (m *Main) unit(_ context.Context, _ *options, _ []string) (int, error) {
	_, err := m.Stdout.Write(unitFile)
	return exitDone, err
}

// initialise makes the work folder with its keys and a model of the
// configuration. What is there already stays.
func (m *Main) initialise(_ context.Context, o *options, args []string) (int, error) {
	if len(args) > 0 || o.data == "" {
		return 0, usageError(o.lang.say("« init » attend seulement -data", "init wants only -data"))
	}
	l := o.lang
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return 0, configError(l.say("le dossier de travail ne peut pas être fait : ", "the work folder cannot be made: ") + o.data)
	}
	vaultKey := o.vaultKey
	if vaultKey == "" {
		vaultKey = filepath.Join(o.data, vaultKeyName)
	}
	if _, err := os.Stat(vaultKey); errors.Is(err, fs.ErrNotExist) {
		if err := vault.NewKeyFile(vaultKey); err != nil {
			return 0, err
		}
	}
	key, err := m.ensureKey(o)
	if err != nil {
		return 0, err
	}
	model := filepath.Join(o.data, configName)
	if err := writeNew(model, []byte(configModel(o)), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return 0, configError(l.say("le modèle de configuration ne peut pas être écrit : ", "the model of the configuration cannot be written: ") + model)
	}
	jwks := filepath.Join(o.data, "client-jwks.json")
	set, err := key.JWKS()
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(jwks, set, 0o644); err != nil {
		return 0, err
	}
	print, err := key.Fingerprint()
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(m.Stdout, l.say(`Le dossier de travail est prêt : %[1]s
1. Donnez %[2]s à l’administrateur du serveur (clé publique ; empreinte à comparer : %[3]s).
   Il fait : carnet-server client add -data DIR -client ID -keys client-jwks.json -name "LABORATOIRE" -profession 21 -org ID -org-name "LABORATOIRE"
2. Complétez %[4]s : server, client, org, org-name, rpps.
3. Essayez : carnet-lab send DOSSIER
Gardez une copie de %[5]s à part : sans elle, ce qui attend d’être envoyé ne s’ouvre plus.
`, `The work folder is ready: %[1]s
1. Give %[2]s to the server's administrator (public key; fingerprint to compare: %[3]s).
   They run: carnet-server client add -data DIR -client ID -keys client-jwks.json -name "LABORATORY" -profession 21 -org ID -org-name "LABORATORY"
2. Complete %[4]s: server, client, org, org-name, rpps.
3. Try: carnet-lab send FOLDER
Keep a copy of %[5]s apart: without it, what waits to be sent no longer opens.
`), o.data, jwks, print, model, vaultKey)
	return exitDone, nil
}

// ensureKey gives the signing key, made when there is none.
func (m *Main) ensureKey(o *options) (session.Key, error) {
	if _, err := os.Stat(o.keyPath()); err == nil {
		return session.ReadKey(o.keyPath(), false)
	}
	return newKey(o)
}

// newKey makes a signing key and writes it where nothing is.
func newKey(o *options) (session.Key, error) {
	key, err := session.NewKey()
	if err != nil {
		return key, err
	}
	text, err := key.PEM()
	if err != nil {
		return key, err
	}
	defer clear(text)
	if err := writeNew(o.keyPath(), text, 0o600); err != nil {
		return key, configError(o.lang.say("il y a déjà une clé, ou elle ne peut pas être écrite ; rien n’a été remplacé : ", "there is a key already, or it cannot be written; nothing was replaced: ") + o.keyPath())
	}
	return key, nil
}

// writeNew writes a file that is not there yet.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
	}
	return err
}

// keygen makes a signing key and prints its public half.
func (m *Main) keygen(_ context.Context, o *options, args []string) (int, error) {
	if len(args) > 0 {
		return 0, usageError(o.lang.say("« keygen » attend seulement -key FICHIER", "keygen wants only -key FILE"))
	}
	if err := os.MkdirAll(filepath.Dir(o.keyPath()), 0o700); err != nil {
		return 0, err
	}
	key, err := newKey(o)
	if err != nil {
		return 0, err
	}
	return m.printPublic(o, key)
}

// jwks prints the public half of the key that is there.
func (m *Main) jwks(_ context.Context, o *options, _ []string) (int, error) {
	key, err := m.signingKey(o)
	if err != nil {
		return 0, err
	}
	return m.printPublic(o, key)
}

func (m *Main) printPublic(o *options, key session.Key) (int, error) {
	set, err := key.JWKS()
	if err != nil {
		return 0, err
	}
	print, err := key.Fingerprint()
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(m.Stderr, o.lang.say("Empreinte à comparer avec l’administrateur du serveur : ", "Fingerprint to compare with the server's administrator: ")+print)
	_, err = m.Stdout.Write(set)
	return exitDone, err
}

// configModel is a configuration with everything in it and nothing set.
func configModel(o *options) string {
	text := o.lang.say("# Configuration de carnet-lab : nom = valeur. Aucun secret ici.\n", "# Configuration of carnet-lab: name = value. No secret here.\n")
	for _, s := range settings() {
		switch s.name {
		case "server", "client", "org", "org-name", "rpps", "responsible", "facility", "practice", "trust", "ca", "settle", "keep":
			text += "\n# " + o.lang.say(s.fr, s.en) + s.usual(o.lang, o) + "\n#" + s.name + " = \n"
		}
	}
	return text
}
