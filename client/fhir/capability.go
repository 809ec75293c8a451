package fhir

import "time"

// Capability is what a server says of itself (CapabilityStatement).
type Capability struct {
	Name      string
	Version   string // of the software
	Demo      bool   // a demonstration server: fictional people (experimental)
	Date      time.Time
	URL       string // base address
	Resources []CapabilityResource
	// Interactions are those of the base address: transaction.
	Interactions []string
	Operations   []CapabilityOperation // of the base address

	Documentation string // of its use, in words
}

// CapabilityResource is what a server does with one type of resource.
type CapabilityResource struct {
	Type             string
	Profile          string
	Interactions     []string // read, search-type, create, patch …
	ConditionalPatch bool     // PATCH by search criteria (conditional update)
	ReferencePolicy  []string
	SearchParams     []CapabilityParam
	Operations       []CapabilityOperation
	ConditionalRead  string // not-supported, modified-since, not-match, full-support
}

// CapabilityParam is a search parameter with its FHIR type.
type CapabilityParam struct{ Name, Type, Documentation string }

// CapabilityOperation is a named operation and the address of its definition.
type CapabilityOperation struct{ Name, Definition string }

// JSON gives the CapabilityStatement.
func (c Capability) JSON() []byte {
	w := &writer{make([]byte, 0, 8192)}
	w.resource("CapabilityStatement", "")
	w.str("status", "active")
	if c.Demo {
		w.boolean("experimental", true)
	}
	w.instant("date", c.Date)
	w.str("kind", "instance")
	w.obj("software")
	w.str("name", c.Name)
	w.str("version", c.Version)
	w.end()
	w.obj("implementation")
	w.str("description", "Carnet : partage de documents de santé (PDSm, IHE MHD)")
	w.str("url", c.URL)
	w.end()
	w.str("fhirVersion", "4.0.1")
	w.strs("format", "application/fhir+json", "json")
	w.strs("patchFormat", "application/json-patch+json")
	w.arr("rest")
	w.item()
	w.str("mode", "server")
	w.str("documentation", c.Documentation)
	w.obj("security")
	w.boolean("cors", false)
	w.arr("service")
	w.bareConcept(Coding{System: "http://terminology.hl7.org/CodeSystem/restful-security-service", Code: "OAuth"})
	w.endArr()
	w.end()
	if len(c.Resources) > 0 {
		w.arr("resource")
		for _, r := range c.Resources {
			r.write(w)
		}
		w.endArr()
	}
	if len(c.Interactions) > 0 {
		w.arr("interaction")
		for _, i := range c.Interactions {
			w.item()
			w.str("code", i)
			w.end()
		}
		w.endArr()
	}
	writeOperations(w, c.Operations)
	w.endArrObj()
	w.end()
	return w.b
}

func (r CapabilityResource) write(w *writer) {
	w.item()
	w.str("type", r.Type)
	w.strs("supportedProfile", r.Profile)
	if len(r.Interactions) > 0 {
		w.arr("interaction")
		for _, i := range r.Interactions {
			w.item()
			w.str("code", i)
			w.end()
		}
		w.endArr()
	}
	w.str("versioning", "versioned")
	w.str("conditionalRead", r.ConditionalRead)
	if r.ConditionalPatch {
		w.boolean("conditionalUpdate", true)
	}
	w.strs("referencePolicy", r.ReferencePolicy...)
	if len(r.SearchParams) > 0 {
		w.arr("searchParam")
		for _, p := range r.SearchParams {
			w.item()
			w.str("name", p.Name)
			w.str("type", p.Type)
			w.str("documentation", p.Documentation)
			w.end()
		}
		w.endArr()
	}
	writeOperations(w, r.Operations)
	w.end()
}

func writeOperations(w *writer, all []CapabilityOperation) {
	if len(all) == 0 {
		return
	}
	w.arr("operation")
	for _, o := range all {
		w.item()
		w.str("name", o.Name)
		w.str("definition", o.Definition)
		w.end()
	}
	w.endArr()
}

// ParseCapability reads a CapabilityStatement leniently. Errors: Malformed.
func ParseCapability(data []byte) (Capability, error) {
	var r struct {
		Experimental   bool
		Date           string
		Software       struct{ Name, Version string }
		Implementation struct{ URL string }
		Rest           []struct {
			Resource []struct {
				Type              string
				Interaction       []struct{ Code string }
				ConditionalUpdate bool
				SearchParam       []struct{ Name, Type string }
				Operation         []struct{ Name, Definition string }
			}
		}
	}
	if err := read(data, "CapabilityStatement", &r); err != nil {
		return Capability{}, err
	}
	c := Capability{
		Name: r.Software.Name, Version: r.Software.Version, Demo: r.Experimental,
		Date: ParseTime(r.Date), URL: r.Implementation.URL,
	}
	for _, rest := range r.Rest {
		for _, res := range rest.Resource {
			out := CapabilityResource{Type: res.Type, ConditionalPatch: res.ConditionalUpdate}
			for _, i := range res.Interaction {
				out.Interactions = append(out.Interactions, i.Code)
			}
			for _, p := range res.SearchParam {
				out.SearchParams = append(out.SearchParams, CapabilityParam{Name: p.Name, Type: p.Type})
			}
			for _, o := range res.Operation {
				out.Operations = append(out.Operations, CapabilityOperation{Name: o.Name, Definition: o.Definition})
			}
			c.Resources = append(c.Resources, out)
		}
	}
	return c, nil
}
