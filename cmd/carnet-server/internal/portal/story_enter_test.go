package portal

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func TestAPersonActivatesTheirRecord(t *testing.T) {
	s := newSite(t)
	b := s.browser().get("/mon/")
	b.sees(http.StatusOK, "Activer mon dossier")
	b.get("/mon/activer/compte").sees(http.StatusBadRequest, "Connexion inachevée")
	b.get("/mon/activer")
	b.submit("/mon/activer", "ins=123").sees(http.StatusUnprocessableEntity, "15 caractères", "Ce champ est nécessaire.")
	right := []string{"ins=2 79 03 51 215 189 89", "naissance=1979-03-28", "carte=123 456 7890"}
	b.submit("/mon/activer", append(right, "code=WRONGONE")...).sees(http.StatusUnprocessableEntity, "Ces indications ne vont pas ensemble")
	if !strings.Contains(b.body, "2 79 03 51 215 189 89") {
		t.Error("what was typed is lost")
	}
	b.submit("/mon/activer", append(right, "code=OLDCODE1")...).sees(http.StatusUnprocessableEntity, "plus de six semaines")
	b.submit("/mon/activer", append(right, "code=TOOMANY1")...).sees(http.StatusTooManyRequests, "Trop d’essais")
	b.get("/mon/activer").submit("/mon/activer", append(right, "code=abcd 2345")...).sees(http.StatusOK, "Étape 2 sur 3", "JBSW Y3DP EHPK 3PXP")
	b.fetch("/mon/activer/qr")
	s.browser().get("/mon/activer/qr").sees(http.StatusBadRequest)
	make := func(login, password, again, code string) *browser {
		return b.submit("/mon/activer/compte", "identifiant="+login, "passe="+password, "encore="+again, "code="+code)
	}
	make("lea", "court", "court", "123456").sees(http.StatusUnprocessableEntity, "trop court")
	make("lea", "quatre mots au hasard", "autre chose", "123456").sees(http.StatusUnprocessableEntity, "diffèrent")
	make("pris", "quatre mots au hasard", "quatre mots au hasard", "123456").sees(http.StatusUnprocessableEntity, "déjà pris")
	make("deja", "quatre mots au hasard", "quatre mots au hasard", "123456").sees(http.StatusUnprocessableEntity, "connectez-vous avec lui")
	make("lea", "quatre mots au hasard", "quatre mots au hasard", "000000").sees(http.StatusUnprocessableEntity, "attendez le suivant").never("quatre mots")
	make("lea", "quatre mots au hasard", "quatre mots au hasard", "123 456").sees(http.StatusOK, "aaaa-1111", "plus jamais montrés")
	if got := s.world.made[0]; got.Person != lea || got.Name != "Léa MARTIN" || got.Password != "quatre mots au hasard" {
		t.Errorf("made %+v", got)
	}
	b.get("/mon/activer/compte").sees(http.StatusBadRequest)
}

// Who lost their code asks for another; the page says the same of everybody and
// shows no code.
func TestACodeIsAskedForAnew(t *testing.T) {
	s := newSite(t)
	b := s.browser().get("/mon/activer").sees(http.StatusOK, "Pas de code, ou code périmé").get("/mon/activer/code")
	b.submit("/mon/activer/code", "ins=123").sees(http.StatusUnprocessableEntity, "15 caractères", "Ce champ est nécessaire.")
	said := map[string]bool{}
	for _, ins := range []string{"2 79 03 51 215 189 89", "1 79 03 51 215 189 89"} {
		b.get("/mon/activer/code").submit("/mon/activer/code", "ins="+ins, "naissance=1979-03-28", "carte=123 456 7890")
		b.sees(http.StatusOK, "vont ensemble").never("215 189", "456 7890")
		said[b.main()] = true
	}
	if got := s.world.renewed; len(said) != 1 || len(got) != 2 || got[0].INS != "279035121518989" || got[0].BirthDate != "1979-03-28" || got[0].Card != "1234567890" || got[0].Peer == "" {
		t.Errorf("%d answers, %+v", len(said), got)
	}
	b.get("/mon/activer/code").submit("/mon/activer/code", "ins=279035121518989", "naissance=1979-03-28", "carte=999").sees(http.StatusTooManyRequests, "Trop d’essais")
}

