package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/idp"
)

// demoAccounts lists the fictional accounts, for reading in groups or as JSON.
func (m *Main) demoAccounts(_ context.Context, args []string) error {
	set := m.flags("demo accounts")
	asJSON := set.Bool("json", false, "as JSON: [{id, name, role, goodTo, kind}]")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	people, err := demoPeople()
	if err != nil {
		return err
	}
	list := idp.List(people)
	if *asJSON {
		enc := json.NewEncoder(m.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(list)
	}
	for _, group := range []struct{ kind, title string }{
		{idp.KindProfessional, "Professionals, who sign in with the desktop application:"},
		{idp.KindPatient, "Patients, who sign in on the pages of their record (/mon/):"},
		{idp.KindStaff, "Those who serve patients, on pages of their own (/mon/):"},
	} {
		if err := m.printAccounts(group.title, group.kind, list); err != nil {
			return err
		}
	}
	return nil
}

// printAccounts prints the accounts of a kind.
func (m *Main) printAccounts(title, kind string, list []idp.ListedAccount) error {
	if _, err := fmt.Fprintf(m.Stdout, "%s\n\n", title); err != nil {
		return err
	}
	for _, a := range list {
		if a.Kind != kind {
			continue
		}
		if _, err := fmt.Fprintf(m.Stdout, "%-14s %s, %s\n               %s\n", a.ID, a.Name, a.Role, a.GoodTo); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(m.Stdout)
	return err
}

// demoToken asks a running demo server for an access token.
func (m *Main) demoToken(ctx context.Context, args []string) error {
	set := m.flags("demo token")
	addr := set.String("addr", "127.0.0.1:8443", "address of the running demo server")
	if err := parse(set, args, 1); err != nil {
		return err
	}
	base, err := loopbackBase(*addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/demo/token", strings.NewReader(url.Values{"account": {set.Arg(0)}}.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("no server answers there; start one with carnet-server -demo")
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &answer) != nil || answer.AccessToken == "" {
		return errors.New("no token: not a demo server, or no such account; carnet-server demo accounts lists them")
	}
	_, err = fmt.Fprintln(m.Stdout, answer.AccessToken)
	return err
}

// loopbackBase makes an address of host:port or of a base URL, of this machine
// only: a token of a demo has no business elsewhere.
func loopbackBase(addr string) (string, error) {
	hostport := strings.TrimSuffix(strings.TrimPrefix(addr, "http://"), "/")
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return "", usageError("-addr must be host:port")
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return "", usageError("-addr must be on this machine: 127.0.0.1:PORT")
	}
	return "http://" + hostport, nil
}
