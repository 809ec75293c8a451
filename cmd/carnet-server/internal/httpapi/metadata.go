package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"carnet/client/fhir"
)

// profiles are those that what is served conforms to.
var profiles = map[string]string{
	"Patient":           "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins",
	"DocumentReference": "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference",
	"List":              "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive",
	"Consent":           "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentBasic",
}

// definitionMatch is FHIR's own operation; the others are ours.
const definitionMatch = "http://hl7.org/fhir/OperationDefinition/Patient-match"

// lotDocumentation is what the CapabilityStatement says of submission sets.
const lotDocumentation = "Lot de soumission (ITI-65) : POST d'un Bundle transaction, 50 documents au plus, d'un seul patient, " +
	"25 Mio par document et 256 Mio par lot ; tout est déposé, ou rien."

// capability makes the CapabilityStatement from the table of routes and the
// tables of parameters: what it says is what is served.
func (a *API) capability() fhir.Capability {
	byType := map[string]*fhir.CapabilityResource{}
	var operations []fhir.CapabilityOperation
	for _, r := range routes() {
		if r.interaction == "" || r.interaction == systemTransaction {
			continue
		}
		kind := strings.Split(r.path, "/")[1]
		if name, ok := strings.CutPrefix(kind, "$"); ok { // of the base address
			operations = append(operations, fhir.CapabilityOperation{Name: name, Definition: a.base + "/OperationDefinition/" + name})
			continue
		}
		res := byType[kind]
		if res == nil {
			res = &fhir.CapabilityResource{Type: kind, Profile: profiles[kind], SearchParams: searchParams(kind)}
			byType[kind] = res
		}
		if name, ok := strings.CutPrefix(r.interaction, "$"); ok {
			definition := a.base + "/OperationDefinition/" + name
			if name == "match" {
				definition = definitionMatch
			}
			res.Operations = append(res.Operations, fhir.CapabilityOperation{Name: name, Definition: definition})
			continue
		}
		if !slices.Contains(res.Interactions, r.interaction) {
			res.Interactions = append(res.Interactions, r.interaction)
		}
		if r.interaction == "read" {
			res.ConditionalRead = "not-match"
		}
		if r.interaction == "patch" && !strings.Contains(r.path, "{id}") {
			res.ConditionalPatch = true
		}
	}
	c := fhir.Capability{Name: "Carnet", Version: a.Version, Demo: a.Demo, Date: a.Now(), URL: a.base, Documentation: confidentialDocumentation + " " + lotDocumentation + " " + itemsDocumentation}
	c.Interactions, c.Operations = []string{systemTransaction}, operations
	for _, res := range byType {
		c.Resources = append(c.Resources, *res)
	}
	slices.SortFunc(c.Resources, func(x, y fhir.CapabilityResource) int { return strings.Compare(x.Type, y.Type) })
	return c
}

// searchParams lists the parameters of a type: those of professionals, then
// those that patients alone have.
func searchParams(kind string) []fhir.CapabilityParam {
	switch kind {
	case "Patient":
		return together(listed(patientParams()), listed(heldPatientParams()))
	case "DocumentReference":
		return together(listed(documentParams()), listed(heldDocumentParams()))
	case "List":
		return listed(setParams())
	case "Consent":
		return listed(consentParams())
	case "Communication":
		return listed(letterParams())
	case "AuditEvent":
		return listed(auditParams())
	case "CareTeam":
		return listed(careTeamParams())
	}
	if isItem(kind) {
		return listed(itemParams(kind))
	}
	return nil
}

// together lists each name once, and says which are the patients' alone.
func together(all, more []fhir.CapabilityParam) []fhir.CapabilityParam {
	for _, p := range more {
		if !slices.ContainsFunc(all, func(q fhir.CapabilityParam) bool { return q.Name == p.Name }) {
			p.Documentation = "Pour les patients et qui les représente."
			all = append(all, p)
		}
	}
	return all
}

func listed[Q any](table []param[Q]) []fhir.CapabilityParam {
	out := make([]fhir.CapabilityParam, len(table))
	for i, p := range table {
		out[i] = fhir.CapabilityParam{Name: p.name, Type: p.typ}
	}
	return out
}

// capabilities answers metadata.
func (c *call) capabilities() error {
	if err := c.wantsJSON(); err != nil {
		return err
	}
	c.json(http.StatusOK, c.API.metadata)
	return nil
}
