package fhir

import "strings"

// ParseItem reads an item of the health profile. The JSON is read strictly;
// elements that the view has no place for pass unseen. What cannot be shown as
// a number is told in words: a value "< 0.5" is no value 0.5. Errors: Malformed,
// also for a resource that is no item.
func ParseItem(data []byte) (Item, error) {
	n, err := Parse(data)
	if err != nil {
		return Item{}, err
	}
	return ItemOf(n)
}

// ItemOf is ParseItem of a resource that was read.
func ItemOf(n *Node) (Item, error) {
	i := Item{Resource: n.Get("resourceType").String()}
	shape, ok := shapeOf(i.Resource)
	if !ok {
		return Item{}, E(Malformed, "Un élément du profil de santé était attendu.")
	}
	i.ID, i.Version = n.Get("id").String(), n.At("meta", "versionId").String()
	i.Updated = ParseTime(n.At("meta", "lastUpdated").String())
	i.Note = n.At("note", "text").String()
	i.readSecurity(n.At("meta", "security"))
	i.readExtensions(n.Get("extension"))
	i.readStatus(n, shape)
	switch i.Resource {
	case "AllergyIntolerance":
		i.readAllergy(n)
	case "Condition":
		i.Code, i.Text = concept(n.Get("code"))
		i.Start, i.End = n.Get("onsetDateTime").String(), n.Get("abatementDateTime").String()
	case "FamilyMemberHistory":
		i.readFamily(n)
	case "MedicationStatement":
		i.readTreatment(n)
	case "Immunization":
		i.Code, i.Text = concept(n.Get("vaccineCode"))
		i.Start, i.Lot = n.Get("occurrenceDateTime").String(), n.Get("lotNumber").String()
		i.Dose = small(n.At("protocolApplied", "doseNumberPositiveInt"))
	case "Observation":
		i.readMeasure(n)
	}
	if i.Author == (Party{}) && !i.ByHolder {
		i.readForeignAuthor(n)
	}
	return i, nil
}

// ItemPatient gives the logical id of whom an item is about, "" when it does
// not say it by a reference.
func ItemPatient(n *Node) string {
	return RefID(n.At(ItemSubject(n.Get("resourceType").String()), "reference").String(), "Patient")
}

// each calls f for the items of an array, or for a single value.
func each(n *Node, f func(*Node)) {
	switch {
	case n == nil:
	case n.Kind == Array:
		for j := range n.Items {
			f(&n.Items[j])
		}
	default:
		f(n)
	}
}

// concept gives the first coding of a CodeableConcept, a LOINC one if there is
// any, and its text, or else what the coding displays.
func concept(n *Node) (c Coding, text string) {
	each(n.Get("coding"), func(one *Node) {
		read := Coding{System: one.Get("system").String(), Code: one.Get("code").String(), Display: one.Get("display").String()}
		if c == (Coding{}) || read.System == SystemLOINC && c.System != SystemLOINC {
			c = read
		}
	})
	if text = n.Get("text").String(); text == "" {
		text = c.Display
	}
	return c, text
}

// small reads a whole number of a few digits, 0 for anything else.
func small(n *Node) int {
	if n == nil || n.Kind != Number || len(n.Text) > 4 {
		return 0
	}
	v := 0
	for _, c := range n.Text {
		if c < '0' || c > '9' {
			return 0
		}
		v = v*10 + int(c-'0')
	}
	return v
}

func (i *Item) readSecurity(n *Node) {
	each(n, func(label *Node) { i.Masked = i.Masked || label.Get("code").String() == LabelMasked })
}

func (i *Item) readExtensions(n *Node) {
	each(n, func(e *Node) {
		switch e.Get("url").String() {
		case ExtItemAuthor:
			i.readAuthor(e.Get("extension"))
		case ExtItemSource:
			i.Source = RefID(e.At("valueReference", "reference").String(), "DocumentReference")
		case ExtSubstance:
			c := e.Get("valueCoding")
			i.Substances = append(i.Substances, Coding{System: c.Get("system").String(), Code: c.Get("code").String(), Display: c.Get("display").String()})
		}
	})
}

func (i *Item) readAuthor(parts *Node) {
	each(parts, func(part *Node) {
		ref := part.Get("valueReference")
		id, name := ref.At("identifier", "value").String(), ref.Get("display").String()
		switch part.Get("url").String() {
		case "who":
			if i.ByHolder = byHolder(ref); i.ByHolder {
				id = ""
			}
			i.Author.ID, i.Author.Name = id, name
		case "organization":
			i.Author.OrgID, i.Author.OrgName = id, name
		}
	})
}

// byHolder tells a reference to the patient, or to who represents them.
func byHolder(ref *Node) bool {
	switch ref.Get("type").String() {
	case "Patient", "RelatedPerson":
		return true
	}
	who := ref.Get("reference").String()
	return RefID(who, "Patient") != "" || RefID(who, "RelatedPerson") != ""
}

