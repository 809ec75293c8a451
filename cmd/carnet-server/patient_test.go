package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/demo"
)

// TestInside: the server reaches itself without the network, and nothing else.
func TestInside(t *testing.T) {
	own := inside{base: "https://carnet.example", handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
			return
		}
		w.Header().Set("X-Path", r.URL.Path)
		_, _ = w.Write(append([]byte(r.Method+" "+r.Host+" "+r.RemoteAddr+" "), body...))
	})}.client()
	res, err := own.Post("https://carnet.example/oidc/token?x=1", "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("X-Path") != "/oidc/token" || string(body) != "POST carnet.example inside body" {
		t.Errorf("%d %v %s %v", res.StatusCode, res.Header, body, err)
	}
	if res, err := own.Get("https://carnet.example/away"); err != nil || res.StatusCode != http.StatusFound {
		t.Errorf("a redirect: %v %v", res, err)
	}
	for _, address := range []string{"http://carnet.example/", "https://carnet.example:444/", "https://elsewhere.example/"} {
		if res, err := own.Get(address); err == nil {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
	}
}

// TestStaffAccounts: who serves patients gets a second factor, shown once.
func TestStaffAccounts(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "correct horse battery\n", "user", "add", "-data", data, "-kind", "operator", "-login", "slaurent", "-name", "Sabine LAURENT")
	if err != nil || !strings.Contains(out, "otpauth://totp/Carnet:slaurent?") || strings.Count(out, "-") < 30 || strings.Contains(out, "battery") {
		t.Errorf("%s %v", out, err)
	}
	for name, args := range map[string][]string{
		"twice":            {"-kind", "dpo", "-login", "SLAURENT", "-name", "X"},
		"without a name":   {"-kind", "dpo", "-login", "eroche"},
		"an unknown kind":  {"-kind", "root", "-login", "eroche", "-name", "X"},
		"a patient":        {"-kind", "patient", "-login", "eroche", "-name", "X"},
		"without an RPPS":  {"-login", "eroche", "-name", "X", "-profession", "10"},
		"the kind of none": {"-kind", "", "-login", "eroche", "-name", "X"},
	} {
		if out, err := run(t, "correct horse battery\n", append([]string{"user", "add", "-data", data}, args...)...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "idp.db")); err != nil {
		t.Error(err)
	}
}

// TestAPatientOfADemo: the demo signs patients in to the patients' side, and to
// nothing of the professionals'.
func TestAPatientOfADemo(t *testing.T) {
	citizens, err := demo.Citizens()
	if err != nil {
		t.Fatal(err)
	}
	text, err := run(t, "", "demo", "accounts")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range citizens {
		if !strings.Contains(text, "\n"+c.ID+" ") || !strings.Contains(text, c.Name) {
			t.Errorf("the list lacks %s", c.ID)
		}
	}
	if strings.Index(text, "Professionals") > strings.Index(text, "\nhelene") || strings.Index(text, "Patients") > strings.Index(text, "\nhelene") {
		t.Error("patients do not stand in their own group")
	}
}
