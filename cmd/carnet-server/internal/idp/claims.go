package idp

import (
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4/jwt"

	"carnet/cmd/carnet-server/internal/record"
)

// tokenClaims is what is read of a token or of userinfo. Pro Santé Connect
// writes some claims as text and some as a list, and codes with their code
// system after a caret ("10^1.2.250.1.213.1.1.5.5"): loose reads both.
type tokenClaims struct {
	Subject      string `json:"sub"`
	SessionID    string `json:"sid"`
	SessionState string `json:"session_state"`
	NameID       loose  `json:"SubjectNameID"`
	Name         loose  `json:"SubjectName"`
	Role         loose  `json:"SubjectRole"`
	Specialty    loose  `json:"SubjectSpecialty"`
	Organisation loose  `json:"SubjectOrganizationID"`
	OrgName      loose  `json:"SubjectOrganization"`
	Sector       loose  `json:"Secteur_Activite"`
	GivenName    loose  `json:"given_name"`
	FamilyName   loose  `json:"family_name"`
	ClientID     string `json:"client_id"`
	Kind         string `json:"kind"` // ours, and strict: another type is no token
	Person       string `json:"person"`
	StaffRole    string `json:"staff_role"`
}

// loose is a claim that may be a text, a list of texts, or something else,
// which then counts as absent.
type loose string

// UnmarshalJSON never fails: an odd claim must not lock a person out whose
// other claims are enough.
func (l *loose) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = loose(one)
		return nil
	}
	var many []string
	if json.Unmarshal(data, &many) == nil && len(many) > 0 {
		*l = loose(many[0])
	}
	return nil
}

// code is the part before the caret.
func (l loose) code() string {
	before, _, _ := strings.Cut(string(l), "^")
	return strings.TrimSpace(before)
}

// text is the claim as written, bounded: it goes into the patient's history.
func (l loose) text() string {
	t := strings.TrimSpace(string(l))
	if r := []rune(t); len(r) > 200 {
		return string(r[:200])
	}
	return t
}

// needsUserinfo tells a token that does not say who its bearer is.
func (c tokenClaims) needsUserinfo() bool {
	return c.NameID == "" && Claims{Kind: c.Kind}.kind() == KindProfessional
}

// principal gives who asks. The session is the sign-in's id, the same after a
// refresh; a token without one is a session of its own.
func (c tokenClaims) principal(std jwt.Claims) record.Principal {
	name := c.Name.text()
	if name == "" {
		name = strings.TrimSpace(c.GivenName.text() + " " + c.FamilyName.text())
	}
	return record.Principal{
		ID:         c.NameID.text(),
		Name:       name,
		Profession: c.Role.code(),
		Specialty:  c.Specialty.code(),
		OrgID:      c.Organisation.text(),
		OrgName:    c.OrgName.text(),
		Sector:     c.Sector.code(),
		Session:    firstOf(c.SessionID, c.SessionState, std.ID, std.Subject),
	}
}

// asMap gives the claims of an account as a token carries them.
func (c Claims) asMap() map[string]any {
	c.Kind = c.kind()
	data, err := json.Marshal(c)
	if err != nil {
		return map[string]any{} // texts always marshal
	}
	m := map[string]any{}
	_ = json.Unmarshal(data, &m)
	return m
}
