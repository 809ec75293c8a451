package record

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// Searching messages by words. A message lies sealed, and so do the words of its
// dialogue beside it, folded and once each: a search opens these, one value for a
// dialogue, and no message. The words are written with each message; a dialogue of
// before is indexed when it is first searched.

// indexedAtOnce bounds the dialogues that one turn of the writer indexes.
const indexedAtOnce = 32

// folding gives the words of what is sealed.
var folding = store.Folding{
	Dialogue: func(data []byte) []string {
		var body dialogueBody
		if json.Unmarshal(data, &body) != nil {
			return nil
		}
		return strings.Fields(fold(body.Subject))
	},
	Message: func(data []byte) []string {
		var body messageBody
		if json.Unmarshal(data, &body) != nil {
			return nil
		}
		return strings.Fields(fold(body.Text))
	},
}

// saying is how far a search is with one dialogue.
type saying struct {
	lacks []string // the words that were not found yet
	upto  int64    // n of the newest message that was looked at; -1: not all opens
}

func (a *saying) look(text string) {
	a.lacks = slices.DeleteFunc(a.lacks, func(w string) bool { return strings.Contains(text, " "+w) })
}

// thatSay gives the dialogues of which each word begins one of the subject, the
// patient's names or a message.
func (s *Service) thatSay(ctx context.Context, all []listedDialogue, words []string) ([]listedDialogue, error) {
	if len(words) == 0 {
		return all, nil
	}
	found := make([]saying, len(all))
	every := make([]int, len(all))
	for i := range all {
		every[i] = i
	}
	late, err := s.lookAt(ctx, all, every, words, found)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(late, indexedAtOnce) {
		if err := s.index(ctx, all, some); err != nil {
			return nil, err
		}
	}
	if late, err = s.lookAt(ctx, all, late, words, found); err != nil {
		return nil, err
	}
	for _, i := range late { // the index does not open, or a message came meanwhile
		if err := s.lookThrough(ctx, all[i], &found[i]); err != nil {
			return nil, err
		}
	}
	var out []listedDialogue
	for i, d := range all {
		if len(found[i].lacks) == 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

// lookAt looks at the words of some dialogues, and tells of which they are not all
// there.
func (s *Service) lookAt(ctx context.Context, all []listedDialogue, some []int, words []string, found []saying) (late []int, err error) {
	if len(some) == 0 {
		return nil, nil
	}
	looks := make([]store.Look, len(some))
	for k, i := range some {
		looks[k] = store.Look{Grant: all[i].by.grant, Record: all[i].by.rec, Dialogue: all[i].Dialogue}
		found[i] = saying{lacks: slices.Clone(words)}
	}
	err = s.st.Words(ctx, looks, func(w store.Words) {
		a := &found[some[w.At]]
		a.look(w.Text)
		if a.upto >= 0 {
			a.upto = w.Upto
		}
	})
	for _, i := range some {
		if found[i].upto < all[i].Newest && len(found[i].lacks) > 0 {
			late = append(late, i)
		}
	}
	return late, err
}

// index writes the words of dialogues that are not indexed yet.
func (s *Service) index(ctx context.Context, all []listedDialogue, some []int) error {
	return s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error {
		for _, i := range some {
			if err := tx.IndexDialogue(all[i].Dialogue, folding); err != nil {
				return err
			}
		}
		return nil
	}})
}

// lookThrough opens the messages of a dialogue one after the other.
func (s *Service) lookThrough(ctx context.Context, d listedDialogue, a *saying) error {
	if body, err := s.st.OpenDialogue(ctx, d.by.grant, d.by.rec, d.Dialogue); err == nil {
		a.look(" " + strings.Join(folding.Dialogue(body), " "))
	}
	for below := int64(0); len(a.lacks) > 0; {
		page, err := s.st.Messages(ctx, d.by.grant, d.by.rec, d.Dialogue, store.Below{N: below, Limit: usualMessages})
		if err != nil {
			return err
		}
		for _, m := range page {
			a.look(" " + strings.Join(folding.Message(m.Body), " "))
			below = m.N
		}
		if len(page) < usualMessages {
			return nil
		}
	}
	return nil
}
