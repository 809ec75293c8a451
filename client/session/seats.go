package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"

	"golang.org/x/crypto/argon2"
)

var _ client.Seats = (*Session)(nil)

// seat is somebody who may come back by a code. Guarded by Session.mu.
type seat struct {
	person client.Person
	tokens *tokens // nil while they are the one who is signed in
	salt   []byte
	hash   []byte // of the code, argon2id: six digits are guessed fast from a faster one
	wrong  int
	until  time.Time
}

// The cost of one guess: some 60 ms and 32 MiB.
const (
	codePasses  = 2
	codeMemory  = 32 << 10 // KiB
	codeThreads = 1
	codeSize    = 32
)

func hashCode(code string, salt []byte) []byte {
	return argon2.IDKey([]byte(code), salt, codePasses, codeMemory, codeThreads, codeSize)
}

// goodCode tells digits that are not the first that one tries: all the same, or one
// after the other.
func goodCode(code string) bool {
	if len(code) != client.SeatCode || strings.Trim(code, "0123456789") != "" {
		return false
	}
	same, up, down := true, true, true
	for i := 1; i < len(code); i++ {
		step := int(code[i]) - int(code[i-1])
		same, up, down = same && step == 0, up && step == 1, down && step == -1
	}
	return !same && !up && !down
}

// Take implements client.Seats.
func (s *Session) Take(ctx context.Context, code string) error {
	if !goodCode(code) {
		return fhir.E(fhir.Invalid, "Choisissez six chiffres qui ne se devinent pas : ni tous pareils, ni à la suite.")
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	hash := hashCode(code, salt)
	if err := ctx.Err(); err != nil {
		return problem(ctx, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil || s.who.ID == "" {
		return &fhir.Error{Code: fhir.Unauthenticated, Message: "Personne n'est connecté : connectez-vous."}
	}
	if s.seats == nil {
		s.seats = map[string]*seat{}
	}
	s.seats[s.who.ID] = &seat{person: s.who, salt: salt, hash: hash, until: s.cfg.Now().Add(client.SeatLife)}
	return nil
}

// Seated implements client.Seats.
func (s *Session) Seated() []client.Seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []client.Seat
	for id, seat := range s.seats {
		if !s.cfg.Now().Before(seat.until) {
			delete(s.seats, id)
			continue
		}
		all = append(all, client.Seat{Person: seat.person, Until: seat.until})
	}
	slices.SortFunc(all, func(a, b client.Seat) int {
		return cmp.Or(cmp.Compare(a.Person.Name, b.Person.Name), cmp.Compare(a.Person.ID, b.Person.ID))
	})
	return all
}

// Check implements client.Seats. A try counts before it is made, so that many at
// once are no more tries than one after the other.
func (s *Session) Check(ctx context.Context, id, code string) error {
	s.mu.Lock()
	seat := s.seats[id]
	if seat == nil || !s.cfg.Now().Before(seat.until) {
		delete(s.seats, id)
		s.mu.Unlock()
		return fhir.E(fhir.NotFound, "Cette place n’existe plus : connectez-vous.")
	}
	seat.wrong++
	tries, salt, hash := seat.wrong, seat.salt, seat.hash
	s.mu.Unlock()
	right := tries <= client.SeatTries && subtle.ConstantTimeCompare(hashCode(code, salt), hash) == 1
	if err := ctx.Err(); err != nil {
		return problem(ctx, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case right:
		seat.wrong = 0
		return nil
	case seat.wrong >= client.SeatTries:
		if s.seats[id] == seat {
			delete(s.seats, id)
		}
		return fhir.E(fhir.Throttled, "Trop de codes faux : connectez-vous.")
	}
	return &fhir.Error{Code: fhir.Unauthenticated, Message: "Ce n’est pas le code : il reste quelques essais."}
}

// Sit implements client.Seats.
func (s *Session) Sit(ctx context.Context, id, code string) (client.Person, error) {
	if err := s.Check(ctx, id, code); err != nil {
		return client.Person{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seat := s.seats[id]
	if seat == nil {
		return client.Person{}, fhir.E(fhir.NotFound, "Cette place n’existe plus : connectez-vous.")
	}
	if s.who.ID == id && s.tokens != nil {
		return seat.person, nil
	}
	if seat.tokens == nil { // they signed out elsewhere in this program
		delete(s.seats, id)
		return client.Person{}, fhir.E(fhir.NotFound, "Cette place n’existe plus : connectez-vous.")
	}
	if before := s.seats[s.who.ID]; before != nil && s.tokens != nil {
		before.tokens = s.tokens
	}
	s.become(seat.tokens, seat.person)
	seat.tokens = nil
	return seat.person, nil
}

// Leave implements client.Seats.
func (s *Session) Leave(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seats, id)
}

// renewed keeps what a refresh gave for who left their place meanwhile: a refresh
// token works once. The lock is held.
func (s *Session) renewed(was, got *tokens) {
	for _, seat := range s.seats {
		if seat.tokens == was {
			seat.tokens = got
		}
	}
}
