package demo

import (
	"maps"
	"slices"

	"carnet/cmd/carnet-server/internal/record"
)

// city is where all of the cast work.
const city = "Nantes"

// twins are represented by their mother until they come of age.
var twins = []string{"p005", "p006"}

// seedDirectory lists the cast and where they work, so that patients find them,
// and lets the mother of the twins into their records.
func seedDirectory(seeder *record.Seeder) error {
	for _, key := range slices.Sorted(maps.Keys(orgs)) {
		o := orgs[key]
		err := seeder.AddListed(record.ListedSeed{Listed: record.Listed{ID: o.id, Name: o.name, City: city, Org: true}, Sector: o.sector})
		if err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(cast)) {
		p := cast[key]
		o := orgs[p.where]
		err := seeder.AddListed(record.ListedSeed{Sector: o.sector, Listed: record.Listed{
			ID: p.id, Name: p.name, Profession: p.profession, Specialty: p.specialty, OrgID: o.id, OrgName: o.name, City: city,
		}})
		if err != nil {
			return err
		}
	}
	for _, child := range twins {
		if err := seeder.AddMandate(record.Mandate{Patient: child, Person: parentOfTwins, Relation: record.RelationRepresentative}); err != nil {
			return err
		}
	}
	return nil
}
