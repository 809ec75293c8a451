package session

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"carnet/client"
	"carnet/client/fhir"
)

// answerLimit bounds what is read of an answer, in bytes.
const answerLimit = 1 << 20

// person asks the provider who signed in. subject is the ID token's sub, which
// the answer has to repeat; "" where there is no ID token.
func (s *Session) person(ctx context.Context, p *oidc.Provider, tok *oauth2.Token, subject string) (client.Person, error) {
	info, err := p.UserInfo(s.with(ctx), oauth2.StaticTokenSource(tok))
	if err != nil {
		return client.Person{}, problem(ctx, err)
	}
	if subject != "" && info.Subject != subject {
		return client.Person{}, fhir.E(fhir.Invalid, "Le service de connexion a répondu pour quelqu'un d'autre : reconnectez-vous.")
	}
	var c userClaims
	if err := info.Claims(&c); err != nil {
		return client.Person{}, &fhir.Error{Code: fhir.Invalid, Message: "La réponse du service de connexion est illisible : recommencez plus tard.", Err: err}
	}
	return c.person(), nil
}

// userClaims are the claims of Pro Santé Connect that the screen shows. Some
// come as text, some as a list of texts, codes with their system after a caret.
type userClaims struct {
	NameID       claim `json:"SubjectNameID"`
	Name         claim `json:"SubjectName"`
	GivenName    claim `json:"given_name"`
	FamilyName   claim `json:"family_name"`
	Role         claim `json:"SubjectRole"`
	Specialty    claim `json:"SubjectSpecialty"`
	Organisation claim `json:"SubjectOrganizationID"`
	OrgName      claim `json:"SubjectOrganization"`
	Sector       claim `json:"Secteur_Activite"`
}

type claim string

// UnmarshalJSON takes a text or the first of a list; anything else is absent.
func (c *claim) UnmarshalJSON(data []byte) error {
	var one string
	var many []string
	switch {
	case json.Unmarshal(data, &one) == nil:
		*c = claim(one)
	case json.Unmarshal(data, &many) == nil && len(many) > 0:
		*c = claim(many[0])
	}
	return nil
}

func (c claim) text() string { return strings.TrimSpace(string(c)) }

func (c claim) code() string {
	before, _, _ := strings.Cut(string(c), "^")
	return strings.TrimSpace(before)
}

func (c userClaims) person() client.Person {
	name := c.Name.text()
	if name == "" {
		name = strings.TrimSpace(c.GivenName.text() + " " + c.FamilyName.text())
	}
	return client.Person{
		ID: c.NameID.text(), Name: name, Profession: c.Role.code(), Specialty: c.Specialty.code(),
		OrgID: c.Organisation.text(), OrgName: c.OrgName.text(), Sector: c.Sector.code(),
	}
}

// revoke ends the sign-in at the provider (RFC 7009).
func (s *Session) revoke(ctx context.Context, p *oidc.Provider, t *tokens) error {
	var meta struct {
		Revocation string `json:"revocation_endpoint"`
	}
	if err := p.Claims(&meta); err != nil || meta.Revocation == "" {
		return nil // this provider has no way to be told
	}
	form := url.Values{"client_id": {s.cfg.ClientID}, "token": {t.access}, "token_type_hint": {"access_token"}}
	if t.refresh != "" {
		form.Set("token", t.refresh)
		form.Set("token_type_hint", "refresh_token")
	}
	_, _, err := s.post(ctx, meta.Revocation, form)
	return err
}

// post sends a form and gives status and body.
func (s *Session) post(ctx context.Context, address string, form url.Values) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, problem(ctx, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(ctx, req)
}

func (s *Session) do(ctx context.Context, req *http.Request) (int, []byte, error) {
	res, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return 0, nil, problem(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, answerLimit))
	if err != nil {
		return 0, nil, problem(ctx, err)
	}
	if res.StatusCode >= 500 {
		return res.StatusCode, nil, &fhir.Error{Code: fhir.Unavailable, Message: "Le serveur ne peut pas répondre pour l'instant : recommencez dans un moment."}
	}
	return res.StatusCode, body, nil
}
