package cache

import (
	"path/filepath"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
)

// The cache keeps every promise of the contract, online and with nothing copied; also
// one that shares with an establishment.
func TestTheCacheConforms(t *testing.T) {
	clienttest.Run(t, func(t *testing.T) clienttest.Harness {
		over := func(o clienttest.Options) *bench { return newBench(t, o) }
		on, off := over(clienttest.Options{Lookups: 40}), over(clienttest.Options{})
		on.shares(filepath.Join(t.TempDir(), "shared"))
		off.offline(true)
		f := on.fake
		return clienttest.Harness{
			Records: on, Offline: off, SignedOut: over(clienttest.Options{SignedOut: true}),
			Regulator: over(clienttest.Options{Me: client.Person{ID: "899700000088", Name: "Dr Inès CARON", Profession: "10", Specialty: "SM59"}}),
			Mine:      f.Patient(clienttest.PatientLea), Name: "mart",
			Stranger: f.Patient(clienttest.PatientStranger), Objects: f.Patient(clienttest.PatientObjects),
			Blocked: f.Patient(clienttest.PatientBlocked), Closed: f.Patient(clienttest.PatientClosed),
			NoINS:     f.Patient(clienttest.PatientLeo),
			Forbidden: []string{"martin", "léa", "benali", "rousseau", "Consultation de suivi", f.Patient(clienttest.PatientLea).INS.Value},
		}
	})
}

// shares has the cache share with an establishment.
func (b *bench) shares(dir string) {
	b.t.Helper()
	ok(b.t, "shut", b.Shut())
	b.copies.house = house{org: "pharmacie"}
	b.cfg.Shared = &Shared{Dir: dir, Seal: b.vault.For("pool"), Server: b.copies, Org: "pharmacie", Member: "1"}
	b.open()
}
