package fhir

import (
	"slices"
	"time"
)

// ItemsAsk is what Patient/[id]/$profile is asked: the whole profile in one
// answer, which is one access. The zero ask narrows nothing.
type ItemsAsk struct {
	Types    []string // FHIR types
	Codes    []string // of measures, or of a part of one
	From, To string   // dates or moments, as FHIR writes them; half open
	Count    int      // rows a page; 0: the server's choice
}

// JSON gives the body of the operation.
func (a ItemsAsk) JSON() []byte {
	w := &writer{make([]byte, 0, 256)}
	w.resource("Parameters", "")
	w.arr("parameter")
	put := func(name, kind string, values ...string) {
		for _, v := range values {
			if v != "" {
				w.item()
				w.str("name", name)
				w.str(kind, v)
				w.end()
			}
		}
	}
	put("type", "valueCode", a.Types...)
	put("code", "valueCode", a.Codes...)
	put("from", "valueDateTime", a.From)
	put("to", "valueDateTime", a.To)
	if a.Count > 0 {
		w.item()
		w.str("name", "count")
		w.integer("valueInteger", int64(a.Count))
		w.end()
	}
	w.endArr()
	w.end()
	return w.b
}

// ParseItemsAsk reads the body of the operation; an empty body asks for all.
// Errors: Malformed; BadValue for a type that is none of items, or for an
// unknown parameter: what was meant to narrow must not widen.
func ParseItemsAsk(data []byte) (a ItemsAsk, err error) {
	if len(data) == 0 {
		return a, nil
	}
	var r struct {
		Parameter []struct {
			Name                                  string
			ValueCode, ValueString, ValueDateTime string
			ValueInstant, ValueDate               string
			ValueInteger                          int
		}
	}
	if err := read(data, "Parameters", &r); err != nil {
		return a, err
	}
	for _, p := range r.Parameter {
		value := p.ValueCode + p.ValueString + p.ValueDateTime + p.ValueInstant + p.ValueDate
		switch p.Name {
		case "type":
			if !slices.Contains(ItemResources(), value) {
				return a, E(BadValue, "Ce type n’est pas un élément du profil de santé.")
			}
			a.Types = append(a.Types, value)
		case "code":
			a.Codes = append(a.Codes, value)
		case "from":
			a.From = value
		case "to":
			a.To = value
		case "count":
			a.Count = p.ValueInteger
		default:
			return a, E(BadValue, "Un paramètre de l’opération est inconnu\u00a0: type, code, from, to, count.")
		}
	}
	return a, nil
}

// CareMember is somebody who cares for a patient, as the health summary shows
// them.
type CareMember struct {
	ID         string // national id
	Name       string
	Profession string // TRE_G15 code; empty for an establishment
	OrgName    string
	MT         bool      // the médecin traitant
	Until      time.Time // end of the membership; zero: without limit
}

const systemCareRole = extBase + "care-role"

// CareTeamJSON gives the CareTeam of a patient.
func CareTeamJSON(patientID string, members []CareMember) []byte {
	w := &writer{make([]byte, 0, 1024)}
	w.resource("CareTeam", patientID)
	w.str("status", "active")
	w.reference("subject", "Patient/"+patientID)
	if len(members) > 0 {
		w.arr("participant")
		for _, m := range members {
			m.write(w)
		}
		w.endArr()
	}
	w.end()
	return w.b
}

func (m CareMember) write(w *writer) {
	w.item()
	if m.MT || m.Profession != "" {
		w.arr("role")
		if m.MT {
			w.bareConcept(Coding{System: systemCareRole, Code: BasisMT, Display: "Médecin traitant"})
		}
		if m.Profession != "" {
			w.bareConcept(Coding{System: systemProfession, Code: m.Profession})
		}
		w.endArr()
	}
	w.obj("member")
	system, kind := SystemNationalPro, "Practitioner"
	if m.Profession == "" && !m.MT {
		system, kind = SystemNationalOrg, "Organization"
	}
	w.str("type", kind)
	w.identifier("identifier", Identifier{System: system, Value: m.ID})
	w.str("display", m.Name)
	w.end()
	if m.OrgName != "" {
		w.obj("onBehalfOf")
		w.str("display", m.OrgName)
		w.end()
	}
	if !m.Until.IsZero() {
		w.obj("period")
		w.instant("end", m.Until)
		w.end()
	}
	w.end()
}

// ParseCareTeam reads the members of a CareTeam. Errors: Malformed.
func ParseCareTeam(data []byte) ([]CareMember, error) {
	var r struct {
		Participant []struct {
			Role       []wireConcept
			Member     wireReference
			OnBehalfOf wireReference
			Period     wirePeriod
		}
	}
	if err := read(data, "CareTeam", &r); err != nil {
		return nil, err
	}
	out := make([]CareMember, 0, len(r.Participant))
	for _, p := range r.Participant {
		m := CareMember{
			ID: p.Member.ident().Value, Name: p.Member.Display, OrgName: p.OnBehalfOf.Display, Until: ParseTime(p.Period.End),
		}
		for _, role := range p.Role {
			switch c := role.first(); {
			case c.System == systemCareRole && c.Code == BasisMT:
				m.MT = true
			case c.System == systemProfession:
				m.Profession = c.Code
			}
		}
		out = append(out, m)
	}
	return out, nil
}
