package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/batch"
	"carnet/client/fhir"
)

// run runs the program whole and gives code and output.
func run(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	m := &Main{Stdout: &o, Stderr: &e, Getenv: func(name string) string { return env[name] }, Now: time.Now}
	code = m.Run(context.Background(), args)
	return code, o.String(), e.String()
}

// Flags are stronger than the environment, which is stronger than the file.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "lab.conf")
	text := "\ufeff# un commentaire\n\nserver = https://fichier.example\nclient=labo\nworkers = 3\ntrust = true\nsettle = 1m\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CARNET_LAB_CLIENT": "environnement", "CARNET_LAB_ORG_NAME": "Labo", "LANG": "en_GB.UTF-8"}
	m := &Main{Getenv: func(name string) string { return env[name] }}
	o := m.defaults()
	rest, err := m.parse(o, "send", []string{"-config", file, "dossier", "-rpps", "10001234567", "autre"})
	if err != nil || !slices.Equal(rest, []string{"dossier", "autre"}) {
		t.Fatalf("%v %v", rest, err)
	}
	if o.server != "https://fichier.example" || o.clientID != "environnement" || o.orgName != "Labo" || o.workers != 3 || !o.trust || o.settle != time.Minute || o.lang != "en" {
		t.Errorf("%+v", o)
	}
	if o.party().ID != "810001234567" || o.facility != "SA25" {
		t.Errorf("%+v", o.party())
	}
	for name, text := range map[string]string{"unknown": "serveur = x\n", "no value": "server\n", "no number": "workers = trois\n", "itself": "config = x\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := run(t, nil, "status", "-config", file); code != exitConfig || !strings.Contains(errs, "line 1") {
			t.Errorf("%s: %d %s", name, code, errs)
		}
	}
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	full := []string{"-data", dir, "-server", "https://x.example", "-client", "labo", "-org", "1750000018"}
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"nothing":            {nil, exitUsage},
		"no command":         {[]string{"envoyer"}, exitUsage},
		"an unknown flag":    {[]string{"send", "-vite"}, exitUsage},
		"no folder":          {[]string{"send"}, exitUsage},
		"two folders":        {[]string{"watch", dir, dir}, exitUsage},
		"a folder not there": {[]string{"send", filepath.Join(dir, "absent")}, exitConfig},
		"nothing set":        {[]string{"send", dir, "-data", dir}, exitConfig},
		"no rpps":            {append([]string{"send", dir}, full...), exitConfig},
		"a wrong rpps":       {append([]string{"send", dir, "-rpps", "123"}, full...), exitConfig},
		"a wrong facility":   {append([]string{"send", dir, "-rpps", "10001234567", "-facility", "X"}, full...), exitConfig},
		"no key":             {append([]string{"send", dir, "-rpps", "10001234567"}, full...), exitConfig},
		"status before init": {[]string{"status", "-data", dir}, exitConfig},
		"a wrong day":        {[]string{"report", "-data", dir, "-from", "hier"}, exitUsage},
		"help":               {[]string{"-help"}, exitDone},
		"help of a command":  {[]string{"send", "-help"}, exitDone},
		"version":            {[]string{"-version"}, exitDone},
	} {
		code, out, errs := run(t, nil, c.args...)
		if code != c.code || (code != exitDone && code != exitUsage && !strings.HasPrefix(errs, "carnet-lab: ")) || (code == exitDone && out == "") {
			t.Errorf("%s: %d\n%s%s", name, code, out, errs)
		}
	}
}

