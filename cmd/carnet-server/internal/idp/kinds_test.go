package idp

import (
	"context"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestAForeignIssuerGivesProfessionalsAlone: whatever its tokens claim.
func TestAForeignIssuerGivesProfessionalsAlone(t *testing.T) {
	f := newForeign(t)
	v := NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record"})
	none := map[string]any{"SubjectNameID": nil, "SubjectRole": nil, "Secteur_Activite": nil}
	with := func(changes map[string]any) map[string]any {
		for k, v := range none {
			changes[k] = v
		}
		return changes
	}
	f.info = map[string]any{"sub": "f:1", "kind": KindPatient, "person": "p001"}
	for name, c := range map[string]struct {
		claims map[string]any
		want   fhir.Code
	}{
		"no kind":                             {nil, ""},
		"a professional":                      {map[string]any{"kind": KindProfessional}, ""},
		"a patient":                           {with(map[string]any{"kind": KindPatient, "person": "p001"}), fhir.Unauthenticated},
		"an operator":                         {with(map[string]any{"kind": KindStaff, "person": "x", "staff_role": record.StaffOperator}), fhir.Unauthenticated},
		"a patient by userinfo":               {with(map[string]any{}), fhir.Unauthenticated},
		"a patient with a professional's id":  {map[string]any{"kind": KindPatient, "person": "p001"}, fhir.Unauthenticated},
		"a professional with a person":        {map[string]any{"person": "p001"}, fhir.Unauthenticated},
		"a professional with a staff's role":  {map[string]any{"staff_role": record.StaffDPO}, fhir.Unauthenticated},
		"a kind that is none":                 {map[string]any{"kind": "root"}, fhir.Unauthenticated},
		"a kind that is no text":              {map[string]any{"kind": []string{KindProfessional}}, fhir.Unauthenticated},
		"a person that is no text":            {map[string]any{"person": 1}, fhir.Unauthenticated},
		"a kind in capitals, which is no one": {map[string]any{"kind": "Patient"}, fhir.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			who, err := v.Identify(context.Background(), f.token("k1", time.Now(), c.claims))
			if fhir.CodeOf(err) != c.want || (err != nil) != (who == nil) {
				t.Errorf("%v %v, want %q", who, err, c.want)
			}
		})
	}
}

// TestClaimsOfOneKindOnly holds what our own tokens may say, claim by claim.
func TestClaimsOfOneKindOnly(t *testing.T) {
	good := tokenClaims{Kind: KindPatient, Person: "p001", SessionID: "s", Name: "Hélène"}
	officer := tokenClaims{Kind: KindStaff, Person: "eroche", StaffRole: record.StaffDPO, SessionID: "s"}
	for name, c := range map[string]struct {
		claims tokenClaims
		change func(*tokenClaims)
	}{
		"a patient without a person":     {good, func(c *tokenClaims) { c.Person = "" }},
		"a patient without a sign-in":    {good, func(c *tokenClaims) { c.SessionID = "" }},
		"a patient with a national id":   {good, func(c *tokenClaims) { c.NameID = "899700218896" }},
		"a patient with a profession":    {good, func(c *tokenClaims) { c.Role = "10" }},
		"a patient with a structure":     {good, func(c *tokenClaims) { c.Organisation = "1997000011" }},
		"a patient with a staff's role":  {good, func(c *tokenClaims) { c.StaffRole = record.StaffOperator }},
		"staff without an account":       {officer, func(c *tokenClaims) { c.Person = "" }},
		"staff without a sign-in":        {officer, func(c *tokenClaims) { c.SessionID = "" }},
		"staff without a role":           {officer, func(c *tokenClaims) { c.StaffRole = "" }},
		"staff that is the server":       {officer, func(c *tokenClaims) { c.StaffRole = record.StaffSystem }},
		"staff with a profession":        {officer, func(c *tokenClaims) { c.Role = "10" }},
		"a professional without an id":   {tokenClaims{SessionID: "s"}, func(*tokenClaims) {}},
		"a professional with a person":   {tokenClaims{NameID: "1", Person: "p001"}, func(*tokenClaims) {}},
		"nobody, of a kind that is none": {tokenClaims{Kind: "root", Person: "p001", NameID: "1", SessionID: "s"}, func(*tokenClaims) {}},
	} {
		claims := c.claims
		c.change(&claims)
		if who, _ := claims.identity(stdClaims()); who != nil {
			t.Errorf("%s: %+v", name, who)
		}
	}
	for _, c := range []tokenClaims{good, officer} {
		if who, session := c.identity(stdClaims()); who == nil || session != "s" {
			t.Errorf("the base of these cases: %+v", c)
		}
	}
}

// TestTwoIssuersEachForItsOwn: professionals of one, patients of the other.
func TestTwoIssuersEachForItsOwn(t *testing.T) {
	f := newForeign(t)
	w := newWorld(t, demoDoctor, demoPatient)
	ctx := context.Background()
	own, err := Open(ctx, Config{
		Issuer: w.srv.URL + "/oidc", Dir: w.dir, Demo: []Account{demoDoctor, demoPatient}, Now: w.clock.now, Kinds: []string{KindPatient, KindStaff}, hashing: cheap,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	both := Among{NewVerifier(VerifierConfig{Issuer: f.URL, Audience: "carnet-record", Now: w.clock.now}), own.Verifier()}
	_, patient := w.demoTokenOf("helene")
	_, doctor := w.demoTokenOf("gp")
	if who, err := both.Identify(ctx, patient); err != nil || who.(record.Citizen).ID != "p001" {
		t.Errorf("our patient: %v %v", who, err)
	}
	if who, err := both.Identify(ctx, f.token("k1", w.clock.now(), nil)); err != nil || who.(record.Principal).ID == "" {
		t.Errorf("their professional: %v %v", who, err)
	}
	for name, token := range map[string]string{
		"our professional":   doctor,
		"their patient":      f.token("k1", w.clock.now(), map[string]any{"kind": KindPatient, "person": "p001", "SubjectNameID": nil, "SubjectRole": nil, "Secteur_Activite": nil}),
		"somebody else's":    f.token("k1", w.clock.now(), map[string]any{"iss": "https://elsewhere.example"}),
		"theirs, as if ours": f.token("k1", w.clock.now(), map[string]any{"iss": w.srv.URL + "/oidc"}),
		"no token":           "x",
		"nothing":            "",
	} {
		if who, err := both.Identify(ctx, token); fhir.CodeOf(err) != fhir.Unauthenticated || who != nil {
			t.Errorf("%s: %v %v", name, who, err)
		}
	}
}

func stdClaims() jwt.Claims { return jwt.Claims{Subject: "sub", ID: "jti"} }
