package fhir

import "time"

// JSON gives the Parameters that $open answers.
func (a Access) JSON() []byte {
	w := &writer{make([]byte, 0, 1024)}
	w.resource("Parameters", "")
	w.arr("parameter")
	param := func(name, kind, value string) {
		if value != "" {
			w.item()
			w.str("name", name)
			w.str(kind, value)
			w.end()
		}
	}
	param("session", "valueString", a.Session)
	if a.PatientID != "" {
		w.item()
		w.str("name", "patient")
		w.reference("valueReference", "Patient/"+a.PatientID)
		w.end()
	}
	param("mode", "valueCode", a.Mode)
	param("basis", "valueCode", a.Basis)
	param("until", "valueInstant", Instant(a.Until))
	param("end", "valueInstant", Instant(a.End))
	for _, r := range a.Rights {
		param("right", "valueCode", r)
	}
	param("refusal", "valueCode", a.Refusal)
	param("lastVisit", "valueInstant", Instant(a.LastVisit))
	w.endArr()
	w.end()
	return w.b
}

type wireParameters struct {
	Parameter []struct {
		Name           string
		ValueString    *string
		ValueCode      *string
		ValueInstant   *string
		ValueBoolean   *bool
		ValueReference *wireReference
		Resource       rawJSON
	}
}

// rawJSON keeps a part as it was written.
type rawJSON []byte

// UnmarshalJSON keeps the bytes.
func (r *rawJSON) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// ParseAccess reads the answer of $open. Errors: Malformed.
func ParseAccess(data []byte) (Access, error) {
	var r wireParameters
	if err := read(data, "Parameters", &r); err != nil {
		return Access{}, err
	}
	var a Access
	instants := map[string]*time.Time{"until": &a.Until, "end": &a.End, "lastVisit": &a.LastVisit}
	codes := map[string]*string{"session": &a.Session, "mode": &a.Mode, "basis": &a.Basis, "refusal": &a.Refusal}
	for _, p := range r.Parameter {
		value := ""
		for _, v := range []*string{p.ValueString, p.ValueCode, p.ValueInstant} {
			if v != nil {
				value = *v
			}
		}
		switch {
		case p.Name == "right":
			a.Rights = append(a.Rights, value)
		case p.Name == "patient" && p.ValueReference != nil:
			a.PatientID = RefID(p.ValueReference.Reference, "Patient")
		case instants[p.Name] != nil:
			*instants[p.Name] = ParseTime(value)
		case codes[p.Name] != nil:
			*codes[p.Name] = value
		}
	}
	return a, nil
}

// OpenParameters gives the body of $open.
func OpenParameters(mode, reason string) []byte {
	return parameters([3]string{"mode", "valueCode", mode}, [3]string{"reason", "valueString", reason})
}

// CloseParameters gives the body of $close.
func CloseParameters(session string) []byte {
	return parameters([3]string{"session", "valueString", session})
}

// parameters writes name, type and value of each parameter that has a value.
func parameters(ps ...[3]string) []byte {
	w := &writer{make([]byte, 0, 256)}
	w.resource("Parameters", "")
	w.arr("parameter")
	for _, p := range ps {
		if p[2] != "" {
			w.item()
			w.str("name", p[0])
			w.str(p[1], p[2])
			w.end()
		}
	}
	w.endArr()
	w.end()
	return w.b
}

// Arguments are the simple parameters of an operation, by name.
type Arguments map[string]string

// ParseArguments reads the simple parameters of an operation's body; an empty
// body has none. Errors: Malformed when it is not a Parameters, or one name is
// given twice.
func ParseArguments(data []byte) (Arguments, error) {
	args := Arguments{}
	if len(data) == 0 {
		return args, nil
	}
	var r wireParameters
	if err := read(data, "Parameters", &r); err != nil {
		return nil, err
	}
	for _, p := range r.Parameter {
		for _, v := range []*string{p.ValueString, p.ValueCode, p.ValueInstant} {
			if v == nil {
				continue
			}
			if _, twice := args[p.Name]; twice {
				return nil, E(Malformed, "Un paramètre est donné deux fois.")
			}
			args[p.Name] = *v
		}
	}
	return args, nil
}

// MatchParameters gives the body of Patient/$match: the strict traits as a
// Patient, certain matches only.
func (t Traits) MatchParameters() []byte {
	p := Patient{BirthName: t.BirthName, FirstGiven: t.FirstGiven, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace, Active: true}
	switch t.Sex {
	case "M":
		p.Gender = "male"
	case "F":
		p.Gender = "female"
	}
	w := &writer{make([]byte, 0, 1024)}
	w.resource("Parameters", "")
	w.arr("parameter")
	w.item()
	w.str("name", "resource")
	w.raw("resource", p.JSON())
	w.end()
	w.item()
	w.str("name", "onlyCertainMatches")
	w.boolean("valueBoolean", true)
	w.endArrObj()
	w.end()
	return w.b
}

// ParseMatch reads the body of Patient/$match. Errors: Malformed; Required
// when a strict trait is missing (birth name, first given name, sex, birth
// date to the day).
func ParseMatch(data []byte) (Traits, error) {
	var r wireParameters
	if err := read(data, "Parameters", &r); err != nil {
		return Traits{}, err
	}
	for _, p := range r.Parameter {
		if p.Name != "resource" || len(p.Resource) == 0 {
			continue
		}
		who, err := ParsePatient(p.Resource)
		if err != nil {
			return Traits{}, err
		}
		t := Traits{BirthName: who.BirthName, FirstGiven: who.FirstGiven, BirthDate: who.BirthDate, BirthPlace: who.BirthPlace}
		switch who.Gender {
		case "male":
			t.Sex = "M"
		case "female":
			t.Sex = "F"
		}
		if t.BirthName == "" || t.FirstGiven == "" || t.Sex == "" || len(t.BirthDate) != len("2006-01-02") {
			return Traits{}, E(Required, "Tous les traits stricts sont demandés : nom de naissance, premier prénom, sexe, date de naissance.")
		}
		return t, nil
	}
	return Traits{}, E(Required, "Le paramètre « resource » est demandé.")
}
