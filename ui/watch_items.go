package ui

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
)

var _ client.Profiles = (*Line)(nil)

// profiles gives the health profiles of the server behind the line.
func (l *Line) profiles() (client.Profiles, error) {
	if p, ok := l.Records.(client.Profiles); ok {
		return p, nil
	}
	return nil, fhir.E(fhir.NotAllowed, "Ce serveur ne donne pas le profil de santé.")
}

// Items implements client.Profiles.
func (l *Line) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	p, err := l.profiles()
	if err != nil {
		return client.ItemPage{}, err
	}
	return ask(ctx, l, func(ctx context.Context) (client.ItemPage, error) { return p.Items(ctx, a, q) })
}

// CareTeam implements client.Profiles.
func (l *Line) CareTeam(ctx context.Context, a client.Access) ([]client.CareMember, error) {
	p, err := l.profiles()
	if err != nil {
		return nil, err
	}
	return ask(ctx, l, func(ctx context.Context) ([]client.CareMember, error) { return p.CareTeam(ctx, a) })
}

// KeepItem implements client.Profiles.
func (l *Line) KeepItem(ctx context.Context, a client.Access, key string, item client.Item) (client.Item, error) {
	p, err := l.profiles()
	if err != nil {
		return client.Item{}, err
	}
	return do(ctx, l, false, func() (client.Item, error) { return p.KeepItem(ctx, a, key, item) })
}

// DropItem implements client.Profiles.
func (l *Line) DropItem(ctx context.Context, a client.Access, item client.Item) error {
	p, err := l.profiles()
	if err != nil {
		return err
	}
	_, err = do(ctx, l, false, func() (struct{}, error) { return struct{}{}, p.DropItem(ctx, a, item) })
	return err
}
