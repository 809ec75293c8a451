package portal

import (
	"encoding/json"
	"fmt"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// kept is a session as Visits keeps it. A field that a later version of the
// program adds is empty in what an earlier one kept.
type kept struct {
	Token       string
	Kind        string         `json:",omitempty"`
	Citizen     record.Citizen `json:",omitzero"`
	Staff       record.Staff   `json:",omitzero"`
	SignIn      string         `json:",omitempty"`
	Begun, Seen time.Time

	Rec     string           `json:",omitempty"`
	After   string           `json:",omitempty"`
	Flash   string           `json:",omitempty"`
	Pending []keptPending    `json:",omitempty"`
	Draft   keptDraft        `json:",omitzero"`
	Docs    record.HeldQuery `json:",omitzero"`
	History historyFilter    `json:",omitzero"`
	Words   string           `json:",omitempty"`
	Letters string           `json:",omitempty"`
	Served  keptServed       `json:",omitzero"`
	Bearer  string           `json:",omitempty"`
}

type keptPending struct {
	State, Nonce, Verifier string
	Begun                  time.Time
}

type keptDraft struct {
	Person, Secret, Addr string
	PNG                  []byte
	Begun                time.Time
}

type keptServed struct {
	INS  string
	Life record.Life
	At   time.Time
}

// pack gives a session as it is kept.
func (s *session) pack() ([]byte, error) {
	d := s.data
	k := kept{
		Token: s.token, Kind: s.who.kind, Citizen: s.who.citizen, Staff: s.who.staff, SignIn: s.who.signIn, Begun: s.begun, Seen: s.seen,
		Rec: d.rec, After: d.after, Flash: d.flash, Docs: d.docs, History: d.history, Words: d.words, Letters: d.letters, Bearer: d.bearer,
		Draft:  keptDraft{d.draft.person, d.draft.secret, d.draft.addr, d.draft.png, d.draft.begun},
		Served: keptServed{d.served.ins, d.served.life, d.served.at},
	}
	for _, p := range d.pending {
		k.Pending = append(k.Pending, keptPending{p.state, p.nonce, p.verifier, p.begun})
	}
	return json.Marshal(k)
}

// unpack reads what pack gave.
func (s *session) unpack(data []byte) error {
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return fmt.Errorf("portal: a kept visit does not read: %w", err)
	}
	s.token, s.begun, s.seen = k.Token, k.Begun, k.Seen
	s.who = visitor{kind: k.Kind, citizen: k.Citizen, staff: k.Staff, signIn: k.SignIn}
	s.data = state{
		rec: k.Rec, after: k.After, flash: k.Flash, docs: k.Docs, history: k.History, words: k.Words, letters: k.Letters, bearer: k.Bearer,
		draft:  draft{k.Draft.Person, k.Draft.Secret, k.Draft.Addr, k.Draft.PNG, k.Draft.Begun},
		served: served{k.Served.INS, k.Served.Life, k.Served.At},
	}
	for _, p := range k.Pending {
		s.data.pending = append(s.data.pending, pending{p.State, p.Nonce, p.Verifier, p.Begun})
	}
	return nil
}
