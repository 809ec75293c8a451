package patients

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/ui/choose"
)

const insGood = "279035121518989" // published test identity, right key

// code builds what a scanner types from the INS attestation of that identity.
func code() string {
	const gs = "\x1d"
	return "IS01" + strings.Repeat("0", 22) + "S1" + insGood + "S21.2.250.1.213.1.4.10" + gs + "S3DOMINIQUE MARIE-LOUISE" + gs + "S4PAT-TROIS" + gs + "S5FS628-03-1979S751215"
}

func TestCodeAgainstRecord(t *testing.T) {
	ask := choose.Interpret(code(), true)
	same := client.Patient{BirthName: "Pat Trois", FirstGiven: "Dominique", Gender: "female", BirthDate: "1979-03-28"}
	for name, c := range map[string]struct {
		change func(*client.Patient)
		want   Trait
	}{
		"the same, spelled otherwise": {func(*client.Patient) {}, 0},
		"another given name":          {func(p *client.Patient) { p.FirstGiven = "Ruth" }, TraitGiven},
		"another sex and date":        {func(p *client.Patient) { p.Gender, p.BirthDate = "male", "1979-03-29" }, TraitSex | TraitBirthDate},
		"sex unknown to the record":   {func(p *client.Patient) { p.Gender = "unknown" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := same
			c.change(&p)
			if got := mismatch(ask, p); got != c.want {
				t.Errorf("mismatch %b, want %b", got, c.want)
			}
		})
	}
}
