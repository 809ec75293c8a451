package idp

import (
	"context"

	"github.com/go-jose/go-jose/v4/jwt"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Kinds of account, and of the tokens that they get (claim "kind"). A token
// opens its own side and nothing on the others'.
const (
	KindProfessional = "professional" // also a system; what a token without kind is
	KindPatient      = "patient"      // claim "person": the logical id of who it is
	KindStaff        = "staff"        // claims "person": the account, and "staff_role"
)

// kind is the claims' kind, which old accounts leave out.
func (c Claims) kind() string {
	if c.Kind == "" {
		return KindProfessional
	}
	return c.Kind
}

// clientOf is the one application that a kind of account signs in to.
func clientOf(kind string) string {
	if kind == KindProfessional {
		return DesktopClient
	}
	return PortalClient
}

// Identify gives who a token stands for: a record.Principal, a record.Citizen or
// a record.Staff. Errors: those of Verify.
func (v *Verifier) Identify(ctx context.Context, bearer string) (any, error) {
	got, err := v.identify(ctx, bearer)
	return got.who, err
}

// Verify gives the professional or system that a bearer token stands for.
// Errors: Unauthenticated, TokenExpired (it was good once), Unavailable (the
// issuer's keys or userinfo cannot be had now), Forbidden (it stands for
// somebody of another kind).
func (v *Verifier) Verify(ctx context.Context, bearer string) (record.Principal, error) {
	return as[record.Principal](v.identify(ctx, bearer))
}

// Citizen gives the patient that a bearer token stands for; errors as Verify's.
func (v *Verifier) Citizen(ctx context.Context, bearer string) (record.Citizen, error) {
	return as[record.Citizen](v.identify(ctx, bearer))
}

// Staff gives the operator or data-protection officer that a bearer token
// stands for; errors as Verify's.
func (v *Verifier) Staff(ctx context.Context, bearer string) (record.Staff, error) {
	return as[record.Staff](v.identify(ctx, bearer))
}

func as[T any](got verified, err error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	who, ok := got.who.(T)
	if !ok {
		return none, fhir.E(fhir.Forbidden, "Ce compte n’ouvre pas ce service : connectez-vous avec celui qui convient.")
	}
	return who, nil
}

// identity gives who a verified token's claims stand for, and their sign-in;
// who is nil when they contradict each other or say too little. Claims of one
// kind in a token of another are refused rather than passed over.
func (c tokenClaims) identity(std jwt.Claims) (who any, session string) {
	switch c.Kind {
	case "", KindProfessional:
		p := c.principal(std)
		if p.ID == "" || c.Person != "" || c.StaffRole != "" {
			return nil, ""
		}
		return p, p.Session
	case KindPatient:
		if c.Person == "" || c.SessionID == "" || c.professional() || c.StaffRole != "" {
			return nil, ""
		}
		return record.Citizen{ID: c.Person, Name: c.Name.text(), Session: c.SessionID}, c.SessionID
	case KindStaff:
		if c.Person == "" || c.SessionID == "" || c.professional() || !staffRole(c.StaffRole) {
			return nil, ""
		}
		return record.Staff{ID: c.Person, Name: c.Name.text(), Role: c.StaffRole, Session: c.SessionID}, c.SessionID
	}
	return nil, ""
}

// professional tells whether a professional's claims are there.
func (c tokenClaims) professional() bool {
	return c.NameID != "" || c.Role != "" || c.Specialty != "" || c.Organisation != "" || c.Sector != ""
}

// staffRole tells the roles that an account can have; the server itself signs
// in nowhere.
func staffRole(role string) bool {
	return role == record.StaffOperator || role == record.StaffDPO
}
