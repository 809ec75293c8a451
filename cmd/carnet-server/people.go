package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// Kinds of account of user add.
const kindProfessional = "professional"

// userAdd adds an account of a professional, or of those who serve patients.
// The password never stands on the command line, which others can see.
func (m *Main) userAdd(ctx context.Context, args []string) error {
	set := m.flags("user add")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	login := set.String("login", "", "what the person types")
	kind := set.String("kind", kindProfessional, "professional, operator (support by telephone or at a counter) or dpo (data-protection officer)")
	claims := claimFlags(set)
	set.StringVar(&claims.NameID, "id", "", "national id: 8 and the RPPS number")
	set.StringVar(&claims.Specialty, "specialty", "", "R38 code, e.g. SM54")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	switch *kind {
	case kindProfessional:
	case record.StaffOperator, record.StaffDPO:
		return m.staffAdd(ctx, *data, idp.StaffUser{Login: *login, Name: claims.Name, Role: *kind})
	default:
		return usageError("-kind must be professional, operator or dpo")
	}
	if len(claims.NameID) != 12 || claims.NameID[0] != '8' || strings.Trim(claims.NameID, "0123456789") != "" {
		return usageError("-id must be 8 followed by the 11 digits of the RPPS number")
	}
	password, err := m.readPassword()
	if err != nil {
		return err
	}
	if err := idp.AddUser(ctx, *data, idp.User{Login: *login, Password: password, Claims: *claims}, m.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(m.Stdout, "The account was added; it can sign in at once.")
	return err
}

// staffAdd adds an account of those who serve patients, and shows its second
// factor once.
func (m *Main) staffAdd(ctx context.Context, data string, u idp.StaffUser) (err error) {
	if u.Password, err = m.readPassword(); err != nil {
		return err
	}
	f, err := idp.AddStaff(ctx, data, u, m.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(m.Stdout, "The account was added; it signs in on the patients' pages (/mon/).\n"+
		"Its second factor, shown once: give it to the person alone, for an authenticator application.\n"+
		"secret:   %s\naddress:  %s\nrecovery: %s\n", f.Secret, f.Address, strings.Join(f.Recovery, " "))
	return err
}

// userPassword gives a person a new password.
func (m *Main) userPassword(ctx context.Context, args []string) error {
	data, login, err := m.whichUser("user password", args)
	if err != nil {
		return err
	}
	password, err := m.readPassword()
	if err != nil {
		return err
	}
	if err := idp.SetPassword(ctx, data, idp.User{Login: login, Password: password}, m.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(m.Stdout, "The password was changed; sessions under way are ended.")
	return err
}

// userDisable keeps a person out.
func (m *Main) userDisable(ctx context.Context, args []string) error {
	data, login, err := m.whichUser("user disable", args)
	if err != nil {
		return err
	}
	if err := idp.DisableUser(ctx, data, login, m.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(m.Stdout, "The account was disabled; sessions under way are ended.")
	return err
}

func (m *Main) whichUser(command string, args []string) (data, login string, err error) {
	set := m.flags(command)
	set.StringVar(&data, "data", m.Getenv("CARNET_DATA"), "data directory")
	set.StringVar(&login, "login", "", "what the person types")
	if err := parse(set, args, 0); err != nil {
		return "", "", err
	}
	return data, login, m.existing(data)
}

// readPassword asks for a password twice at a terminal, and reads the first
// line of standard input elsewhere.
func (m *Main) readPassword() (string, error) {
	if f, ok := m.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return m.askPassword(f)
	}
	return m.readLine("the password")
}

// readLine reads the first line of standard input, which is what it names.
func (m *Main) readLine(what string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(m.Stdin, 4096)).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", usageError(what + " is expected on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (m *Main) askPassword(f *os.File) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		_, _ = fmt.Fprint(m.Stderr, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(m.Stderr)
		if err != nil {
			return "", fmt.Errorf("the password cannot be read: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", usageError("the two passwords differ; nothing was added")
	}
	return typed[0], nil
}
