package idp

import (
	"context"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// VerifyAuthRequest refuses a request without an address to return to, which the
// library takes for a fault of the server's.
func (s *server) VerifyAuthRequest(ctx context.Context, r *op.Request[oidc.AuthRequest]) (*op.ClientRequest[oidc.AuthRequest], error) {
	if r.Data.RedirectURI == "" {
		return nil, oidc.ErrInvalidRequestRedirectURI().WithDescription("redirect_uri is required")
	}
	return s.LegacyServer.VerifyAuthRequest(ctx, r)
}

// authorize begins a sign-in. A person's browser is here: what is refused is
// said on a page. Nobody is sent to an address that was not verified.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	kept := &withheld{ResponseWriter: w}
	p.protocol.ServeHTTP(kept, r)
	switch {
	case kept.refused >= http.StatusInternalServerError:
		p.render(w, r, http.StatusServiceUnavailable, nil, loginPage{Problem: "down"})
	case kept.refused != 0:
		p.render(w, r, kept.refused, nil, loginPage{Problem: "malformed"})
	}
}

// withheld passes an answer on unless it is a refusal, whose body is dropped.
type withheld struct {
	http.ResponseWriter
	refused int // status; 0: passed on
}

// WriteHeader keeps the status of a refusal back.
func (w *withheld) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		w.refused = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write drops the body of a refusal.
func (w *withheld) Write(b []byte) (int, error) {
	if w.refused != 0 {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}
