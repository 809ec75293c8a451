package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A second start for the same server finds the first and shows it; for another
// server it is a profile of its own; after the end the profile is free, also when
// the end came without a farewell.
func TestOneInstanceAProfile(t *testing.T) {
	dir := t.TempDir()
	first, err := claim(dir, "https://carnet.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claim(dir, "https://carnet.example"); !errors.Is(err, errRunning) {
		t.Fatalf("a start before there is a window: %v", err)
	}
	shown := make(chan wish, 1)
	first.Hear(func(w wish) error { shown <- w; return nil })
	if _, err := claim(dir, "https://carnet.example"); !errors.Is(err, errRunning) {
		t.Fatalf("the second start: %v", err)
	}
	if w := <-shown; w.Do != wishShow {
		t.Fatalf("the window heard %q", w.Do)
	}
	other, err := claim(dir, "https://other.example")
	if err != nil {
		t.Fatalf("another server: %v", err)
	}
	if err := errors.Join(other.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(first.path, nil, 0o600); err != nil { // as a kill leaves it
		t.Fatal(err)
	}
	again, err := claim(dir, "https://carnet.example")
	if err != nil {
		t.Fatalf("after a run that was killed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// One that runs and does not answer is told as such: opening the same stores twice
// would be worse.
func TestASilentInstance(t *testing.T) {
	dir := t.TempDir()
	first, err := claim(dir, "https://carnet.example")
	if err != nil {
		t.Fatal(err)
	}
	defer first.lock.Unlock()
	first.line.Close()
	first.busy.Wait()
	if _, err := claim(dir, "https://carnet.example"); !errors.Is(err, errSilent) {
		t.Fatalf("a silent instance: %v", err)
	}
}

// What another program sends is read strictly, and answered in words.
func TestWishesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	i, err := claim(dir, "https://carnet.example")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	i.Hear(func(wish) error { t.Error("the window was disturbed"); return nil })
	for _, line := range []string{
		"", "show", `{"do":"format"}`, `{"do":"show","path":"/etc/passwd"}`, `{"do":"show"} {"do":"show"}`, `[]`, `{"do":1}`,
		strings.Repeat("x", maxWish+1),
	} {
		conn, err := net.Dial("unix", i.path)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = conn.Write([]byte(line + "\n")) }() // it may stop listening halfway
		buffer := make([]byte, 512)
		n, _ := conn.Read(buffer)
		if !strings.Contains(string(buffer[:n]), `"ok":false`) {
			t.Errorf("%.40q was answered %q", line, buffer[:n])
		}
		conn.Close()
	}
}

func FuzzReadWish(f *testing.F) {
	for _, s := range []string{`{"do":"show"}`, `{`, `null`, `{"do":"show","do":"x"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := readWish(strings.NewReader(s + "\n")); err != nil && w.Do == wishShow && !strings.Contains(s, "}") {
			t.Error("half a wish was taken")
		}
	})
}

// Where no socket can be had, one still works, once.
func TestAHomeTooDeepForASocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	first, err := claim(dir, "https://carnet.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claim(dir, "https://carnet.example"); !errors.Is(err, errSilent) {
		t.Fatalf("the second start: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
}
