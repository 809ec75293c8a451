package httpapi

import (
	"net/http"
	"slices"
	"strings"
)

// Limits of request bodies, bytes.
const (
	noBody     = 0
	formBody   = 64 << 10
	smallBody  = 256 << 10
	lasting    = -1                 // no body, and no end that we set
	uploadBody = 25<<20/3*4 + 4<<20 // a document in base64, with room for white space, and its description
)

// route is one line of the table of what is served.
type route struct {
	method string
	path   string // below the FHIR base, or from the root when it starts with "//"
	name   string // in logs and metrics
	serve  func(*call) error
	limit  int64
	open   bool // no token
	// interaction is what the CapabilityStatement says of it: a code of
	// type-restful-interaction, or $name of an operation.
	interaction string
}

// routes is all that is served.
func routes() []route {
	return []route{
		{"GET", "/metadata", "capabilities", (*call).capabilities, noBody, true, ""},
		{"GET", "", "page", (*call).nextPage, noBody, false, ""},
		{"GET", "/{$}", "page", (*call).nextPage, noBody, false, ""},

		{"GET", "/Patient", "patient-search", (*call).searchPatients, noBody, false, "search-type"},
		{"POST", "/Patient/_search", "patient-search", (*call).searchPatients, formBody, false, "search-type"},
		{"GET", "/Patient/{id}", "patient-read", (*call).readPatient, noBody, false, "read"},
		{"POST", "/Patient/$match", "patient-match", (*call).matchPatient, smallBody, false, "$match"},
		{"POST", "/Patient/{id}/$open", "open", (*call).openRecord, smallBody, false, "$open"},
		{"POST", "/Patient/{id}/$close", "close", (*call).closeRecord, smallBody, false, "$close"},
		{"POST", "/Patient/{id}/$withdraw", "withdraw", (*call).withdrawOwn, smallBody, false, "$withdraw"},
		{"GET", "/Patient/{id}/$events", "events", (*call).watchRecord, lasting, false, "$events"},

		{"GET", "/DocumentReference", "document-search", (*call).searchDocuments, noBody, false, "search-type"},
		{"POST", "/DocumentReference/_search", "document-search", (*call).searchDocuments, formBody, false, "search-type"},
		{"POST", "/DocumentReference", "document-create", (*call).createDocument, uploadBody, false, "create"},
		{"PATCH", "/DocumentReference", "document-patch", (*call).patchByIdentifier, smallBody, false, "patch"},
		{"GET", "/DocumentReference/{id}", "document-read", (*call).readDocument, noBody, false, "read"},
		{"PATCH", "/DocumentReference/{id}", "document-patch", (*call).patchDocument, smallBody, false, "patch"},
		{"POST", "/DocumentReference/{id}/$undo", "document-undo", (*call).undoDocument, smallBody, false, "$undo"},

		{"GET", "/Binary/{id}", "content-read", (*call).readContent, noBody, false, "read"},

		{"GET", "/List", "set-search", (*call).searchSets, noBody, false, "search-type"},
		{"POST", "/List/_search", "set-search", (*call).searchSets, formBody, false, "search-type"},

		{"POST", "/Consent", "consent-create", (*call).createConsent, smallBody, false, "create"},
		{"GET", "/Consent", "consent-search", (*call).searchConsents, noBody, false, "search-type"},
		{"POST", "/Consent/_search", "consent-search", (*call).searchConsents, formBody, false, "search-type"},

		{"GET", "/AuditEvent", "audit-search", (*call).searchAudit, noBody, false, "search-type"},
		{"POST", "/AuditEvent/_search", "audit-search", (*call).searchAudit, formBody, false, "search-type"},

		{"GET", "//healthz", "health", (*call).health, noBody, true, ""},
		{"GET", "//metrics", "metrics", (*call).scrape, noBody, true, ""},
		{"GET", "//log/head", "log-head", (*call).logHead, noBody, true, ""},
	}
}

// mount registers each path once; the method is ours to tell, so that a wrong
// one is answered in FHIR with the right ones.
func (a *API) mount() {
	byPath := map[string]map[string]route{}
	for _, r := range routes() {
		path := Base + r.path
		if root, ok := strings.CutPrefix(r.path, "//"); ok {
			path = "/" + root
		}
		if byPath[path] == nil {
			byPath[path] = map[string]route{}
		}
		byPath[path][r.method] = r
		if r.method == http.MethodGet {
			byPath[path][http.MethodHead] = r
		}
	}
	for path, methods := range byPath {
		allow := make([]string, 0, len(methods))
		for m := range methods {
			allow = append(allow, m)
		}
		slices.Sort(allow)
		a.mux.Handle(path, a.dispatch(methods, strings.Join(allow, ", ")))
	}
	a.mux.Handle("/", a.dispatch(nil, ""))
}

// dispatch picks the route of a path by method.
func (a *API) dispatch(methods map[string]route, allow string) http.Handler {
	nowhere := route{name: "none", open: true, serve: (*call).noRoute}
	refused := route{name: "none", open: true, serve: (*call).wrongMethod}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt, ok := methods[r.Method]
		switch {
		case len(methods) == 0:
			rt = nowhere
		case !ok:
			w.Header().Set("Allow", allow)
			rt = refused
		}
		a.serve(w, r, &rt)
	})
}
