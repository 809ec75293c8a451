package main

import (
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"carnet/assets"
	"carnet/ui/settings"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// options are the flags.
type options struct {
	server, issuer, ca   string
	tables               string
	account, lang, theme string
	dump, marks          string
	version              bool
}

// usualServer is a demonstration server on this machine.
const usualServer = "http://127.0.0.1:8443"

// parse reads the flags; getenv gives their defaults.
func parse(args []string, getenv func(string) string, out io.Writer) (options, error) {
	var o options
	server := getenv("CARNET_SERVER")
	if server == "" {
		server = usualServer
	}
	f := flag.NewFlagSet("carnet", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&o.server, "server", server, "address of the server, `URL` (environment: CARNET_SERVER)")
	f.StringVar(&o.issuer, "issuer", getenv("CARNET_ISSUER"), "OpenID Connect provider, `URL`; empty: the server's own (environment: CARNET_ISSUER)")
	f.StringVar(&o.ca, "ca", getenv("CARNET_CA"), "`FILE` with certificates to trust besides the system's, PEM (environment: CARNET_CA)")
	f.StringVar(&o.tables, "tables", getenv("CARNET_TABLES"), "`FOLDER` of an administrator with newer tables: interactions_YYYY-MM.csv and classes_YYYY-MM.csv, calendar_YYYY.csv (environment: CARNET_TABLES)")
	f.StringVar(&o.account, "account", "", "demonstration account to sign in with at once, `ID`")
	f.StringVar(&o.lang, "lang", "", "language of the screens, fr or en; empty: as chosen in the settings")
	f.StringVar(&o.theme, "theme", "", "light, dark or system; empty: as chosen in the settings")
	f.StringVar(&o.dump, "dump", "", "`FILE` that gets the text on the screen at SIGUSR1; demonstration servers only")
	f.StringVar(&o.marks, "marks", "", "`FILE` that gets moments of the program's life, one JSON object a line")
	f.BoolVar(&o.version, "version", false, "say the version and end")
	f.Usage = func() {
		fmt.Fprintf(out, "Carnet, the professional's side of the health record.\n\n  carnet [flags]\n\n")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if err := o.check(); err != nil {
		fmt.Fprintln(out, "carnet:", err)
		return o, err
	}
	return o, nil
}

// check finds what cannot be meant.
func (o *options) check() error {
	o.server = strings.TrimSuffix(o.server, "/")
	u, err := url.Parse(o.server)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("-server wants an address such as https://carnet.example")
	}
	if o.lang != "" && o.lang != "fr" && o.lang != "en" {
		return errors.New("-lang wants fr or en")
	}
	switch widget.Mode(o.theme) {
	case "", widget.Light, widget.Dark, widget.FollowSystem:
		return nil
	}
	return errors.New("-theme wants light, dark or system")
}

// over puts the flags over what was chosen in the settings.
func (o options) over(v settings.Values) settings.Values {
	if o.lang != "" {
		v.Language = o.lang
	}
	if o.theme != "" {
		v.Mode = widget.Mode(o.theme)
	}
	return v
}

// speak makes the toolkit speak a language. It has no way to choose one, it
// takes the system's: so the chosen words are registered under the system's
// name, and under that of its fallback.
func speak(language string) error {
	words, ok := assets.Translations(language)
	if !ok {
		return errors.New("there are no translations for this language")
	}
	for _, locale := range []fyne.Locale{lang.SystemLocale(), "en"} {
		if err := lang.AddTranslationsForLocale(words, locale); err != nil {
			return fmt.Errorf("translations: %w", err)
		}
	}
	return nil
}

// poolWith gives the system's certificates and those of a file.
func poolWith(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("the file of -ca cannot be read")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file of -ca holds no certificate in PEM")
	}
	return pool, nil
}
