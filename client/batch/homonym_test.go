package batch

import (
	"context"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// doubled is a directory in which somebody bears the names and the birth date of
// somebody else.
type doubled struct {
	client.Finder
	twin  client.Patient
	panel []client.Patient
	err   error
	asked int
}

func (d *doubled) FindByINS(ctx context.Context, ins fhir.Identifier) (client.Patient, error) {
	if ins.Value == d.twin.INS.Value {
		return d.twin, nil
	}
	return d.Finder.FindByINS(ctx, ins)
}

func (d *doubled) MyPatients(context.Context, client.PatientQuery) (client.PatientPage, error) {
	d.asked++
	return client.PatientPage{Patients: d.panel}, d.err
}

// Two people of one name and birth date: a document without an INS is nobody's for
// sure, in whatever order the two come; one with its INS is whose it says.
func TestHomonyms(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	twin := lea
	twin.ID, twin.INS.Value = "twin", "279035145430131"
	d := &doubled{Finder: p.fake, twin: twin, err: fhir.E(fhir.Forbidden, "a laboratory has no patients of its own")}
	silent := func(kind string) []byte { return pdf(strings.ReplaceAll(report(lea, kind), lea.INS.Value, "")) }
	p.write("first.pdf", silent("a"))
	p.write("sure.pdf", pdf(report(lea, "b")))
	one := p.write("one.csv", []byte("fichier;ins;type;date_acte\nfirst.pdf;"+lea.INS.Value+";11502-2;21/11/2026\nsure.pdf;"+lea.INS.Value+";11502-2;21/11/2026\n"))
	e := p.engine(func(c *Config) { c.Finder = d })
	running(t, e)
	ok(t, "add", e.Add(t.Context(), one))
	settled(t, e)
	stands(t, e, "first.pdf", Ready)
	stands(t, e, "sure.pdf", Ready)
	p.write("second.pdf", silent("c"))
	p.write("third.pdf", silent("d"))
	two := p.write("two.csv", []byte("fichier;ins;type;date_acte\nsecond.pdf;"+twin.INS.Value+";11502-2;21/11/2026\nthird.pdf;"+lea.INS.Value+";11502-2;21/11/2026\n"))
	ok(t, "add", e.Add(t.Context(), two))
	settled(t, e)
	for _, name := range []string{"first.pdf", "second.pdf", "third.pdf"} {
		if r := stands(t, e, name, Fix, Homonym); !strings.Contains(r.Explain("fr"), "homonymes") {
			t.Errorf("%s: %q", name, r.Explain("fr"))
		}
	}
	sure := stands(t, e, "sure.pdf", Ready)
	if d.asked != 1 {
		t.Errorf("who has no patients was asked for them %d times", d.asked)
	}
	first := row(t, e, "first.pdf")
	_, err := e.Correct(t.Context(), first.ID, Correction{Confirmed: true})
	ok(t, "confirm", err)
	settled(t, e)
	stands(t, e, "first.pdf", Ready)
	ok(t, "close", e.Close())
	again := p.engine(func(c *Config) { c.Finder = d })
	if r, _ := again.Row(sure.ID); r.State != Ready {
		t.Errorf("after a restart it is %s", r.State)
	}
	stands(t, again, "second.pdf", Fix, Homonym)
}

// One's own patients tell of a namesake whom the batch does not name.
func TestHomonymsAmongMyPatients(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	twin := lea
	twin.ID = "twin"
	d := &doubled{Finder: p.fake, panel: []client.Patient{lea, twin}}
	p.write("a.pdf", pdf(strings.ReplaceAll(report(lea, "a"), lea.INS.Value, "")))
	p.write("b.pdf", pdf(strings.ReplaceAll(report(lea, "b"), lea.INS.Value, "")))
	path := p.write("m.csv", []byte("fichier;ins;type;date_acte\na.pdf;"+lea.INS.Value+";11502-2;21/11/2026\nb.pdf;"+lea.INS.Value+";11502-2;21/11/2026\n"))
	e := p.engine(func(c *Config) { c.Finder, c.Workers = d, 1 })
	running(t, e)
	ok(t, "add", e.Add(t.Context(), path))
	settled(t, e)
	stands(t, e, "a.pdf", Fix, Homonym)
	stands(t, e, "b.pdf", Fix, Homonym)
	if d.asked != 1 {
		t.Errorf("asked %d times", d.asked)
	}
}
