package record

import (
	"encoding/base64"
	"encoding/json"

	"carnet/client/fhir"
)

// Kinds of cursors: one of a list is refused by another.
const (
	cursorPatients  = "patients"
	cursorDocuments = "documents"
	cursorSets      = "sets"
	cursorConsents  = "consents"
	cursorAudit     = "audit"
	cursorEmergency = "emergency"
)

// sealedCursor is what a cursor holds: nobody reads it, and only the same
// sign-in may use it.
type sealedCursor struct {
	Kind string
	At   json.RawMessage
}

// sealCursor makes the cursor of a page.
func (s *Service) sealCursor(p Principal, kind string, at any) string {
	inner, err := json.Marshal(at)
	if err == nil {
		inner, err = json.Marshal(sealedCursor{kind, inner})
	}
	if err != nil { // plain values always marshal
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(s.st.Keys().SealCursor(p.binding(), inner))
}

// openCursor reads the cursor of a page.
func (s *Service) openCursor(p Principal, kind, cursor string, at any) error {
	bad := fhir.E(fhir.BadValue, "Ce lien de page n'est plus valable : relancez la recherche.")
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return bad
	}
	clear, err := s.st.Keys().OpenCursor(p.binding(), sealed)
	if err != nil {
		return bad
	}
	var c sealedCursor
	if json.Unmarshal(clear, &c) != nil || c.Kind != kind || json.Unmarshal(c.At, at) != nil {
		return bad
	}
	return nil
}

// binding is what a cursor is bound to: the person and the sign-in.
func (p Principal) binding() string { return p.ID + "\x00" + p.Session }
