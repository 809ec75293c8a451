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
// Both give the same answers: a record.Principal, a record.Citizen or a
// record.Staff (Identify, or Verify, Citizen and Staff for one kind). Among
// joins two issuers, each for its own kinds of account.
//
// # Kinds of account
//
// Professionals and systems, patients, and those who serve patients (kinds.go).
// A token's claims are of one kind: claims of another in it void it. Each kind
// signs in to its own application, and a token opens its own side alone.
//
// Patients and staff have a second factor: codes of an application (TOTP, RFC
// 6238), each accepted once, one step early or late, or recovery codes
// (factor.go). After the password a sign-in goes on under a new id and a new
// cookie. Guesses are slowed down by account and by address, those of codes
// apart from those of passwords. citizen.go has what the patients' pages ask:
// an account after an activation, the list of sign-ins, signing out everywhere.
//
// # What lies on the disk
//
// Passwords, recovery codes and refresh tokens as hashes. The secrets of second
// factors and the private signing keys are sealed under the key of idp.key
// (seal.go), each bound to its purpose and row: idp.db, its log and its backups
// alone let nobody in. A data directory from before is sealed when it is opened,
// and what lay in clear is overwritten; copies made before that still hold it.
//
// # The protocol
//
// Authorization code with PKCE (S256) only, a loopback redirect on any port for
// the desktop (RFC 8252), one address for the patients' pages, refresh tokens that are used once (a second use ends
// the sign-in, RFC 9700 section 4.14), client credentials with private_key_jwt
// for systems (RFC 7523), revocation (RFC 7009), end of session, userinfo.
// Access tokens are short JWTs (RFC 9068) signed with ES256; ending a sign-in
// ends its access tokens at once on this server, also when a command does it
// beside the server that runs (ends.go).
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