// readForeignAuthor looks where other servers say who wrote an item.
func (i *Item) readForeignAuthor(n *Node) {
	for _, name := range []string{"recorder", "asserter", "informationSource", "performer"} {
		ref := n.Get(name)
		if ref != nil && ref.Kind == Array {
			ref = ref.first()
		}
		if actor := ref.Get("actor"); actor != nil { // of an Immunization
			ref = actor
		}
		if i.ByHolder = byHolder(ref); i.ByHolder {
			i.Author.Name = ref.Get("display").String()
			return
		}
		i.Author.Name = ref.Get("display").String()
		if ref.At("identifier", "system").String() == SystemNationalPro {
			i.Author.ID = ref.At("identifier", "value").String()
		}
		if i.Author != (Party{}) {
			return
		}
	}
}

// readStatus reads the status; of an allergy or a disease that is no longer
// held to be one, that counts.
func (i *Item) readStatus(n *Node, shape itemShape) {
	if shape.clinical == "" {
		i.Status = n.Get("status").String()
		return
	}
	i.Status = n.At("clinicalStatus", "coding", "code").String()
	switch v := n.At("verificationStatus", "coding", "code").String(); v {
	case StatusInError, statusRefuted:
		i.Status = v
	}
}

func (i *Item) readAllergy(n *Node) {
	i.Code, i.Text = concept(n.Get("code"))
	i.Start, i.Criticality = n.Get("onsetDateTime").String(), n.Get("criticality").String()
	if c := n.Get("category"); c != nil && c.Kind == Array && len(c.Items) > 0 {
		i.Category = c.Items[0].String()
	}
	var words []string
	each(n.Get("reaction"), func(r *Node) {
		each(r.Get("manifestation"), func(m *Node) {
			if _, text := concept(m); text != "" {
				words = append(words, text)
			}
		})
	})
	i.Reaction = strings.Join(words, ", ")
}

func (i *Item) readFamily(n *Node) {
	i.Start = n.Get("date").String()
	i.Relation, _ = concept(n.Get("relationship"))
	var words []string
	each(n.Get("condition"), func(c *Node) {
		code, text := concept(c.Get("code"))
		if i.Code == (Coding{}) {
			i.Code = code
		}
		if text != "" {
			words = append(words, text)
		}
	})
	i.Text = strings.Join(words, ", ")
}

// readTreatment reads a treatment. The medicine may be a contained Medication,
// whose ingredients are its substances.
func (i *Item) readTreatment(n *Node) {
	i.Code, i.Text = concept(n.Get("medicationCodeableConcept"))
	if id, ok := strings.CutPrefix(n.At("medicationReference", "reference").String(), "#"); ok {
		each(n.Get("contained"), func(m *Node) {
			if m.Get("id").String() != id || m.Get("resourceType").String() != "Medication" {
				return
			}
			i.Code, i.Text = concept(m.Get("code"))
			each(m.Get("ingredient"), func(part *Node) {
				c, text := concept(part.Get("itemCodeableConcept"))
				if c.Display == "" {
					c.Display = text
				}
				if c != (Coding{}) {
					i.Substances = append(i.Substances, c)
				}
			})
		})
	}
	i.Start, i.End = n.At("effectivePeriod", "start").String(), n.At("effectivePeriod", "end").String()
	if at := n.Get("effectiveDateTime").String(); at != "" {
		i.Start = at
	}
	var words []string
	each(n.Get("dosage"), func(d *Node) {
		if text := d.Get("text").String(); text != "" {
			words = append(words, text)
		}
	})
	i.Dosage = strings.Join(words, ", ")
}

func (i *Item) readMeasure(n *Node) {
	i.Code, i.Text = concept(n.Get("code"))
	if i.Start = n.Get("effectiveDateTime").String(); i.Start == "" {
		i.Start = n.Get("effectiveInstant").String()
	}
	var said string
	i.Value, i.Unit, said = amount(n)
	i.say(said)
	each(n.Get("component"), func(part *Node) {
		code, text := concept(part.Get("code"))
		if code.Display == "" {
			code.Display = text
		}
		value, unit, said := amount(part)
		if value != "" {
			i.Parts = append(i.Parts, Part{Code: code, Value: value, Unit: unit})
		} else if said != "" {
			i.say(strings.TrimSpace(code.Display + " " + said))
		}
	})
}

// say adds a result in words to what was measured.
func (i *Item) say(words string) {
	switch {
	case words == "":
	case i.Text == "":
		i.Text = words
	default:
		i.Text += "\u00a0: " + words
	}
}

// amount gives the value of a measure, or of a part of one: a number with its
// unit, or words.
func amount(n *Node) (value, unit, said string) {
	q := n.Get("valueQuantity")
	if v := q.Get("value"); v != nil && v.Kind == Number {
		if unit = q.Get("code").String(); unit == "" {
			unit = q.Get("unit").String()
		}
		if by := q.Get("comparator").String(); by != "" || !IsDecimal(v.Text) {
			return "", "", strings.TrimSpace(by + " " + v.Text + " " + unit)
		}
		return v.Text, unit, ""
	}
	if said = n.Get("valueString").String(); said == "" {
		_, said = concept(n.Get("valueCodeableConcept"))
	}
	return "", "", said
}
