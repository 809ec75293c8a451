// Package idp is who one is: the bundled OpenID provider, which stands for Pro
// Santé Connect, and the verifier of access tokens of any issuer.
//
// # Which types to use
//
// Open gives a Provider over idp.db in the data directory: people's accounts
// (argon2id), systems' clients (public keys), signing keys and sign-ins.
// Provider.Handler serves the protocol under the path of its issuer;
// Provider.Verifier verifies its own tokens without HTTP. NewVerifier verifies
// those of another issuer, which is then pure configuration (-issuer URL).
// Both give a record.Principal and the same errors.
//
// # The protocol
//
// Authorization code with PKCE (S256) only, a loopback redirect on any port for
// the desktop (RFC 8252), refresh tokens that are used once (a second use ends
// the sign-in, RFC 9700 section 4.14), client credentials with private_key_jwt
// for systems (RFC 7523), revocation (RFC 7009), end of session, userinfo.
// Access tokens are short JWTs (RFC 9068) signed with ES256; ending a sign-in
// ends its access tokens at once on this server.
//
// The library is zitadel/oidc; what it leaves open is closed in server.go: an
// /authorize without PKCE is refused, a code belongs to its client and works
// once, an assertion works once, no cross-origin reading, no implicit flow.
//
// # Claims
//
// Those of Pro Santé Connect's userinfo (SubjectNameID, SubjectRole,
// SubjectOrganizationID, SubjectOrganization, Secteur_Activite) are in the
// access token itself, with SubjectName and SubjectSpecialty of our own, so
// that no request waits for a second one. Of an issuer that does not put them
// there, the verifier asks userinfo once and remembers until the token ends.
//
// # Demo
//
// Config.Demo lists fictional accounts without password. They exist in memory
// alone, and whatever serves them answers only on a loopback connection that
// names a loopback host.
package idp