// Software that asked for JSON gets it whatever happens, with the exit code and
// the words that people get.
func TestAFailureIsJSONToo(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args   []string
		exit   int
		reason string
	}{
		"no key":             {[]string{"send", dir, "-json", "-data", dir, "-server", "https://x.example", "-client", "labo", "-org", "1750000018", "-rpps", "10001234567"}, exitConfig, string(fhir.NotFound)},
		"a folder not there": {[]string{"send", filepath.Join(dir, "absent"), "-json"}, exitConfig, "configuration"},
		"status before init": {[]string{"status", "-json", "-data", dir}, exitConfig, "configuration"},
		"a wrong day":        {[]string{"report", "-json", "-data", dir, "-from", "hier"}, exitUsage, "usage"},
		"an unknown flag":    {[]string{"send", "-json", "-vite"}, exitUsage, "usage"},
	} {
		code, out, errs := run(t, nil, c.args...)
		var a answer
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Errorf("%s: %v in %q", name, err, out)
			continue
		}
		if code != c.exit || a.Exit != c.exit || a.Schema != schema || a.Command != c.args[0] || len(a.Problems) != 1 || a.Problems[0].Code != c.reason || !strings.Contains(errs, a.Problems[0].Words) {
			t.Errorf("%s: %d %+v\n%s", name, code, a, errs)
		}
	}
	if code, out, _ := run(t, nil, "send", "-json", "-help"); code != exitDone || strings.HasPrefix(out, "{") {
		t.Errorf("help is help: %d %s", code, out)
	}
}

// Something waits as long as a file has no outcome and needs nobody, also one that
// a full disk kept out of the outbox.
func TestWhatWaits(t *testing.T) {
	since := time.Date(2026, time.November, 22, 18, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		s     standing
		waits bool
	}{
		"nothing":            {standing{}, false},
		"kept":               {standing{Files: map[outcome]int{kept: 1}}, true},
		"no sign-in":         {standing{Files: map[outcome]int{barred: 1}}, true},
		"not in the outbox":  {standing{Files: map[outcome]int{working: 118}}, true},
		"a person's":         {standing{Files: map[outcome]int{person: 2, aside: 1}}, false},
		"in the outbox":      {standing{Outbox: map[client.OutboxState]int{client.OutboxQueued: 1}, Oldest: since}, true},
		"done in the outbox": {standing{Outbox: map[client.OutboxState]int{client.OutboxDone: 9}}, false},
	} {
		if c.s.waits() != c.waits {
			t.Errorf("%s: %v", name, !c.waits)
		}
	}
}

// init makes keys once, for their owner alone, and replaces nothing.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "labo")
	code, out, errs := run(t, nil, "init", "-data", dir)
	if code != exitDone || !strings.Contains(out, "client add") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	first := map[string]string{}
	for _, name := range []string{vaultKeyName, clientKeyName, configName} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		info, serr := os.Stat(path)
		if err != nil || serr != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s: %v %v %v", name, err, serr, info)
		}
		first[name] = string(data)
	}
	if code, _, _ := run(t, map[string]string{"LANG": "en"}, "init", "-data", dir); code != exitDone {
		t.Error("a second init")
	}
	for name, data := range first {
		if again, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(again) != data {
			t.Errorf("%s was replaced", name)
		}
	}
	if code, _, _ := run(t, nil, "keygen", "-data", dir); code != exitConfig {
		t.Error("keygen replaced a key")
	}
	set, err := os.ReadFile(filepath.Join(dir, "client-jwks.json"))
	if err != nil || strings.Contains(string(set), `"d"`) {
		t.Errorf("%v %s", err, set)
	}
	if code, out, _ := run(t, nil, "jwks", "-data", dir); code != exitDone || out != string(set) {
		t.Errorf("%d %s", code, out)
	}
	if err := os.Chmod(filepath.Join(dir, clientKeyName), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, nil, "jwks", "-data", dir); code != exitConfig || !strings.Contains(errs, "chmod 600") {
		t.Errorf("a key open to others: %d %s", code, errs)
	}
}

