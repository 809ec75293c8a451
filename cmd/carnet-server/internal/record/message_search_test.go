package record

import "testing"

// says tells whether a search of the professional finds the exchange.
func (w *world) says(words string) bool {
	w.t.Helper()
	out, err := w.Dialogues(bg, gp(), DialogueQuery{Words: words})
	w.must(err)
	held, err := w.HeldDialogues(bg, zoe(), "pat-1", DialogueQuery{Words: words})
	w.must(err)
	if out.Total != held.Total || out.Total != len(out.Items) {
		w.t.Errorf("%q: %d for the professional, %d for the patient", words, out.Total, held.Total)
	}
	return out.Total == 1
}

// searched: beginnings of words of the subject, the name and every message, in any
// case and with any accents; all of them.
func (w *world) searched() {
	w.t.Helper()
	for words, want := range map[string]bool{
		"resultats": true, "SECRÈTE": true, "texte reponse": true, "lefev vos": true, "sec": true, "rep zoe": true,
		"ecret": false, "texte absent": false, "body": false,
	} {
		if got := w.says(words); got != want {
			w.t.Errorf("%q: %v", words, got)
		}
	}
}

func TestMessagesAreFoundByTheirWords(t *testing.T) {
	w, dialogue := letterWorld(t)
	w.searched()
	w.writesLetter(dialogue, "Voici l’ordonnance.", nil)
	if !w.says("ordonn texte") {
		t.Error("a new message is not found")
	}
	w.sound()
}

// TestMessagesOfBeforeAreFound: a store that has no words of its messages gets them
// with the first search; words that were damaged are no reason to find less.
func TestMessagesOfBeforeAreFound(t *testing.T) {
	w, _ := letterWorld(t)
	execute(t, w.dir, `DELETE FROM dialogue_words`)
	w.searched()
	w.sound()
	execute(t, w.dir, `UPDATE dialogue_words SET body = zeroblob(length(body))`)
	w.searched()
	w.sound() // they were made anew
	execute(t, w.dir, `UPDATE dialogue_words SET upto = 1 << 40, body = zeroblob(length(body))`)
	w.searched()
}
