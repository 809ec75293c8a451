package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/client/pdfcheck"
	"carnet/ui/settings"
	"carnet/ui/widget"
)

func TestMain(m *testing.M) {
	pdfcheck.RunWorkerIfAsked()
	code := m.Run()
	_ = os.RemoveAll(released.dir)
	os.Exit(code)
}

func nothing(string) string { return "" }

func TestOptions(t *testing.T) {
	for name, row := range map[string]struct {
		args []string
		env  map[string]string
		want string // of the server; empty: refused
	}{
		"nothing said":         {nil, nil, usualServer},
		"a flag":               {[]string{"-server", "https://carnet.example/"}, nil, "https://carnet.example"},
		"the environment":      {nil, map[string]string{"CARNET_SERVER": "https://env.example"}, "https://env.example"},
		"a flag over it":       {[]string{"-server", "https://a.example"}, map[string]string{"CARNET_SERVER": "https://b.example"}, "https://a.example"},
		"no address":           {[]string{"-server", "carnet"}, nil, ""},
		"another scheme":       {[]string{"-server", "ftp://carnet.example"}, nil, ""},
		"another language":     {[]string{"-lang", "de"}, nil, ""},
		"another theme":        {[]string{"-theme", "pink"}, nil, ""},
		"a flag of no program": {[]string{"-patient", "1"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parse(row.args, func(k string) string { return row.env[k] }, io.Discard)
			if (err == nil) != (row.want != "") || err == nil && o.server != row.want {
				t.Errorf("server %q, error %v", o.server, err)
			}
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var out strings.Builder
	if _, err := parse([]string{"-help"}, nothing, &out); err == nil {
		t.Error("-help goes on")
	}
	for _, name := range []string{"-server", "-issuer", "-ca", "-account", "-lang", "-theme", "-dump", "-marks", "-version", "CARNET_SERVER"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("the help does not speak of %s", name)
		}
	}
}

func TestFlagsGoOverSettings(t *testing.T) {
	v := settings.Default()
	o, err := parse([]string{"-lang", "en", "-theme", "dark"}, nothing, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.over(v); got.Language != "en" || got.Mode != widget.Dark || got.LockAfter != v.LockAfter {
		t.Errorf("got %+v", got)
	}
	if got := (options{}).over(v); got != v {
		t.Errorf("no flag changed the settings: %+v", got)
	}
}

func TestTrust(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "not.pem")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, good, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, bad, []byte("hello"))
	if c, err := trusted(good); err != nil || c.RootCAs == nil {
		t.Errorf("a certificate is not taken: %v", err)
	}
	if c, err := trusted(""); err != nil || c.RootCAs != nil {
		t.Errorf("without a file the system's are not trusted: %v", err)
	}
	for _, file := range []string{bad, filepath.Join(dir, "none")} {
		if _, err := trusted(file); err == nil || strings.Contains(err.Error(), dir) {
			t.Errorf("error %v", err)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
