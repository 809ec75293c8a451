package record

import (
	"fmt"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// SetLife says where a seeded person's record stands in its life; the state of
// the decision follows. After SetRecord.
func (s *Seeder) SetLife(l Life) error {
	who, err := s.person(l.Patient)
	if err != nil {
		return err
	}
	state, ok := decisionStates[l.State]
	if !ok {
		return fmt.Errorf("seed: no state of a life is %q", l.State)
	}
	s.svc.activations.of.Remove(who.N) // a demonstration may make a life as it likes
	return s.do(600, func(tx store.Tx) error {
		kept, err := closeLife(who.N, l)
		if err != nil {
			return err
		}
		return tx.SaveLife(&kept, state, l.Closed)
	})
}
