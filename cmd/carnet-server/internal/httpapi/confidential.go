package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"

	"carnet/client/fhir"
)

// A minor may keep sexual-health care confidential: it is then not recorded at
// all (contract, section 1, rule 8). A client that is asked for such a thing
// must keep it to itself; should one be sent all the same, it says so by a
// header, or by a security label anywhere in a body, and is refused. Neither
// the thing nor the refusal leaves anything: no row, no entry of the log of
// accesses, no line of the server's log, no metric. That is why the header is
// looked at before the token, and why such a request is passed over in finish.

// confidentialDocumentation is what the CapabilityStatement says of it.
const confidentialDocumentation = "Soin confidentiel d'un mineur : ne rien envoyer. Une requête qui porte l'en-tête " +
	fhir.HeaderConfidentialCare + ": " + fhir.ConfidentialMinor + ", ou une étiquette de sécurité " +
	fhir.SystemConfidentialCare + "|" + fhir.ConfidentialMinor + " où que ce soit, est refusée (422) et ne laisse aucune trace."

// confidential is the one answer.
func confidential() error {
	return fhir.E(fhir.Invalid, "Un soin confidentiel d'un mineur n'est pas enregistré : gardez-le hors du dossier. Rien n'en a été conservé.")
}

// flagged tells a request that says of itself that it is confidential: any
// value counts, for a client that writes the header means it.
func flagged(r *http.Request) bool { return len(r.Header.Values(fhir.HeaderConfidentialCare)) > 0 }

// refuseConfidential answers a flagged request without reading it.
func (c *call) refuseConfidential() {
	c.untold = true
	c.w.Header().Set("Connection", "close") // what is left of the body is not read
	c.fail(confidential())
}

// keepOut refuses a body that is labelled confidential.
func (c *call) keepOut(body []byte) error {
	if !labelled(body) {
		return nil
	}
	c.untold = true
	return confidential()
}

// labelled looks for the label in a body. Bodies that cannot hold it are told
// by their bytes; JSON may write any letter as an escape.
func labelled(body []byte) bool {
	if !bytes.Contains(body, []byte(fhir.SystemConfidentialCare)) && !bytes.Contains(body, []byte(`\`)) {
		return false
	}
	var tree any
	if json.Unmarshal(body, &tree) != nil {
		return bytes.Contains(body, []byte(fhir.SystemConfidentialCare)) // cut off or malformed: refused anyhow, so without a trace
	}
	return holdsLabel(tree)
}

func holdsLabel(node any) bool {
	switch n := node.(type) {
	case []any:
		for _, v := range n {
			if holdsLabel(v) {
				return true
			}
		}
	case map[string]any:
		if n["system"] == fhir.SystemConfidentialCare {
			return true
		}
		for _, v := range n {
			if holdsLabel(v) {
				return true
			}
		}
	}
	return false
}
