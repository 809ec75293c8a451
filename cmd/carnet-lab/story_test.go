package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// TestTheLaboratory is the evening of a laboratory against the real server, in
// acts on one demonstration, because making its people takes a while.
func TestTheLaboratory(t *testing.T) {
	w := newWorld(t)
	for _, act := range []struct {
		name string
		play func(*testing.T, *world)
	}{
		{"a folder is sent, and again", sentAndAgain},
		{"what does not go", whatDoesNotGo},
		{"a wrong responsible professional", wrongResponsible},
		{"a manifest", aManifest},
		{"a folder is watched", watched},
		{"manifests are watched", manifestsWatched},
		{"what is passed over", passedOver},
		{"the network is cut", networkCut},
		{"the server is killed", serverKilled},
		{"the disk is full", diskFull},
		{"the key is revoked", keyRevoked},
		{"a patient blocks the laboratory", blockedByThePatient},
		{"the clock is wrong", clockWrong},
		{"strangers and proxies", strangersAndProxies},
		{"the laboratory's program is killed", labKilled},
	} {
		t.Run(act.name, func(t *testing.T) {
			w.t = t
			act.play(t, w)
		})
	}
}

// once holds that each file is in its patient's record, once. It gives how many
// were lost and how many are there more than once.
func (w *world) once(all map[string]sent) (lost, twice int) {
	w.t.Helper()
	held := map[string]map[string]int{} // by patient and hash
	for name, s := range all {
		if held[s.to.ID] == nil {
			held[s.to.ID] = w.hashes(s.to)
		}
		n := held[s.to.ID][hashOf(s.data)]
		if n != 1 {
			w.t.Errorf("%s is %d times in the record", name, n)
		}
		lost, twice = lost+max(0, 1-n), twice+max(0, n-1)
	}
	return lost, twice
}

// sent is a file and whose it is.
type sent struct {
	to   client.Patient
	data []byte
}

// some puts results of several patients into the folder.
func (l *laboratory) some(first, n int) map[string]sent {
	l.t.Helper()
	people := [][2]string{{"MARTIN", "Marie"}, {"LE GALL", "Yann"}, {"MERCIER", "Maëlys"}, {"GIRARD", "Anne-Sophie"}, {"HENRY", "Benoît"}}
	all := map[string]sent{}
	for i := range n {
		who := people[i%len(people)]
		p := l.w.patient(who[0], who[1])
		s := sent{p, result(l.t, p, first+i)}
		name := fmt.Sprintf("résultat %s %d.pdf", who[0], first+i)
		all[name] = s
		l.put(name, s.data)
	}
	return all
}

func sentAndAgain(t *testing.T, w *world) {
	l := w.laboratory(t)
	all := l.some(100, 6)
	code, a := l.run("send", l.in)
	if code != exitDone || a.Counts[arrived] != 6 {
		t.Fatalf("exit %d: %+v", code, a)
	}
	w.once(all)
	told := 0
	for name, s := range all {
		_, d := w.copies(s.to, s.data)
		if d.Author.ID != "8"+biologist || d.Author.OrgID != labOrg || d.Type.Code != "11502-2" {
			t.Errorf("%s: author %+v, type %+v", name, d.Author, d.Type)
		}
		if s.to.Relation == fhir.BasisMT { // whose whole history the doctor sees
			told++
			l.toldInTheHistory(s.to, d.ID)
		}
	}
	if told == 0 {
		t.Error("no history was looked at")
	}
	code, a = l.run("send", l.in)
	if code != exitDone || a.Counts[already] != 6 {
		t.Errorf("the second time: exit %d: %v", code, a.Counts)
	}
	other := w.laboratory(t) // the same laboratory on another machine, that remembers nothing
	for name, s := range all {
		other.put(name, s.data)
	}
	if code, a = other.run("send", other.in); code != exitDone || a.Counts[already]+a.Counts[arrived] != 6 {
		t.Errorf("on another machine: exit %d: %v", code, a.Counts)
	}
	w.once(all)
	if code, a = l.run("report"); code != exitDone || a.Counts[arrived] != 6 || a.Counts[already] != 6 {
		t.Errorf("report: exit %d: %v", code, a.Counts)
	}
	l.sealed(all)
}

