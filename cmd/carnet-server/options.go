package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// options is how the server serves: from flags, from the environment where no
// flag is given (CARNET_ADDR for -addr, CARNET_TLS_CERT for -tls-cert …).
type options struct {
	demo      bool
	addr      string
	data      string
	publicURL string
	issuer    string
	audience  string
	tlsCert   string
	tlsKey    string
	readyFile string
	logLevel  string
	strictPDF bool
	cacheDir  string
	drain     time.Duration
	profile   string
	memory    byteSize
	outbox    string
	former    string
	smtp      smtpOptions
	intake    intakeOptions
	proxies   proxies
}

// parseOptions reads flags and environment and refuses what does not go
// together.
func (m *Main) parseOptions(args []string) (options, error) {
	var o options
	set := m.flags("")
	set.BoolVar(&o.demo, "demo", false, "fictional people and accounts without password; loopback only, plain HTTP allowed")
	set.StringVar(&o.addr, "addr", "127.0.0.1:8443", "address to listen on; port 0 takes a free one")
	set.StringVar(&o.data, "data", "", "data directory, readable by its owner alone; with -demo it may be left out: a temporary one, removed at the end")
	set.StringVar(&o.publicURL, "url", "", "address by which clients reach this server, e.g. https://carnet.example:8443; left out: that of -addr")
	set.StringVar(&o.issuer, "issuer", "", "OpenID Connect issuer whose access tokens are accepted of professionals and systems, e.g. Pro Santé Connect; left out: the bundled provider under /oidc, which signs patients in anyway")
	set.StringVar(&o.audience, "audience", "carnet-record", "what the access tokens of -issuer must be for (aud)")
	set.StringVar(&o.tlsCert, "tls-cert", "", "certificate chain, PEM; read again when it changes and on SIGHUP")
	set.StringVar(&o.tlsKey, "tls-key", "", "private key, PEM")
	set.StringVar(&o.readyFile, "ready-file", "", "write the server's address there once it answers")
	set.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	set.BoolVar(&o.strictPDF, "strict-pdf", false, "refuse a PDF that does not claim PDF/A-1 instead of accepting it")
	set.StringVar(&o.cacheDir, "cache", "", "directory for PDFium's compiled form (no patient data); left out: the user's cache directory")
	set.DurationVar(&o.drain, "drain", 30*time.Second, "how long a stop waits for requests under way")
	set.StringVar(&o.outbox, "outbox", "", "directory into which letters and e-mails to patients are written, one file each, for a print shop or a mail system; left out: outbox in the data directory")
	set.StringVar(&o.former, "former-dmp", "", "directory with what persons had in their former DMP, one folder each, carried over once they activate their record (see import-dmp)")
	o.smtp.flags(set)
	o.intake.flags(set)
	set.Var(&o.proxies, "trusted-proxy", "addresses or ranges of reverse proxies, separated by commas, whose X-Forwarded-For tells who asks, for the throttles of sign-in and activation; left out: none")
	o.memory = defaultMemory
	set.Var(&o.memory, "memory", "how much memory the server aims to stay below, as 512MiB or 2GiB; a quarter of it keeps lists of documents ready")
	set.StringVar(&o.profile, "cpu-profile", "", "write a profile of the processor's time there, until the stop (for go tool pprof)")
	set.Usage = func() { usage(m.Stderr, set) }
	if err := fromEnvironment(set, m.Getenv); err != nil {
		return o, err
	}
	if err := parse(set, args, 0); err != nil {
		return o, err
	}
	return o, o.check()
}

// fromEnvironment sets each flag from its variable; a flag given overrides it.
func fromEnvironment(set *flag.FlagSet, getenv func(string) string) error {
	var err error
	set.VisitAll(func(f *flag.Flag) {
		if v := getenv(variable(f.Name)); v != "" && err == nil {
			if e := set.Set(f.Name, v); e != nil {
				err = usageError(fmt.Sprintf("%s: %v", variable(f.Name), e))
			}
		}
	})
	return err
}

