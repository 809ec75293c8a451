package fhir

// CopyProfile is what $copy-profile answers: the whole health profile that the
// holder of a copy may read; each item is a resource.
type CopyProfile struct {
	PatientID string
	Items     []Entry
	Team      []CareMember
}

// JSON gives the answer of $copy-profile: a collection of a CareTeam and the items.
func (p CopyProfile) JSON() []byte {
	b := Bundle{Type: "collection", Entries: append([]Entry{{Resource: CareTeamJSON(p.PatientID, p.Team)}}, p.Items...)}
	return b.JSON()
}

// ParseCopyProfile reads the answer of $copy-profile. Errors: Malformed, also for
// an answer that does not say whose it is.
func ParseCopyProfile(data []byte) (CopyProfile, error) {
	b, err := ParseBundle(data)
	if err != nil {
		return CopyProfile{}, err
	}
	var p CopyProfile
	for _, e := range b.Entries {
		switch kind := ResourceType(e.Resource); {
		case kind == "CareTeam":
			var r struct{ ID string }
			if err := read(e.Resource, kind, &r); err != nil {
				return CopyProfile{}, err
			}
			if p.Team, err = ParseCareTeam(e.Resource); err != nil {
				return CopyProfile{}, err
			}
			p.PatientID = r.ID
		case ItemSubject(kind) != "":
			p.Items = append(p.Items, e)
		}
	}
	if p.PatientID == "" {
		return CopyProfile{}, E(Malformed, "La copie du profil de santé ne dit pas de qui elle est.")
	}
	return p, nil
}