// toldInTheHistory holds that the patient's history names laboratory and
// responsible professional.
func (l *laboratory) toldInTheHistory(p client.Patient, document string) {
	l.t.Helper()
	page, err := l.w.doctor().Accesses(l.t.Context(), client.TraceQuery{PatientID: p.ID, Limit: 50})
	ok(l.t, "history", err)
	for _, e := range page.Traces {
		if e.DocumentID == document && e.ResponsibleName == biologistName && strings.Contains(e.AgentName, labName) {
			return
		}
	}
	l.t.Errorf("no line of %s and %s about the document", labName, biologistName)
}

// sealed holds that the work folder shows no name, number or file name.
func (l *laboratory) sealed(all map[string]sent) {
	l.t.Helper()
	words := []string{"%PDF", "MARTIN", "résultat", "11502-2"}
	for _, s := range all {
		words = append(words, s.to.INS.Value, s.to.ID+"\"")
	}
	seen := 0
	ok(l.t, "walk", filepath.WalkDir(l.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.Contains(path, pdfiumDir) {
			return err
		}
		data, err := os.ReadFile(path)
		seen += len(data)
		for _, word := range words {
			if bytes.Contains(data, []byte(word)) || strings.Contains(filepath.Base(path), word) {
				l.t.Errorf("%q is clear in %s", word, d.Name())
			}
		}
		return err
	}))
	if seen < 5000 {
		l.t.Errorf("only %d bytes were looked at", seen)
	}
}

// A record that is closed, one that was never wanted, a file that is no PDF, one
// that nobody knows, and the same one twice: each has its own word.
func whatDoesNotGo(t *testing.T, w *world) {
	l := w.laboratory(t)
	closed := w.patient("RENAUD", "Jacques")
	opposed := client.Patient{BirthName: "COLIN", Given: []string{"Bérénice"}, BirthDate: "1980-04-04", Gender: "female"}
	opposed.INS.Value = withKey("2800454395121")
	nobody := client.Patient{BirthName: "PERSONNE", Given: []string{"Alix"}, BirthDate: "1981-05-06", Gender: "female"}
	marie := w.patient("MARTIN", "Marie")
	good := result(t, marie, 200)
	l.put("fermé.pdf", result(t, closed, 201))
	l.put("opposée.pdf", result(t, opposed, 202))
	l.put("texte.pdf", []byte("bonjour"))
	l.put("inconnue.pdf", result(t, nobody, 203))
	l.put("une fois.pdf", good)
	l.put("deux fois.pdf", good)
	code, a := l.run("send", l.in)
	got := a.outcomes()
	for name, want := range map[string]outcome{"fermé.pdf": noRecord, "opposée.pdf": noRecord, "texte.pdf": refused, "inconnue.pdf": person} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	if code != exitRefused || a.Counts[arrived] != 1 || a.Counts[already] != 1 {
		t.Errorf("exit %d: %v", code, a.Counts)
	}
	for _, f := range a.Files {
		if f.Outcome != arrived && f.Outcome != already && (len(f.Codes) == 0 || len(f.Words) != len(f.Codes) || !strings.HasSuffix(f.Words[0], ".")) {
			t.Errorf("%s has no words: %+v", f.Outcome, f)
		}
	}
	w.once(map[string]sent{"the same twice": {marie, good}})
}

// withKey adds the key of a number (97 minus its rest).
func withKey(number string) string {
	n, _ := strconv.ParseInt(number, 10, 64)
	return fmt.Sprintf("%s%02d", number, 97-n%97)
}

// The server knows who belongs to the laboratory: another professional is
// refused in words, and once that is put right the same file goes.
func wrongResponsible(t *testing.T, w *world) {
	l := w.laboratory(t)
	all := l.some(300, 1)
	l.rpps = "10009999999"
	code, a := l.run("send", l.in)
	if code != exitRefused || a.Counts[refused] != 1 || !strings.Contains(strings.Join(a.Files[0].Words, " "), "-rpps") {
		t.Errorf("exit %d: %+v", code, a)
	}
	l.rpps = biologist
	if code, a = l.run("send", l.in); code != exitDone || a.Counts[arrived] != 1 {
		t.Errorf("exit %d: %+v", code, a)
	}
	w.once(all)
}

