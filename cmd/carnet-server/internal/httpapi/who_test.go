package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carnet/client/fhir"
)

// TestEachRouteIsForWhomTheTableSays asks every route as everybody for whom
// nothing stands in its line: the answer is the same refusal, and record is not
// asked at all (the fake would panic).
func TestEachRouteIsForWhomTheTableSays(t *testing.T) {
	a, _ := newTestAPI(t, &fake{})
	for _, rt := range routes() {
		if rt.anyone == nil && rt.professional == nil && rt.citizen == nil {
			t.Errorf("%s %s is for nobody", rt.method, rt.path)
		}
		if rt.anyone != nil {
			if rt.professional != nil || rt.citizen != nil {
				t.Errorf("%s %s asks for no token, and for one", rt.method, rt.path)
			}
			continue
		}
		refused := []string{"operator", "nobody"}
		if rt.professional == nil {
			refused = append(refused, "x")
		}
		if rt.citizen == nil {
			refused = append(refused, "patient")
		}
		path := Base + strings.NewReplacer("{id}", "some", "{$}", "").Replace(rt.path)
		for _, who := range append(refused, "") {
			r := httptest.NewRequest(rt.method, path, nil)
			if who != "" {
				r.Header.Set("Authorization", "Bearer "+who)
			}
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			status, code := http.StatusForbidden, fhir.Forbidden
			if who == "" {
				status, code = http.StatusUnauthorized, fhir.Unauthenticated
			}
			if w.Code != status || fhir.ParseOutcome(w.Code, w.Body.Bytes()).Code != code {
				t.Errorf("%s %s as %q: %d %s", rt.method, rt.path, who, w.Code, w.Body)
			}
		}
	}
}