// variable names the environment variable of a flag.
func variable(flagName string) string {
	return "CARNET_" + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// check refuses what would be unsafe or cannot work.
func (o options) check() error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return usageError("-addr must be host:port")
	}
	if _, err := logrus.ParseLevel(o.logLevel); err != nil {
		return usageError("-log-level must be debug, info, warn or error")
	}
	if o.memory < leastMemory {
		return usageError("-memory must be at least 128MiB")
	}
	if !o.intake.sound() {
		return usageError("-intake, -sender-intake, -sender-rate, -checks, -check-queue and -check-wait must be above zero")
	}
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	switch {
	case o.demo && !local:
		return usageError("-demo gives anybody every account: it listens on loopback only (127.0.0.1)")
	case o.demo && o.issuer != "":
		return usageError("-demo signs in its own fictional people: it takes no -issuer")
	case o.demo && len(o.proxies) > 0:
		return usageError("-demo listens on loopback only and takes no -trusted-proxy")
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return usageError("-tls-cert and -tls-key go together")
	case !o.demo && o.tlsCert == "":
		return usageError("health data needs TLS: give -tls-cert and -tls-key (plain HTTP is for -demo on loopback)")
	case !o.demo && o.data == "":
		return usageError("-data is missing: the directory that init made")
	case !o.smtp.whole():
		return usageError("-smtp and -smtp-from go together, and -smtp-user with -smtp-password-file")
	case o.publicURL == "" && (host == "" || net.ParseIP(host).IsUnspecified()):
		return usageError("-url is missing: with this -addr the server cannot know the name by which clients reach it")
	}
	if u, err := url.Parse(o.publicURL); o.publicURL != "" && (err != nil || u.Host == "" || u.Scheme != o.scheme() || strings.Trim(u.Path, "/") != "" || u.RawQuery != "") {
		return usageError("-url must be " + o.scheme() + "://host[:port]")
	}
	return nil
}

func (o options) scheme() string {
	if o.tlsCert != "" {
		return "https"
	}
	return "http"
}

// base is the server's address for its clients, once it listens.
func (o options) base(listening net.Addr) string {
	if o.publicURL != "" {
		return strings.TrimSuffix(o.publicURL, "/")
	}
	return o.scheme() + "://" + listening.String()
}

// usage writes the help.
func usage(w io.Writer, set *flag.FlagSet) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
	p("carnet-server holds health records and decides every access by the patient's consent.\n\n")
	p("Serve:\n  carnet-server [-demo] -addr 127.0.0.1:8443 -data DIR [-issuer URL] [-tls-cert F -tls-key F]\n\nOther commands:\n")
	for _, c := range commands() {
		p("  carnet-server %s %s\n        %s\n", c.name, c.args, c.help)
	}
	p("\nFlags of serving, each with its environment variable:\n")
	set.VisitAll(func(f *flag.Flag) {
		p("  -%s (%s)\n        %s", f.Name, variable(f.Name), f.Usage)
		if f.DefValue != "" && f.DefValue != "false" {
			p(" (default %s)", f.DefValue)
		}
		p("\n")
	})
	p("\nOn SIGTERM or Ctrl+C the server stops accepting, answers what is under way, and closes its store; a second one ends it at once.\n")
}

// A data directory says what it is for, so that a demo, which gives anybody
// every account, is never opened on real records.
const (
	kindFile      = "kind"
	kindInstalled = "installed"
	kindDemo      = "demo"
	kindBegun     = "demo, not yet complete"
)

// claimDirectory makes sure that a directory is what the server is started as.
func claimDirectory(dir string, demo bool) error {
	if err := ownDirectory(dir); err != nil {
		return err
	}
	path := filepath.Join(dir, kindFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	kind := strings.TrimSpace(string(data))
	switch {
	case demo && kind == kindInstalled:
		return usageError("this data directory was made by init for real records: -demo is not started on it; give it another -data")
	case !demo && kind != kindInstalled:
		return usageError("this is not a data directory of an installed server: run carnet-server init -data DIR first")
	case demo && kind == kindBegun:
		// Ended while its people were being made: half a demo is none.
		if err := errors.Join(os.RemoveAll(dir), ownDirectory(dir)); err != nil {
			return err
		}
		return writeKind(dir, kindBegun)
	case demo && kind == "":
		return writeKind(dir, kindBegun)
	}
	return nil
}

// writeKind says what a data directory is for.
func writeKind(dir, kind string) error {
	if err := os.WriteFile(filepath.Join(dir, kindFile), []byte(kind+"\n"), 0o600); err != nil {
		return fmt.Errorf("the data directory cannot be written: %w", err)
	}
	return nil
}

// ownDirectory makes dir for its owner alone, or refuses one that others may
// read.
func ownDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data directory cannot be made: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	if !info.IsDir() {
		return usageError("-data must be a directory")
	}
	if readableByOthers(info) {
		return usageError("the data directory can be read by other users of this machine; run chmod 700 on it")
	}
	return nil
}
