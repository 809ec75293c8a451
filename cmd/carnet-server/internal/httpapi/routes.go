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
	lasting    = -1                  // no body, and no end that we set
	uploadBody = 25<<20/3*4 + 4<<20  // a document in base64, with room for white space, and its description
	lotBody    = 256<<20/3*4 + 8<<20 // the documents of a submission set in base64, 256 MiB in all, and their descriptions
)

// systemTransaction is the interaction of the base address itself
// (system-restful-interaction).
const systemTransaction = "transaction"

// route is one line of the table of what is served.
type route struct {
	method string
	path   string // below the FHIR base, or from the root when it starts with "//"
	name   string // in logs and metrics
	limit  int64
	// interaction is what the CapabilityStatement says of it: a code of
	// type-restful-interaction, or $name of an operation.
	interaction string
	// Who may use it, and what answers them: whoever has nil is refused.
	anyone       func(*call) error // without a token
	professional func(*call) error // and systems
	citizen      func(*call) error // a patient, for themselves or whom they represent
}

// routes is all that is served.
func routes() []route {
	return append(append(itemRoutes(), messageRoutes()...), []route{
		{"GET", "/metadata", "capabilities", noBody, "", (*call).capabilities, nil, nil},
		{"GET", "", "page", noBody, "", nil, (*call).nextPage, (*call).nextPage},
		{"GET", "/{$}", "page", noBody, "", nil, (*call).nextPage, (*call).nextPage},

		{"POST", "", "submit", lotBody, systemTransaction, nil, (*call).submitLot, nil},
		{"POST", "/{$}", "submit", lotBody, systemTransaction, nil, (*call).submitLot, nil},

		{"GET", "/Patient", "patient-search", noBody, "search-type", nil, (*call).searchPatients, (*call).heldPatients},
		{"POST", "/Patient/_search", "patient-search", formBody, "search-type", nil, (*call).searchPatients, (*call).heldPatients},
		{"GET", "/Patient/{id}", "patient-read", noBody, "read", nil, (*call).readPatient, (*call).heldPatient},
		{"POST", "/Patient/$match", "patient-match", smallBody, "$match", nil, (*call).matchPatient, nil},
		{"POST", "/Patient/{id}/$open", "open", smallBody, "$open", nil, (*call).openRecord, nil},
		{"POST", "/Patient/{id}/$close", "close", smallBody, "$close", nil, (*call).closeRecord, nil},
		{"POST", "/Patient/{id}/$withdraw", "withdraw", smallBody, "$withdraw", nil, (*call).withdrawOwn, nil},
		{"POST", "/Patient/{id}/$request-access", "request-access", smallBody, "$request-access", nil, (*call).requestAccess, nil},
		{"GET", "/Patient/{id}/$events", "events", lasting, "$events", nil, (*call).watchRecord, nil},

		{"GET", "/DocumentReference", "document-search", noBody, "search-type", nil, (*call).searchDocuments, (*call).heldDocuments},
		{"POST", "/DocumentReference/_search", "document-search", formBody, "search-type", nil, (*call).searchDocuments, (*call).heldDocuments},
		{"POST", "/DocumentReference", "document-create", uploadBody, "create", nil, (*call).createDocument, (*call).depositDocument},
		{"PATCH", "/DocumentReference", "document-patch", smallBody, "patch", nil, (*call).patchByIdentifier, (*call).patchHeldByIdentifier},
		{"GET", "/DocumentReference/{id}", "document-read", noBody, "read", nil, (*call).readDocument, (*call).heldDocument},
		{"PATCH", "/DocumentReference/{id}", "document-patch", smallBody, "patch", nil, (*call).patchDocument, (*call).patchHeld},
		{"POST", "/DocumentReference/{id}/$undo", "document-undo", smallBody, "$undo", nil, (*call).undoDocument, nil},

		{"GET", "/Binary/{id}", "content-read", noBody, "read", nil, (*call).readContent, (*call).heldContent},

		{"POST", "/Patient/{id}/$copy", "copy-take", smallBody, "$copy", nil, (*call).takeCopy, nil},
		{"POST", "/$check-copies", "copy-check", smallBody, "$check-copies", nil, (*call).checkCopies, nil},
		{"POST", "/$copy-changes", "copy-changes", smallBody, "$copy-changes", nil, (*call).copyChanges, nil},
		{"POST", "/$copy-profile", "copy-profile", smallBody, "$copy-profile", nil, (*call).copyProfile, nil},
		{"POST", "/$copy-pool", "copy-pool", smallBody, "$copy-pool", nil, (*call).copyPool, nil},
		{"POST", "/$take-copies", "copy-take-shared", smallBody, "$take-copies", nil, (*call).takeCopies, nil},
		{"POST", "/$return-copy", "copy-return", smallBody, "$return-copy", nil, (*call).returnCopy, nil},
		{"POST", "/$offline-reads", "offline-reads", smallBody, "$offline-reads", nil, (*call).reportReads, nil},

		{"GET", "/List", "set-search", noBody, "search-type", nil, (*call).searchSets, (*call).heldSets},
		{"GET", "/List/{id}", "set-read", noBody, "read", nil, (*call).readSet, (*call).heldSet},
		{"POST", "/List/_search", "set-search", formBody, "search-type", nil, (*call).searchSets, (*call).heldSets},

		{"POST", "/Consent", "consent-create", smallBody, "create", nil, (*call).createConsent, (*call).declareHeld},
		{"GET", "/Consent", "consent-search", noBody, "search-type", nil, (*call).searchConsents, (*call).heldConsents},
		{"POST", "/Consent/_search", "consent-search", formBody, "search-type", nil, (*call).searchConsents, (*call).heldConsents},
		{"GET", "/Consent/{id}", "consent-read", noBody, "read", nil, nil, (*call).heldConsent},
		{"DELETE", "/Consent/{id}", "consent-delete", noBody, "delete", nil, nil, (*call).endHeld},

		{"GET", "/AuditEvent", "audit-search", noBody, "search-type", nil, (*call).searchAudit, (*call).heldAudit},
		{"POST", "/AuditEvent/_search", "audit-search", formBody, "search-type", nil, (*call).searchAudit, (*call).heldAudit},

		{"GET", "//healthz", "health", noBody, "", (*call).health, nil, nil},
		{"GET", "//metrics", "metrics", noBody, "", (*call).scrape, nil, nil},
		{"GET", "//log/head", "log-head", noBody, "", (*call).logHead, nil, nil},
		{"GET", "//log/key", "log-key", noBody, "", (*call).logKey, nil, nil},
		{"GET", "//log/consistency", "log-consistency", noBody, "", (*call).logConsistency, nil, nil},
	}...)
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
	nowhere := route{name: "none", anyone: (*call).noRoute}
	refused := route{name: "none", anyone: (*call).wrongMethod}
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
