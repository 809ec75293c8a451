package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/idp"
)

// clientAdd adds a system by its public keys.
func (m *Main) clientAdd(ctx context.Context, args []string) error {
	set := m.flags("client add")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	id := set.String("client", "", "client id")
	keys := set.String("keys", "", "file with its public keys, JSON Web Key Set")
	claims := claimFlags(set)
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	jwks, err := readKeys(*keys)
	if err != nil {
		return err
	}
	if err := idp.AddClient(ctx, *data, idp.System{ID: *id, JWKS: jwks, Claims: *claims}, m.Now()); err != nil {
		return err
	}
	return m.done("The client was added; it can sign in at once.")
}

func readKeys(file string) ([]byte, error) {
	jwks, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the keys cannot be read: %w", err)
	}
	return jwks, nil
}

func (m *Main) done(words string) error {
	_, err := fmt.Fprintln(m.Stdout, words)
	return err
}

// clientDisable keeps a system out.
func (m *Main) clientDisable(ctx context.Context, args []string) error {
	return m.decideClient(ctx, "client disable", args, idp.DisableClient, "The client was disabled; the tokens that it has are refused from now on.")
}

// clientEnable lets a system in again.
func (m *Main) clientEnable(ctx context.Context, args []string) error {
	return m.decideClient(ctx, "client enable", args, idp.EnableClient, "The client was enabled; it can sign in at once.")
}

// clientRemove takes a system away.
func (m *Main) clientRemove(ctx context.Context, args []string) error {
	return m.decideClient(ctx, "client remove", args, idp.RemoveClient, "The client was removed, and its tokens are refused from now on. What it filed stays; its id is not given again.")
}

func (m *Main) decideClient(ctx context.Context, name string, args []string, decide func(context.Context, string, string, time.Time) error, words string) error {
	set := m.flags(name)
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	id := set.String("client", "", "client id")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	if err := decide(ctx, *data, *id, m.Now()); err != nil {
		return err
	}
	return m.done(words)
}

// usualOverlap is for how long the keys of before open beside new ones.
const usualOverlap = 7 * 24 * time.Hour

// clientRotate gives a system new keys, and those of before an end.
func (m *Main) clientRotate(ctx context.Context, args []string) error {
	set := m.flags("client rotate")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	id := set.String("client", "", "client id")
	keys := set.String("keys", "", "file with its new public keys, JSON Web Key Set")
	overlap := set.Duration("overlap", usualOverlap, "for how long the keys of before still open; 0: not any more, when one is in wrong hands")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	jwks, err := readKeys(*keys)
	if err != nil {
		return err
	}
	now := m.Now()
	if err := idp.RotateClient(ctx, *data, idp.System{ID: *id, JWKS: jwks}, *overlap, now); err != nil {
		return err
	}
	if *overlap == 0 {
		return m.done("The new keys open from now on, and those of before nothing more; the tokens that the client has are refused.")
	}
	return m.done("The new keys open from now on, and those of before until " + shownTime(now.Add(*overlap)) + ".")
}

// shownClient is a system in the JSON answer of client list.
type shownClient struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Organisation string     `json:"org"`
	OrgName      string     `json:"orgName"`
	Created      time.Time  `json:"created"`
	Disabled     time.Time  `json:"disabled,omitzero"` // since when
	Keys         []shownKey `json:"keys"`
}

type shownKey struct {
	ID   string    `json:"kid"`
	Ends time.Time `json:"ends,omitzero"`
}

// clientList lists the systems and their keys.
func (m *Main) clientList(ctx context.Context, args []string) error {
	set := m.flags("client list")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory")
	asJSON := set.Bool("json", false, "for a program")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	all, err := idp.Systems(ctx, *data)
	if err != nil {
		return err
	}
	if *asJSON {
		return m.listClients(all)
	}
	now := m.Now()
	for _, c := range all {
		state := "signs in"
		if !c.Disabled.IsZero() {
			state = "disabled since " + shownTime(c.Disabled)
		}
		if err := m.done(strings.Join([]string{c.ID, state, cmp.Or(c.Claims.Organisation, "-"), c.Claims.Name}, "\t")); err != nil {
			return err
		}
		for _, k := range c.Keys {
			if err := m.done("\tkey " + k.ID + keyState(k, now)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Main) listClients(all []idp.SystemState) error {
	out := make([]shownClient, len(all))
	for i, c := range all {
		out[i] = shownClient{ID: c.ID, Name: c.Claims.Name, Organisation: c.Claims.Organisation, OrgName: c.Claims.OrgName, Created: c.Created.UTC()}
		if !c.Disabled.IsZero() {
			out[i].Disabled = c.Disabled.UTC()
		}
		for _, k := range c.Keys {
			key := shownKey{ID: k.ID}
			if !k.Ends.IsZero() {
				key.Ends = k.Ends.UTC()
			}
			out[i].Keys = append(out[i].Keys, key)
		}
	}
	enc := json.NewEncoder(m.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func keyState(k idp.SystemKey, now time.Time) string {
	switch {
	case k.Ends.IsZero():
		return ""
	case now.Before(k.Ends):
		return ", until " + shownTime(k.Ends)
	}
	return ", ended " + shownTime(k.Ends)
}

func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
