package client

import (
	"context"
	"time"
)

// The codes of a shared computer.
const (
	SeatCode  = 6              // digits of a code
	SeatTries = 5              // wrong codes, after which the seat is given up
	SeatLife  = 12 * time.Hour // a working day: after it one signs in again
)

// Seat is somebody who signed in on this computer today and may come back by a code.
type Seat struct {
	Person Person
	Until  time.Time
}

// Seats let several people share a computer, each under their own name: who has
// signed in takes a seat with a code of their choice, and comes back to it by that
// code within moments. Seats are in memory alone: they end with the program, after
// SeatLife, and after SeatTries wrong codes. A code opens no more than the person's
// sign-in, which the provider can end at any time.
type Seats interface {
	// Take gives who is signed in a seat with a code of SeatCode digits, in the place of
	// one they had. Errors: Unauthenticated, Invalid (no such code, or one that is
	// too easily guessed).
	Take(ctx context.Context, code string) error
	// Seated lists who may come back, by name.
	Seated() []Seat
	// Check tells whether a code is the one of a seat; it takes its time. Errors:
	// Unauthenticated (wrong code), Throttled (the seat was given up), NotFound.
	Check(ctx context.Context, id, code string) error
	// Sit makes who is seated the one who is signed in. Who was signed in stays seated,
	// or, without a seat, is signed out. Errors: those of Check.
	Sit(ctx context.Context, id, code string) (Person, error)
	// Leave gives up somebody's seat.
	Leave(id string)
}