// A manifest says whose each file is, where the documents themselves do not.
func aManifest(t *testing.T, w *world) {
	l := w.laboratory(t)
	p := w.patient("GIRARD", "Anne-Sophie")
	data := result(t, p, 400)
	l.put("a.pdf", data)
	l.put("manifest.csv", []byte("\ufefffichier;ins;type;date_acte\r\na.pdf;"+p.INS.Value+";11502-2;"+time.Now().AddDate(0, 0, -1).Format("02/01/2006")+"\r\nabsent.pdf;"+p.INS.Value+";;\r\n"))
	code, a := l.run("send", filepath.Join(l.in, "manifest.csv"))
	if code != exitPerson || a.outcomes()["a.pdf"] != arrived || a.outcomes()["absent.pdf"] != person {
		t.Errorf("exit %d: %+v", code, a)
	}
	w.once(map[string]sent{"a.pdf": {p, data}})
	// An INS that nobody has, with its key and with a wrong one, here and in the
	// real domain.
	wrong := p.INS.Value[:13] + map[bool]string{true: "01", false: "02"}[p.INS.Value[13:] != "01"]
	l.put("e.pdf", result(t, p, 402))
	l.put("f.pdf", result(t, p, 403))
	l.put("clé.csv", []byte("fichier;ins\ne.pdf;"+wrong+"\nf.pdf;"+withKey("2999999999999")+"\n"))
	for _, domain := range []string{"-ins-test=true", "-ins-test=false"} {
		_, a = l.run("send", filepath.Join(l.in, "clé.csv"), domain)
		for _, f := range a.Files {
			want := map[string]string{"e.pdf": "bad-ins", "f.pdf": "unknown-patient"}[f.File]
			if f.Outcome != person || !slices.Contains(f.Codes, want) || slices.Contains(f.Codes, "bad-ins") != (want == "bad-ins") {
				t.Errorf("%s: %s: %v", domain, f.File, f.Codes)
			}
		}
	}
	// The same bytes twice, once with a type that is none: nobody waits for anybody.
	twice := result(t, p, 401)
	l.put("c.pdf", twice)
	l.put("d.pdf", twice)
	l.put("lot.csv", []byte("fichier;ins;type\nc.pdf;"+p.INS.Value+";XX-1\nd.pdf;"+p.INS.Value+";11502-2\n"))
	if code, a = l.run("send", filepath.Join(l.in, "lot.csv")); code != exitPerson || a.outcomes()["c.pdf"] != person {
		t.Errorf("exit %d: %+v", code, a)
	}
}

// The cable is cut in the middle: what did not leave is kept, and the next run
// sends it, once.
func networkCut(t *testing.T, w *world) {
	c := newCable(t, w.addr)
	l := w.laboratory(t)
	l.server, l.issuer = c.address(), "http://"+w.addr+"/oidc"
	all := l.some(600, 5)
	c.cutAfter(int64(5_000 + rand.IntN(40_000)))
	cmd := l.command("send", l.in, "-json", "-wait", "3s")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitKept {
		t.Errorf("without a network: exit %d %s", code, errs.String())
	}
	l.quiet(errs.String())
	c.set(false)
	if code, a := l.run("send", l.in); code != exitDone || a.Counts[arrived]+a.Counts[already] != 5 {
		t.Errorf("exit %d: %+v", code, a)
	}
	w.once(all)
}

// The server is killed in the middle and comes back: one run sends all.
func serverKilled(t *testing.T, w *world) {
	c := newCable(t, w.addr)
	l := w.laboratory(t)
	l.server, l.issuer = c.address(), "http://"+w.addr+"/oidc"
	all := l.some(700, 5)
	cmd := l.command("send", l.in, "-json", "-wait", "60s")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	c.cutAfter(int64(10_000 + rand.IntN(60_000))) // in the middle of what it is sent
	ok(t, "start", cmd.Start())
	select {
	case <-c.broken:
	case <-time.After(time.Minute):
		t.Error("so many bytes never came")
	}
	w.kill()
	w.start()
	c.set(false)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit %d %s", code, errs.String())
	}
	w.once(all)
}

// The disk of the laboratory is full: it is told, nothing is lost, and with room
// everything goes.
func diskFull(t *testing.T, w *world) {
	l := w.laboratory(t)
	all := l.some(800, 3)
	if code, _ := l.run("send", "/dev/null"); code == exitConfig { // the work folder is made while there is room
		t.Fatal("not started")
	}
	l.env = []string{"CARNET_LAB_DISK=9000"}
	cmd := l.command("send", l.in, "-json", "-wait", "2s")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitKept {
		t.Errorf("on a full disk: exit %d\n%s%s", code, out.String(), errs.String())
	}
	l.quiet(errs.String())
	l.env = nil
	if code, a := l.run("send", l.in); code != exitDone || a.Counts[arrived]+a.Counts[already] != 3 {
		t.Errorf("with room: exit %d: %+v", code, a)
	}
	w.once(all)
}