func TestADocumentIsDeposited(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents/ajouter")
	good := map[string]string{"type": "DOCPAT03", "titre": "Ancien compte rendu", "date": "2019-05-02"}
	b.upload(map[string]string{"titre": "Gardé", "date": "2030-01-01"}, "x.exe", []byte("MZ\x90\x00\x03")).
		sees(http.StatusUnprocessableEntity, "Choisissez de quel document il s’agit.", "dans le futur", "Ce format n’est pas accepté")
	if !strings.Contains(b.body, `value="Gardé"`) {
		t.Error("the title typed is lost")
	}
	b.upload(good, "", nil).sees(http.StatusUnprocessableEntity, "Choisissez un fichier.")
	b.upload(good, "a.pdf", []byte("%PDF-1.4 /JavaScript")).sees(http.StatusUnprocessableEntity, "contient quelque chose de dangereux")
	b.upload(good, "a.pdf", append([]byte("%PDF-1.4\n"), make([]byte, maxDocument)...)).sees(http.StatusRequestEntityTooLarge, "25 Mio")
	// who sends much more is answered, too, not cut off
	b.get("/mon/documents/ajouter")
	b.upload(good, "a.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 2*maxDocument)...)).sees(http.StatusRequestEntityTooLarge, "25 Mio")
	b.get("/mon/documents/ajouter")
	old := b.page
	b.upload(good, "Nom Prénom.pdf", []byte("%PDF-1.4\nbon")).sees(http.StatusOK, "Document ajouté à votre dossier.", "Ancien compte rendu", "2 mai 2019", "Déposé par vous")
	b.page = old
	b.upload(good, "Nom Prénom.pdf", []byte("%PDF-1.4\nbon")).sees(http.StatusOK, "Ancien compte rendu")
	if n := len(s.world.records[lea].docs); n != 33 {
		t.Errorf("sent twice it is there %d times", n-32)
	}
	id := s.world.records[lea].docs[0].ID
	b.submit("/mon/documents/agir", "archiver="+id).sees(http.StatusOK, "Document archivé", "Archivé")
	b.submit("/mon/documents/agir", "desarchive="+id).sees(http.StatusOK, "sorti des archives")
	b.get("/mon/documents/"+id+"/contenu?garder").sees(http.StatusOK, "bon")
	if got := b.header.Get("Content-Disposition"); got != `attachment; filename="document.pdf"` {
		t.Errorf("saved as %s", got)
	}
	b.get("/mon/documents/"+id).submit("/mon/documents/agir", "supprimer="+id).sees(http.StatusOK, "Document supprimé.").never("Ancien compte rendu")
	b.get("/mon/documents/" + lea[:8] + "-d0").never("Supprimer pour de bon")
}

// What only begins as a picture is none: it could not be shown, and may be
// something else.
func TestAPictureIsOneBeyondItsFirstBytes(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/documents/ajouter")
	good := map[string]string{"type": "DOCPAT03", "titre": "Photo", "date": "2019-05-02"}
	for _, head := range []string{"\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n"} {
		b.upload(good, "photo", []byte(head+"<script>alert(1)</script>")).sees(http.StatusUnprocessableEntity, "Ce format n’est pas accepté")
	}
	b.upload(good, "photo", picture()).sees(http.StatusOK, "Document ajouté à votre dossier.", "Photo")
}

func TestAFormatIsToldByItsFirstBytes(t *testing.T) {
	for want, head := range map[string]string{
		"application/pdf": "%PDF-1.7\n", "image/png": "\x89PNG\r\n\x1a\n", "image/jpeg": "\xff\xd8\xff\xe0", "image/tiff": "II*\x00\x08", "text/plain": "Bonjour à tous",
	} {
		if got := sniff([]byte(head)); got != want {
			t.Errorf("%q is taken for %q, not %q", head, got, want)
		}
	}
	for _, head := range []string{"", "MZ\x90\x00", "<html><script>", "<?xml version=\"1.0\"?><svg/>", "PK\x03\x04", "GIF89a"} {
		if got := sniff([]byte(head)); got != "" {
			t.Errorf("%q is accepted as %s", head, got)
		}
	}
	if got := sniff(bytes.Repeat([]byte{0}, 600)); got != "" {
		t.Errorf("zeros are accepted as %s", got)
	}
}

func TestPagesSpeakTheLanguageAskedFor(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/historique?lang=en")
	b.sees(http.StatusOK, "History", "21 Nov 2026, 11:40", "Emergency access (break-glass)").never("Motif", "Filtrer")
	if b.at != "/mon/historique" {
		t.Errorf("the language leads to %s", b.at)
	}
	b.get("/mon/acces").sees(http.StatusOK, "Who may read")
	b.get("/mon/?lang=xx").sees(http.StatusOK, "Hello")
	b.get("/mon/dossier?lang=fr").sees(http.StatusOK, "Vie du dossier")
}

func TestASignInComesBackToThePageThatAskedForIt(t *testing.T) {
	s := newSite(t)
	s.issuer.claims = patient(lea, "Léa MARTIN")
	b := s.browser().get("/mon/acces")
	if b.at != "/mon/" {
		t.Fatalf("led to %s", b.at)
	}
	b.get("/mon/connexion")
	if b.at != "/mon/acces" {
		t.Errorf("the sign-in leads to %s", b.at)
	}
}
