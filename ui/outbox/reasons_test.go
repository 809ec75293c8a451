package outbox

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// everyKind are all kinds that are sent.
var everyKind = []client.OutboxKind{
	client.OutboxFile, client.OutboxChange, client.OutboxUndo, client.OutboxConsent, client.OutboxWithdraw, client.OutboxRequest,
	client.OutboxMessage, client.OutboxItemKeep, client.OutboxItemDrop,
}

// Whatever a kind is and whatever the reason, a conflict is explained, and its ways out
// have words of their own.
func TestEveryReasonAndChoiceHasWords(t *testing.T) {
	for _, kind := range everyKind {
		for _, code := range []fhir.Code{fhir.Duplicate, fhir.VersionConflict, fhir.StateConflict, fhir.NoConsent, fhir.Withdrawn, fhir.NoRecord, fhir.Forbidden, fhir.Internal} {
			it := client.OutboxItem{Kind: kind, Reason: code}
			if conflictWhy(it) == "" || strings.Contains(conflictWhy(it), "{{") {
				t.Errorf("%s by %s is not explained", kind, code)
			}
			seen := map[string]bool{}
			for _, c := range []client.OutboxChoice{client.OutboxAgain, client.OutboxReplace, client.OutboxAsNew, client.OutboxAsk, client.OutboxDrop} {
				_, word, does := choiceWords(c, it)
				if word == "" || does == "" || seen[word] {
					t.Errorf("%s by %s, %s: %q", kind, code, c, word)
				}
				seen[word] = true
			}
		}
		if refusedWhy(client.OutboxItem{Kind: kind, Reason: fhir.NoRecord}) == "" {
			t.Errorf("%s to a record that was closed is not explained", kind)
		}
	}
}

// changed is a queue that met a record which changed meanwhile.
func changed() []client.OutboxItem {
	correction := filing("correction", "Bilan corrigé", 50, client.OutboxConflict, fhir.StateConflict)
	correction.Draft.Replaces = &client.Document{ID: "d"}
	correction.Choices = []client.OutboxChoice{client.OutboxReplace, client.OutboxAsNew, client.OutboxDrop}
	closed := filing("closed", "Compte rendu", 40, client.OutboxRefused, fhir.NoRecord)
	closed.Choices = []client.OutboxChoice{client.OutboxAgain, client.OutboxDrop}
	wrong := filing("wrong", "Courrier", 35, client.OutboxRefused, fhir.Invalid)
	wrong.Said, wrong.Choices = "Ce fichier n’est pas un PDF.", []client.OutboxChoice{client.OutboxDrop}
	message := client.OutboxItem{
		ID: "message", Kind: client.OutboxMessage, State: client.OutboxConflict, Reason: fhir.StateConflict, Created: now, PatientID: "p1",
		Choices: []client.OutboxChoice{client.OutboxAsNew, client.OutboxDrop},
		Body:    []byte(`{"Dialogue":"d","Text":"Vos résultats sont normaux. Je vous propose de nous revoir dans trois mois, comme convenu."}`),
	}
	waits := message
	waits.ID, waits.State, waits.Reason, waits.Choices = "waits", client.OutboxWaiting, fhir.Offline, nil
	item := client.OutboxItem{
		ID: "item", Kind: client.OutboxItemKeep, State: client.OutboxConflict, Reason: fhir.NoConsent, Created: now, PatientID: "p1",
		Choices: []client.OutboxChoice{client.OutboxAsk, client.OutboxAgain, client.OutboxDrop}, Body: []byte(`{"Resource":"Immunization","Text":"Grippe saisonnière"}`),
	}
	mask := client.OutboxItem{
		ID: "mask", Kind: client.OutboxChange, State: client.OutboxConflict, Reason: fhir.VersionConflict, Created: now, PatientID: "p1", Change: &client.Change{},
		Choices: []client.OutboxChoice{client.OutboxAgain, client.OutboxDrop},
	}
	mask.PatientID, mask.Whose = "p2", client.OutboxPerson{BirthName: "NGUYEN", FirstGiven: "Mai", BirthDate: "1960-05-04"}
	return []client.OutboxItem{correction, closed, wrong, message, waits, item, mask}
}

