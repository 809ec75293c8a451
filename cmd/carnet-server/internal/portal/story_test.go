package portal

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPatientSignsInAndSeesWhatIsNew(t *testing.T) {
	s := newSite(t)
	b := s.lea()
	b.sees(http.StatusOK, "Bonjour Léa MARTIN", "Une demande d’accès attend votre réponse.", "3 avis non lus", "Paul ROCHE a ouvert votre dossier en urgence")
	if b.at != "/mon/" {
		t.Errorf("the sign-in leads to %s", b.at)
	}
}

func TestDocumentsAreFoundMaskedAndOpened(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents")
	b.sees(http.StatusOK, "31 documents", "Radio du genou gauche").never("numéro 31")
	b.submit("/mon/documents/filtre", "mots=genou").sees(http.StatusOK, "1 document", "Radio du genou gauche")
	b.submit("/mon/documents/filtre", "tout=1").sees(http.StatusOK, "31 documents")
	b.submit("/mon/documents/filtre", "archives=1").sees(http.StatusOK, "32 documents")
	id := lea[:8] + "-d1"
	b.get("/mon/documents/"+id).sees(http.StatusOK, "Radio du genou gauche", "Masquer aux professionnels")
	b.submit("/mon/documents/agir", "masquer="+id).sees(http.StatusOK, "Document masqué", "Ce document est masqué")
	b.submit("/mon/documents/agir", "demasquer="+id).sees(http.StatusOK, "Document visible de nouveau")
	b.submit("/mon/documents/agir", "cacher="+id).sees(http.StatusOK, "Caché aux représentants")
	b.get("/mon/documents/" + id + "/contenu")
	if b.header.Get("Content-Type") != "image/png" || !strings.Contains(b.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("an image comes as %s under %s", b.header.Get("Content-Type"), b.header.Get("Content-Security-Policy"))
	}
}
