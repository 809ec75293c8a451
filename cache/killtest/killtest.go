// Package killtest kills a program at random points, again and again in the same
// folder, to see what of its work is on the disk. It serves tests alone.
//
// The program is the test program itself, which Main turns into a child when
// it is started by Life:
//
//	func TestMain(m *testing.M) { killtest.Main(m, child) }
//
//	// child works in a folder until it is killed, and says what it does.
//	func child(dir string, say io.Writer) error { … }
//
//	func TestCampaignOfKills(t *testing.T) {
//		dir := t.TempDir()
//		for range killtest.Kills(t, 20) {
//			killtest.Life(t, dir, rand.IntN(120), 20*time.Millisecond, func(line string) { … })
//			… what the child said that it kept must be in dir …
//		}
//	}
//
// Vault gives what a child and its judge seal with.
package killtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"carnet/cache/vault"
)

// childEnv makes the test program the child, working in the folder that it
// names.
const childEnv = "CARNET_KILLTEST_CHILD"

// Main runs the tests, or the child when Life started the program. A child that
// returns without an error has done all its work.
func Main(m *testing.M, child func(dir string, say io.Writer) error) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Kills is how many kills a campaign makes: CARNET_KILLS, or the sample of the
// suite.
func Kills(t testing.TB, sample int) int {
	t.Helper()
	text := os.Getenv("CARNET_KILLS")
	if text == "" {
		return sample
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("CARNET_KILLS: %v", err)
	}
	return n
}

// Life starts a child and kills it after so many lines and a moment, drawn up to
// within. Each line that the child says goes to said; the last may be cut by the
// kill. It tells whether the child ended by itself, its work done. A child that
// complains fails the test.
func Life(t testing.TB, dir string, lines int, within time.Duration, said func(line string)) (ended bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start of a child: %v", err)
	}
	in := bufio.NewScanner(out)
	for n := 0; in.Scan(); n++ {
		if n == lines {
			time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() })
		}
		said(in.Text())
	}
	err = cmd.Wait()
	if complaint.Len() > 0 {
		t.Fatalf("the child complained: %v %s", err, complaint.String())
	}
	return err == nil
}

// Vault opens the vault in a folder, with the key that lies there; both are made
// on the first call.
func Vault(dir string) (*vault.Vault, error) {
	ctx, key := context.Background(), filepath.Join(dir, "key")
	v, err := vault.Open(vault.Config{Dir: filepath.Join(dir, "vault")}, vault.Owner{Issuer: "test", ID: "1"})
	if err != nil {
		return nil, err
	}
	if v.State() != vault.Absent {
		return v, v.Unlock(ctx, vault.FromKeyFile(key))
	}
	if err := vault.NewKeyFile(key); err != nil {
		return nil, err
	}
	return v, v.Create(ctx, vault.FromKeyFile(key))
}