// Each thing that met a change says what happened in words of its own, and its ways out
// are chosen with the arrows; what would be lost is asked again.
func TestWhatMetAChangeIsDecidedByKeys(t *testing.T) {
	d := sit(t, changed()...)
	d.Sees("NGUYEN Mai 04/05/1960") // whom this computer has no copy of
	for _, step := range []struct {
		id    string
		sees  []string
		keys  []fyne.KeyName
		calls string
	}{
		{
			"correction",
			[]string{"a déjà été remplacé entre-temps", "Corriger la version d’aujourd’hui", "sans en remplacer aucun", "Renoncer au vôtre…"},
			[]fyne.KeyName{fyne.KeyDown, fyne.KeyReturn},
			"choose correction replace",
		},
		{"message", []string{"Vos résultats sont normaux. Je vous propose", "Cet échange a pris fin", "Écrire dans un nouvel échange"}, []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "choose message as-new"},
		{"item", []string{"retiré ou restreint l’autorisation", "Demander l’accès au patient", "Une fois que le patient vous autorise"}, []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn}, "choose item ask"},
		{"mask", []string{"Quelqu’un a modifié ce document", "Recommencer sur la version d’aujourd’hui", "Laisser tel quel"}, []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn}, "choose mask drop"},
		{"wrong", []string{"Le serveur précise", "Ce fichier n’est pas un PDF.", "Modifier"}, []fyne.KeyName{fyne.KeyReturn}, ""},
		{"closed", []string{"Remettez-lui le document", "Une fois que le dossier est de nouveau ouvert."}, []fyne.KeyName{fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn}, ""},
	} {
		before := d.queue.did()
		d.on(step.id)
		if asks := step.id != "wrong"; d.view.choose.Visible() != asks || d.view.again.Visible() == asks {
			t.Errorf("%s: choose %t, send again %t", step.id, d.view.choose.Visible(), d.view.again.Visible())
		}
		d.Press(fyne.KeyReturn)
		d.Sees(step.sees...)
		d.Press(step.keys...)
		if got := strings.TrimPrefix(strings.TrimPrefix(d.queue.did(), before), "; "); got != step.calls {
			t.Errorf("%s: did %q, want %q", step.id, got, step.calls)
		}
	}
	d.Sees("Supprimer cet envoi", "Gardez-en une copie") // of what "closed" would lose
	d.Press(fyne.KeyReturn)
	d.on("closed")
	d.shortcut(widget.Ctrl(fyne.KeyR))
	if !strings.HasSuffix(d.queue.did(), "choose closed again") {
		t.Errorf("did %q", d.queue.did())
	}
}

// A message that has not left is reworded; an empty one is none.
func TestAMessageIsReworded(t *testing.T) {
	d := sit(t, changed()...)
	d.on("waits")
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Sees("Modifier avant l’envoi", "Votre message")
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	typed, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok || !strings.HasPrefix(typed.Text, "Vos résultats") {
		t.Fatalf("the keyboard is at %T", d.Window().Canvas().Focused())
	}
	typed.SetText(" ")
	sheet.TypedShortcut(widget.Ctrl(fyne.KeyReturn))
	d.Sees("Écrivez votre message")
	typed.SetText("")
	test.Type(typed, "Tout va bien.")
	sheet.TypedShortcut(widget.Ctrl(fyne.KeyReturn))
	d.Settle()
	it, _ := d.state.Item("waits")
	if out := outgoingOf(it); out.Text != "Tout va bien." || out.Dialogue != "d" {
		t.Errorf("it says %+v", out)
	}
}