// Every code of the server and every problem has words, in both languages, that
// name nobody and end.
func TestEveryReasonHasWords(t *testing.T) {
	for code, words := range reasons {
		for _, w := range words {
			if !strings.HasSuffix(w, ".") || strings.Contains(w, "'") {
				t.Errorf("%s: %q", code, w)
			}
		}
	}
	for p, words := range problems {
		if p.Message("fr") == "" {
			t.Errorf("%s is no problem of the engine", p)
		}
		for _, w := range words {
			// Nobody sits before a screen here.
			if !strings.HasSuffix(w, ".") || strings.Contains(w, "'") || strings.Contains(w, "hoisissez") || strings.Contains(w, "onfirmez") || strings.Contains(w, "row") {
				t.Errorf("%s: %q", p, w)
			}
		}
	}
	for _, l := range []lang{"fr", "en"} {
		for _, o := range outcomes() {
			if o.word(l) == "" {
				t.Errorf("%s has no word in %s", o, l)
			}
		}
	}
	if got := lang("en").failure(&fhir.Error{Code: fhir.Offline, Message: "Le serveur…", RequestID: "r1"}); !strings.Contains(got, "network") || !strings.Contains(got, "r1") {
		t.Error(got)
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		state    batch.State
		problems []batch.Problem
		want     outcome
	}{
		{batch.Sent, nil, arrived},
		{batch.Already, nil, already},
		{batch.NoRecord, nil, noRecord},
		{batch.Refused, nil, refused},
		{batch.Waiting, nil, kept},
		{batch.Queued, nil, working},
		{batch.Fix, []batch.Problem{batch.Offline, batch.NoType}, kept},
		{batch.Fix, []batch.Problem{batch.Changed}, working},
		{batch.Fix, []batch.Problem{batch.Twice}, working},
		{batch.Fix, []batch.Problem{batch.Twice, batch.NoDate}, person},
		{batch.Fix, []batch.Problem{batch.Mismatch}, person},
	} {
		if got := outcomeOf(batch.Row{State: c.state, Problems: c.problems}); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.state, c.problems, got, c.want)
		}
	}
	for _, c := range []struct {
		counts map[outcome]int
		want   int
	}{
		{nil, 0},
		{map[outcome]int{arrived: 3, already: 1, noRecord: 2}, 0},
		{map[outcome]int{arrived: 3, person: 1}, 1},
		{map[outcome]int{person: 1, refused: 1}, 2},
		{map[outcome]int{kept: 1, refused: 1}, 3},
	} {
		if got := exitOf(c.counts); got != c.want {
			t.Errorf("%v: %d", c.counts, got)
		}
	}
}

// The report is one that a spreadsheet opens, and runs nothing.
func TestTheReportIsASpreadsheet(t *testing.T) {
	var out bytes.Buffer
	files := []fileRecord{
		{ID: "1", File: "=cmd|' /C calc'!A0.pdf", Outcome: arrived, Size: 3, Time: time.Date(2026, 11, 22, 18, 0, 0, 0, time.Local)},
		{ID: "2", File: "a;\"b\"\nc.pdf", Outcome: refused, Codes: []string{"script"}, Words: []string{"Le fichier porte un script."}},
	}
	if err := writeCSV(&out, "fr", files); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\r\n"), "\r\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "\ufeffdate;heure;dossier;fichier") || !strings.Contains(lines[1], ";'=cmd|") || !strings.Contains(lines[2], "\"a;\"\"b\"\"\uFFFDc.pdf\"") {
		t.Errorf("%q", lines)
	}
}

// systemd reads the unit, and finds it closed.
func TestTheUnit(t *testing.T) {
	code, out, _ := run(t, nil, "unit")
	if code != exitDone {
		t.Fatal(code)
	}
	for _, line := range []string{
		"ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes", "LimitCORE=0", "MemoryMax=1G",
		"LoadCredential=vault-key:", "LoadCredential=client-key:", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("no %s", line)
		}
	}
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("no systemd-analyze here: the unit was read as text alone")
		return
	}
	path := filepath.Join(t.TempDir(), "carnet-lab.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(out, "/usr/local/bin/carnet-lab", "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(tool, "verify", "--man=no", path).CombinedOutput()
	for line := range strings.Lines(string(said)) {
		if strings.Contains(line, "carnet-lab.service:") {
			t.Errorf("systemd-analyze: %s (%v)", line, err)
		}
	}
}
