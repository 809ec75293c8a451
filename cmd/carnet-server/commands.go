package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// Main is the program as a value, so that a test starts it whole.
type Main struct {
	Stdin  io.Reader
	Stdout io.Writer // what the person or script asked for, and the ready line
	Stderr io.Writer // the log, and what went wrong
	Getenv func(string) string
	Now    func() time.Time // nil: time.Now
}

// usageError is a wrong use of the program.
type usageError string

func (e usageError) Error() string { return string(e) }

// command is one thing that the program does.
type command struct {
	name string // words, as typed
	args string
	help string
	run  func(m *Main, ctx context.Context, args []string) error
}

// commands in the order of -help. The longest name that fits is meant;
// without a name the server serves.
func commands() []command {
	return []command{
		{"init", "-data DIR", "make a data directory: keys, empty record store, empty accounts", (*Main).initialise},
		{"user add", "-data DIR -login NAME -id 8RPPS -name \"Dr A. B.\" -profession 10 [-specialty SM54] [-org ID] [-org-name NAME] [-sector SA07]", "add a professional's account; the password is read from the terminal or the first line of standard input", (*Main).userAdd},
		{"user add", "-data DIR -kind operator|dpo -login NAME -name \"A. B.\"", "add an account of those who serve patients and see no medical content; its second factor is printed once", (*Main).userAdd},
		{"user password", "-data DIR -login NAME", "give a new password, read as above", (*Main).userPassword},
		{"user disable", "-data DIR -login NAME", "keep a person out; a new password lets them in again", (*Main).userDisable},
		{"client add", "-data DIR -client ID -keys JWKS.json -name NAME -profession 21 [-org ID] [-org-name NAME]", "add a system (a laboratory's carnet-lab) by its public keys", (*Main).clientAdd},
		{"client list", "-data DIR [-json]", "list the systems, whether they sign in, and their keys", (*Main).clientList},
		{"client disable", "-data DIR -client ID", "keep a system out, at once: also the tokens that it has", (*Main).clientDisable},
		{"client enable", "-data DIR -client ID", "let it sign in again", (*Main).clientEnable},
		{"client remove", "-data DIR -client ID", "take a system away for good; what it filed stays, and its id is not given again", (*Main).clientRemove},
		{"client rotate", "-data DIR -client ID -keys JWKS.json [-overlap 168h]", "give a system new keys beside those that it has, which then end: -overlap 0 at once", (*Main).clientRotate},
		{"insured import", "-data DIR FILE.csv", "announce the records of insured persons: each gets a letter with a provisional code once the server runs, which must be stopped meanwhile. First line: " + insuredHeader, (*Main).insuredImport},
		{"import-dmp", "-data DIR -from DIR", "carry over what a person had in their former DMP; the INS is read from standard input, the server must be stopped", (*Main).importDMP},
		{"directory import", "-data DIR FILE.csv", "add professionals and structures to the directory that patients search; the server must be stopped. First line: " + record.ListedHeader + ", and if wanted " + record.ListedActivity, (*Main).directoryImport},
		{"verify", "-data DIR", "check the log of accesses from its first entry, and the store against it", (*Main).verify},
		{"verify-export", "FILE [-since OLDER] [-proof FILE] [-key PUBLIC-KEY]", "check a history that a patient exported: that nothing in it was changed, taken away or moved", (*Main).verifyExport},
		{"backup", "-data DIR -to DIR", "copy the store while the server runs, without keys; -to must not exist", (*Main).backup},
		{"keys save", "-data DIR -to FILE", "copy all keys into one file, which replaces the copy of before; keep it apart from the backups", (*Main).keysSave},
		{"keys restore", "-from FILE -data DIR", "put saved keys into a copy that backup made", (*Main).keysRestore},
		{"demo accounts", "[-json]", "list the fictional accounts of -demo and what each is good for seeing", (*Main).demoAccounts},
		{"demo token", "-addr ADDR ACCOUNT", "print an access token of a running demo server on this machine", (*Main).demoToken},
		{"version", "", "print the version", (*Main).version},
	}
}

// Run does what args ask for. It returns when that is done; serving, when ctx
// ends and everything accepted has been answered and stored.
func (m *Main) Run(ctx context.Context, args []string) error {
	if m.Now == nil {
		m.Now = time.Now
	}
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == c.name {
			return c.run(m, ctx, args[len(words):])
		}
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return usageError(fmt.Sprintf("there is no command %q", strings.Join(args, " ")))
	}
	return m.serve(ctx, args)
}

// flags makes a flag set of a command whose mistakes come back as usageError.
func (m *Main) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet("carnet-server "+name, flag.ContinueOnError)
	set.SetOutput(m.Stderr)
	return set
}

// parse parses args, all of them or, with rest, up to the first that is no flag.
func parse(set *flag.FlagSet, args []string, rest int) error {
	if err := set.Parse(args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // the package returns the value itself
			return err
		}
		return usageError(err.Error())
	}
	if set.NArg() != rest {
		return usageError(fmt.Sprintf("%s: %d argument(s) wanted after the flags, got %d", set.Name(), rest, set.NArg()))
	}
	return nil
}
