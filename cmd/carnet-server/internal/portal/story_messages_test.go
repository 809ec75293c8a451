package portal

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestMessagesAreReadAndAnswered: a list with what is unread, an exchange whose
// markup stays text, an answer, the rules in words, words looked for in no
// address.
func TestMessagesAreReadAndAnswered(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	at := "/mon/messages/" + lea[:8] + "-x1"
	b.get("/mon/").sees(http.StatusOK, "1 message non lu")
	b.get("/mon/documents").sees(http.StatusOK, "1 message non lu", "Messages 1 non lu")
	b.get("/mon/messages").sees(http.StatusOK, "Vos résultats", "1 non lu", "a mis fin à cet échange", "Sans réponse attendue")
	b.get(at).sees(http.StatusOK, "<b>Tout</b> est normal.", "Radio du genou gauche", "Un document que vous ne pouvez pas lire")
	if strings.Contains(b.body, "<b>Tout</b>") {
		t.Error("the markup of a message is markup of the page")
	}
	b.submit(at, "texte=").sees(http.StatusUnprocessableEntity, "Écrivez votre message.")
	b.get(at).submit(at, "texte=Merci, à bientôt <script>").sees(http.StatusOK, "Message envoyé.", "Merci, à bientôt <script>", "Léa")
	if strings.Contains(b.body, "<script") {
		t.Error("what was typed is markup of the page")
	}
	b.get("/mon/messages").submit("/mon/messages/filtre", "mots=renouv").sees(http.StatusOK, "Renouvellement")
	if strings.Contains(b.body, "Vos résultats") || strings.Contains(b.at, "renouv") {
		t.Error("the words looked for find too much, or stand in the address")
	}
	b.get("/mon/messages/"+lea[:8]+"-x2").sees(http.StatusOK, "vous pouvez le relire, plus y répondre.")
	b.get("/mon/messages/"+lea[:8]+"-x3").sees(http.StatusOK, "n’attend pas de réponse")
	b.get("/mon/messages/" + tom[:8] + "-x1").sees(http.StatusNotFound)
}

// TestAVisitSaysWhatItDid: beside documents, what was written and what became of
// the profile; one kind of act says itself.
func TestAVisitSaysWhatItDid(t *testing.T) {
	c := &call{portal: &portal{}, lang: "fr"}
	act := func(kind, detail string) record.Act { return record.Act{Kind: kind, Detail: detail} }
	for want, acts := range map[string][]record.Act{
		"a lu des messages": {act(fhir.KindMessage, "")},
		"1 document lu, 1 message envoyé, profil de santé modifié": {
			act(fhir.KindRead, ""), act(fhir.KindMessage, ""), act(fhir.KindMessageSent, "open"), act(fhir.KindMessageSent, "ended"), act(fhir.KindProfile, "read"), act(fhir.KindProfile, "keep"),
		},
		"messages lus, profil de santé lu": {act(fhir.KindMessage, "list"), act(fhir.KindProfile, "read")},
		"2 messages envoyés":               {act(fhir.KindMessageSent, ""), act(fhir.KindMessageSent, ""), act(fhir.KindOpen, "")},
	} {
		if got := c.summary(record.Visit{Acts: acts}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestNoticesLead: that of a message to the messages, that of the profile to it;
// an item that was taken back is said as what it is.
func TestNoticesLead(t *testing.T) {
	s := newSite(t)
	k := s.world.records[lea]
	k.told = append([]record.Told{
		{ID: 99, Kind: "message", At: now, Who: "Dr Anne MOREL", Dialogue: lea[:8] + "-x1"}, {ID: 97, Kind: "message", At: now, Who: "Dr Anne MOREL"}, {ID: 98, Kind: "item", At: now, Who: "Dr Anne MOREL", Detail: "removed"},
	}, k.told...)
	b := s.lea()
	for _, page := range []string{"/mon/", "/mon/avis"} {
		b.get(page).sees(http.StatusOK, "Dr Anne MOREL vous a écrit", "Un élément, saisi par erreur, a été retiré.", "Voir le profil de santé")
		if len(find(b.page, "main")) != 1 {
			t.Fatal("no main")
		}
		leads := map[string]bool{}
		for _, a := range find(find(b.page, "main")[0], "a") {
			leads[attr(a, "href")] = true
		}
		if !leads["/mon/messages/"+lea[:8]+"-x1"] || !leads["/mon/messages"] || !leads["/mon/profil"] {
			t.Errorf("%s leads to %v", page, leads)
		}
	}
}

// TestAnAnswerBringsDocuments: one of the record, chosen from a list that is read
// when it is asked for, or a file that is kept in the record, too.
func TestAnAnswerBringsDocuments(t *testing.T) {
	s := newSite(t)
	at, one := "/mon/messages/"+lea[:8]+"-x1", lea[:8]+"-d1"
	b := s.lea().get(at)
	if strings.Contains(b.body, `value="`+one+`"`) {
		t.Error("the documents are read before they are asked for")
	}
	b.submit(at, "texte=Voici.", "choisir=1").sees(http.StatusOK, "Voici.", "Radio du genou gauche, ")
	b.submit(at, "cherche=introuvable", "choisir=1").sees(http.StatusOK, "Aucun document ne correspond.")
	if strings.Contains(b.body, `value="`+one+`"`) {
		t.Error("a document that does not match is offered")
	}
	b.submit(at, "cherche=genou", "choisir=1").sees(http.StatusOK, "Radio du genou gauche, ")
	b.submit(at, "document="+one).sees(http.StatusOK, "Message envoyé.", "Voici.")
	if strings.Count(b.body, `href="/mon/documents/`+one+`"`) != 2 {
		t.Error("the answer does not lead to the document")
	}
	b.uploadTo(at, map[string]string{"texte": "", "type": "DOCPAT05"}, "bilan.pdf", []byte("%PDF-1.7 x")).
		sees(http.StatusUnprocessableEntity, "Écrivez votre message.", "Choisissez de nouveau le fichier")
	if len(find(b.page, "details")) == 0 || !strings.Contains(b.body, `value="DOCPAT05" selected`) {
		t.Error("what was chosen is forgotten")
	}
	b.submit(at, "texte=Mon bilan").sees(http.StatusUnprocessableEntity, "Choisissez un fichier.")
	b.uploadTo(at, map[string]string{"texte": "Mon bilan", "date": "2026-12-24"}, "bilan.pdf", []byte("%PDF-1.7 x")).sees(http.StatusUnprocessableEntity, "dans le futur")
	b.uploadTo(at, map[string]string{"texte": "Mon bilan", "date": ""}, "bilan.pdf", []byte("%PDF-1.7 x")).sees(http.StatusOK, "Message envoyé.", "Mon bilan", "bilan")
	docs := s.world.records[lea].docs
	if d := docs[len(docs)-1]; d.Type.Code != "DOCPAT05" || d.Attachment.Title != "bilan" || !strings.Contains(b.body, `href="/mon/documents/`+d.ID+`"`) {
		t.Errorf("the file was filed as %+v", d)
	}
}

// TestMessagesArriveLive: a page that stays open shows a message within a
// second, without a script.
func TestMessagesArriveLive(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/mon/messages/"+lea[:8]+"-x1/direct", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	until := func(what string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				return
			}
		}
		t.Fatalf("%q never came (%v)", what, lines.Err())
	}
	until("est normal.")
	begun := time.Now()
	s.world.mu.Lock()
	s.world.records[lea].exchanges[0].wrote(now, "Dr Anne MOREL", "Encore un mot.", false)
	s.world.stirred()
	s.world.mu.Unlock()
	until("Encore un mot.")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %v", took)
	}
}
