package session

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"

	"carnet/client"
	"carnet/client/fhir"
)

// Accounts lists the fictional accounts of a demo server, none elsewhere; see
// client.SignIn.
func (s *Session) Accounts(ctx context.Context) ([]client.DemoAccount, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.Base+"/demo/accounts", nil)
	if err != nil {
		return nil, problem(ctx, err)
	}
	status, body, err := s.do(ctx, req)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, nil
	}
	var rows []struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Role   string `json:"role"`
		GoodTo string `json:"goodTo"`
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, &fhir.Error{Code: fhir.Malformed, Message: "La liste des comptes de démonstration est illisible : recommencez plus tard.", Err: err}
	}
	var out []client.DemoAccount
	for _, r := range rows {
		out = append(out, client.DemoAccount(r))
	}
	return out, nil
}

// demoToken signs a fictional account in.
func (s *Session) demoToken(ctx context.Context, account string) (*oauth2.Token, error) {
	status, body, err := s.post(ctx, s.cfg.Base+"/demo/token", url.Values{"account": {account}})
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, fhir.E(fhir.NotFound, "Ce serveur n'a pas ce compte de démonstration : choisissez-en un autre.")
	}
	var tok oauth2.Token
	if err := json.Unmarshal(body, &tok); err != nil || tok.AccessToken == "" {
		return nil, &fhir.Error{Code: fhir.Malformed, Message: "La réponse du serveur est illisible : recommencez plus tard.", Err: err}
	}
	return &tok, nil
}
