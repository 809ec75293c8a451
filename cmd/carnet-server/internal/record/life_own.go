package record

import (
	"context"
	"slices"
	"time"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// A child's letters, codes and account are a parent's, as long as that parent
// represents the child. Then they are whose they should be without anybody's
// doing: at midnight of a birthday nothing runs. So each life is read as it is
// at that moment, and whatever is saved next keeps it so.

// addressed makes the letters of a life go to whom they are for now: the parent
// while they represent the child; then another representative of a minor; or
// else the person.
func (s *Service) addressed(ctx context.Context, n int64, l Life) (Life, error) {
	now := s.now()
	switch {
	case l.Parent == "":
		return l, nil
	case OfAge(l.BirthDate, now):
		return ownLife(l), nil
	}
	all, err := s.st.MandatesOf(ctx, n)
	if err != nil {
		return l, err
	}
	theirs := func(m store.Mandate) bool { return m.Person == l.Parent }
	// Of a store from before a parent's mandate was made with the record, there is
	// none: it is made when the insurance names them again.
	if !slices.ContainsFunc(all, theirs) || slices.ContainsFunc(all, func(m store.Mandate) bool { return theirs(m) && represented(m, now) }) {
		return l, nil
	}
	for _, m := range all {
		if represented(m, now) && !now.Before(m.Starts) {
			l = readdressed(l)
			l.Parent = m.Person
			return l, nil
		}
	}
	return ownLife(l), nil
}

// ownLife makes a life that was a parent's to activate the person's own: what
// the parent activated is open, and waits for the person's own code.
func ownLife(l Life) Life {
	l = readdressed(l)
	l.Parent, l.Activated = "", time.Time{}
	if l.State == LifeActivated {
		l.State = LifeOpened
	}
	return l
}

// readdressed takes from a life what was a parent's: the code that they may
// have, and their e-mail address. What is still to be sent goes by letter.
func readdressed(l Life) Life {
	l.CodeHash, l.CodeUntil, l.CodeTries = nil, time.Time{}, 0
	l.Channel, l.Email = ChannelLetter, ""
	l.Letters = slices.DeleteFunc(slices.Clone(l.Letters), func(x Letter) bool { return x.Code != "" })
	for i := range l.Letters {
		l.Letters[i].By, l.Letters[i].Email = ChannelLetter, ""
	}
	return l
}
