package vault

import (
	"errors"

	"carnet/client/fhir"
)

// What can be wrong, as causes: use errors.Is. The errors themselves are
// fhir.Error with a code and words for people.
var (
	ErrLocked    = errors.New("vault: locked")                      // code Unauthenticated
	ErrWrong     = errors.New("vault: the secret does not fit")     // code Forbidden
	ErrTooSoon   = errors.New("vault: wait before the next try")    // code Throttled
	ErrNoKeyring = errors.New("vault: the keyring does not answer") // code Unavailable: offer a passphrase
	ErrDamaged   = errors.New("vault: not what was sealed here")    // code Invalid
	ErrState     = errors.New("vault: not possible in this state")  // code StateConflict
)

func fail(cause error) error {
	e := &fhir.Error{Err: cause}
	switch {
	case errors.Is(cause, ErrLocked):
		e.Code, e.Message = fhir.Unauthenticated, "Le coffre de ce poste est verrouillé. Déverrouillez-le pour continuer."
	case errors.Is(cause, ErrWrong):
		e.Code, e.Message = fhir.Forbidden, "Ce n’est pas le bon secret. Vérifiez-le et recommencez."
	case errors.Is(cause, ErrTooSoon):
		e.Code, e.Message = fhir.Throttled, "Trop d’essais. Attendez un peu avant de recommencer."
	case errors.Is(cause, ErrNoKeyring):
		e.Code, e.Message = fhir.Unavailable, "Le trousseau de ce poste ne répond pas. Choisissez une phrase secrète à la place."
	case errors.Is(cause, ErrDamaged):
		e.Code, e.Message = fhir.Invalid, "Des données de ce poste sont abîmées. Elles ne seront pas utilisées."
	case errors.Is(cause, ErrState):
		e.Code, e.Message = fhir.StateConflict, "Le coffre n’est pas dans un état qui le permet. Rouvrez-le."
	default:
		e.Code, e.Message = fhir.Unavailable, "Le coffre ne peut pas être lu ou écrit. Vérifiez le disque et ses droits."
	}
	return e
}
