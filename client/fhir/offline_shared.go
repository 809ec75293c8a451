package fhir

// OperationTakeCopies is the operation by which a member of an establishment takes
// copies of what its other members copied; it is of the base address.
const OperationTakeCopies = "$take-copies"

// SharedCopy is one lease that $take-copies answers.
type SharedCopy struct {
	PatientID string
	Rights    []string // of the caller, in normal mode: Right…
	OfflineLease
}

// TakeCopiesParameters gives the body of $take-copies.
func TakeCopiesParameters(patients []string) []byte {
	all := make([][3]string, len(patients))
	for i, id := range patients {
		all[i] = [3]string{"patient", "valueString", id}
	}
	return parameters(all...)
}

// ParseTakeCopies reads the body of $take-copies. Errors: Malformed.
func ParseTakeCopies(data []byte) ([]string, error) {
	all, err := parseParts(data)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range all {
		if p.Name == "patient" && p.text() != "" {
			out = append(out, p.text())
		}
	}
	return out, nil
}

// SharedCopiesJSON gives the answer of $take-copies.
func SharedCopiesJSON(all []SharedCopy) []byte {
	return groups("copy", all, func(c SharedCopy) []valued {
		out := append([]valued{{"patient", "valueString", c.PatientID}}, c.parts()...)
		for _, right := range c.Rights {
			out = append(out, valued{"right", "valueCode", right})
		}
		return out
	})
}

// ParseSharedCopies reads the answer of $take-copies. Errors: Malformed, also for a
// lease that lacks what a copy cannot do without.
func ParseSharedCopies(data []byte) ([]SharedCopy, error) {
	all, err := parseGroups(data, "copy", func(p []wirePart) SharedCopy {
		c := SharedCopy{PatientID: in(p, "patient").text(), OfflineLease: leaseOf(p)}
		for _, one := range p {
			if one.Name == "right" {
				c.Rights = append(c.Rights, one.text())
			}
		}
		return c
	})
	for _, c := range all {
		if c.PatientID == "" || !c.whole() {
			return nil, E(Malformed, "La réponse à une demande de copies ne se lit pas.")
		}
	}
	return all, err
}
