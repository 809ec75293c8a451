package outbox

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// queue is an outbox in memory that sends nothing by itself.
type queue struct {
	mu    sync.Mutex
	items []client.OutboxItem
	calls []string
	err   error // of the next call
	tell  func(client.OutboxEvent)
	held  chan struct{} // List waits for it
}

func (q *queue) called(name string, ids ...string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls = append(q.calls, strings.TrimSpace(name+" "+strings.Join(ids, " ")))
	err := q.err
	q.err = nil
	return err
}

func (q *queue) did() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return strings.Join(q.calls, "; ")
}

// set changes an item and tells; a nil change deletes it.
func (q *queue) set(id string, change func(*client.OutboxItem)) {
	q.mu.Lock()
	i := slices.IndexFunc(q.items, func(it client.OutboxItem) bool { return it.ID == id })
	var e client.OutboxEvent
	switch {
	case change == nil:
		e = client.OutboxEvent{Item: q.items[i], Gone: true}
		q.items = slices.Delete(q.items, i, i+1)
	case i < 0:
		it := client.OutboxItem{ID: id}
		change(&it)
		q.items = append(q.items, it)
		e.Item = it
	default:
		change(&q.items[i])
		e.Item = q.items[i]
	}
	tell := q.tell
	q.mu.Unlock()
	if tell != nil {
		tell(e)
	}
}

func (q *queue) Put(_ context.Context, it client.OutboxItem, _ io.Reader) (client.OutboxItem, error) {
	return it, nil
}

func (q *queue) List(context.Context) ([]client.OutboxItem, error) {
	if q.held != nil {
		<-q.held
	}
	if err := q.called("list"); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.items), nil
}

func (q *queue) Retry(_ context.Context, ids ...string) error {
	err := q.called("retry", ids...)
	for _, it := range slices.Clone(q.items) {
		if err == nil && Retryable(it) && (len(ids) == 0 || slices.Contains(ids, it.ID)) {
			q.set(it.ID, func(it *client.OutboxItem) { it.State, it.Reason = client.OutboxQueued, "" })
		}
	}
	return err
}

func (q *queue) Pause(_ context.Context, ids ...string) error {
	err := q.called("pause", ids...)
	for _, id := range ids {
		if err == nil {
			q.set(id, func(it *client.OutboxItem) { it.State, it.Reason = client.OutboxPaused, fhir.Canceled })
		}
	}
	return err
}

func (q *queue) Edit(_ context.Context, id string, it client.OutboxItem) (client.OutboxItem, error) {
	err := q.called("edit", id)
	if err == nil {
		it.State, it.Reason = client.OutboxQueued, ""
		q.set(id, func(old *client.OutboxItem) { *old = it })
	}
	return it, err
}

func (q *queue) Choose(_ context.Context, id string, c client.OutboxChoice) error {
	err := q.called("choose", id, string(c))
	if err == nil {
		q.set(id, func(it *client.OutboxItem) { it.State, it.Reason, it.Choices = client.OutboxQueued, "", nil })
	}
	return err
}

func (q *queue) Delete(_ context.Context, id string) error {
	err := q.called("delete", id)
	if err == nil {
		q.set(id, nil)
	}
	return err
}

func (q *queue) Follow(f func(client.OutboxEvent)) (stop func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tell = f
	return func() {}
}

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// filing is a document to be filed, minutes ago.
func filing(id, title string, minutes int, state client.OutboxState, reason fhir.Code) client.OutboxItem {
	return client.OutboxItem{
		ID: id, Kind: client.OutboxFile, State: state, Reason: reason, Created: now.Add(-time.Duration(minutes) * time.Minute), Updated: now.Add(-time.Minute),
		PatientID: "p1", Draft: &client.Draft{
			Title: title, PatientINS: fhir.Identifier{System: fhir.SystemINSTest, Value: "279035121518989"},
			Type: fhir.Coding{Code: "11502-2"}, ActDate: now.Add(-24 * time.Hour),
		},
	}
}

// morning is a queue with one thing of each kind.
func morning() []client.OutboxItem {
	clash := filing("clash", "Bilan sanguin", 120, client.OutboxConflict, fhir.Duplicate)
	clash.Choices = []client.OutboxChoice{client.OutboxReplace, client.OutboxAsNew, client.OutboxDrop}
	refused := filing("refused", "Ionogramme", 90, client.OutboxRefused, fhir.BadCode)
	refused.RequestID, refused.Attempts = "réf-9", 1
	waiting := filing("waiting", "Courrier", 20, client.OutboxWaiting, fhir.Offline)
	waiting.Next, waiting.Uncertain, waiting.Attempts = now.Add(3*time.Minute), true, 4
	done := filing("done", "Imagerie", 300, client.OutboxDone, "")
	consent := client.OutboxItem{ID: "consent", Kind: client.OutboxConsent, State: client.OutboxPaused, Reason: fhir.TokenExpired, Created: now.Add(-time.Hour)}
	request := client.OutboxItem{ID: "request", Kind: client.OutboxRequest, Words: "Bonjour", State: client.OutboxQueued, Created: now.Add(-time.Minute)}
	return []client.OutboxItem{done, clash, refused, consent, waiting, request}
}

type desk struct {
	*Page
	*widgettest.Desk
	queue   *queue
	offline bool
}

func seat(t testing.TB, items ...client.OutboxItem) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), queue: &queue{items: items}}
	d.Page = New(Config{Scope: d.Scope(), Outbox: d.queue, Shell: d, Name: func(it client.OutboxItem) string {
		if it.PatientID == "p1" {
			return "MARTIN Léa 28/03/1979"
		}
		return ""
	}})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 820))
	return d
}

func sit(t testing.TB, items ...client.OutboxItem) *desk {
	t.Helper()
	d := seat(t, items...)
	d.Shown()
	d.Until("the queue is listed", func() bool { return d.state.Phase != Loading })
	return d
}

func (d *desk) Offline() bool { return d.offline }

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)) + ".", Next: "Faites ceci."}
}

// on puts an item in hand.
func (d *desk) on(id string) {
	d.Helper()
	for i, r := range d.state.Rows {
		if r.Item.ID == id {
			d.view.list.MoveTo(i)
			return
		}
	}
	d.Fatalf("%s is not in the list", id)
}

func (d *desk) shortcut(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("%s does nothing here", k)
}

func TestWhatWaitsWhyAndSinceWhen(t *testing.T) {
	d := sit(t, morning()...)
	d.Sees("5 envois en attente, dont 2 à voir", "Un choix vous revient", "Bilan sanguin", "MARTIN Léa 28/03/1979 · fait à 8", "choix à faire", "même identifiant",
		"Le serveur n’en veut pas tel quel", "refusé", "panne bad-code. Faites ceci.", "En attente", "nouvel essai dans 3 minutes", "Carnet réessaie de lui-même",
		"Consentement recueilli", "attend votre connexion", "Demande d’accès au dossier", "en file", "Arrivés ces derniers jours", "arrivé à 9")
	d.offline = true
	d.Advance(look)
	d.Sees("Hors ligne : tout partira au retour du réseau")
}

func TestAConflictIsExplainedAndChosenOnPurpose(t *testing.T) {
	d := sit(t, morning()...)
	d.on("clash")
	d.Press(fyne.KeyReturn)
	d.Sees("Rien n’a été écrasé", "Déposer le vôtre comme correction", "Déposer le vôtre comme autre document", "Renoncer au vôtre")
	d.Press(fyne.KeyReturn) // of habit: nothing is chosen
	if d.queue.did() != "list" {
		t.Fatalf("did %q", d.queue.did())
	}
	d.Press(fyne.KeyReturn, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	if d.queue.did() != "list; choose clash as-new" {
		t.Errorf("did %q", d.queue.did())
	}
	d.SeesNot("Un choix vous revient")
}

func TestRetryOneOrAll(t *testing.T) {
	d := sit(t, morning()...)
	d.on("waiting")
	d.shortcut(widget.Ctrl(fyne.KeyR))
	d.on("done")
	d.shortcut(widget.Ctrl(fyne.KeyR))
	d.shortcut(widget.Key(fyne.KeyF5))
	d.shortcut(widget.Key(fyne.KeyF5))
	if d.queue.did() != "list; retry waiting; retry" || len(d.Toasts) != 2 {
		t.Errorf("did %q, said %+v", d.queue.did(), d.Toasts)
	}
}

func TestPauseAndLetGo(t *testing.T) {
	d := sit(t, morning()...)
	d.on("request")
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.Sees("suspendu par vous")
	d.shortcut(widget.Ctrl(fyne.KeyP))
	if d.queue.did() != "list; pause request; retry request" {
		t.Errorf("did %q", d.queue.did())
	}
}

func TestDeleteAsksAndSaysWhatIsLost(t *testing.T) {
	d := sit(t, morning()...)
	d.on("waiting")
	d.shortcut(widget.Key(fyne.KeyDelete))
	d.Sees("peut-être déjà atteint le serveur", "Garder")
	d.Press(fyne.KeyReturn)
	d.on("refused")
	d.shortcut(widget.Key(fyne.KeyDelete))
	d.Sees("Gardez-en une copie")
	d.Tap("Supprimer")
	if d.queue.did() != "list; delete refused" {
		t.Errorf("did %q", d.queue.did())
	}
	d.SeesNot("Ionogramme")
}

func TestARefusedFilingIsCorrected(t *testing.T) {
	d := sit(t, morning()...)
	d.on("refused")
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.Sees("Modifier avant l’envoi", "CR d’examens biologiques")
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	sheet.TypedShortcut(widget.Ctrl(fyne.KeyT))
	test.Type(d.Window().Canvas().Focused(), "imagerie")
	d.Press(fyne.KeyReturn)
	test.Type(d.Window().Canvas().Focused(), "Échographie")
	sheet.TypedShortcut(widget.Ctrl(fyne.KeyReturn))
	d.Settle()
	if d.queue.did() != "list; edit refused" {
		t.Fatalf("did %q", d.queue.did())
	}
	it, _ := d.state.Item("refused")
	if it.Draft.Type.Code == "11502-2" || it.Draft.Class.Code == "" || !strings.Contains(it.Draft.Title, "Échographie") || it.State != client.OutboxQueued {
		t.Errorf("%+v", it.Draft)
	}
	d.on("waiting")
	d.shortcut(widget.Ctrl(fyne.KeyE))
	d.SeesNot("Modifier avant l’envoi") // it may have arrived
}

func TestAQueueUnderLockSaysSo(t *testing.T) {
	d := seat(t)
	d.queue.err = fhir.E(fhir.Unauthenticated, "")
	d.Shown()
	d.Until("the failure", func() bool { return d.state.Phase == Failed })
	d.Sees("Vos envois sont sous clé.", "Rien n’est perdu", "Réessayer")
	d.shortcut(widget.Key(fyne.KeyF5))
	d.Until("the queue is listed", func() bool { return d.state.Phase == Empty })
	d.Sees("Tout est arrivé")
}

func TestASlowQueueShowsBars(t *testing.T) {
	d := seat(t, morning()...)
	d.queue.held = make(chan struct{})
	d.Shown()
	if d.view.skeleton.Visible() {
		t.Error("bars at once")
	}
	d.Advance(400 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("no bars")
	}
	close(d.queue.held)
	d.Until("the queue is listed", func() bool { return d.state.Phase == Shown })
	if d.view.skeleton.Visible() {
		t.Error("bars over rows")
	}
}

func TestTheListFollowsAndKeepsWhatIsInHand(t *testing.T) {
	d := sit(t, morning()...)
	d.on("request")
	d.queue.set("waiting", func(it *client.OutboxItem) { it.State = client.OutboxSending })
	d.queue.tell(client.OutboxEvent{Item: client.OutboxItem{ID: "waiting"}, Sent: 30, Total: 100})
	d.Drain()
	d.Sees("envoi en cours")
	d.queue.set("waiting", func(it *client.OutboxItem) { it.State, it.Updated = client.OutboxDone, now })
	d.queue.set("new", func(it *client.OutboxItem) { *it = filing("new", "Vaccin", 0, client.OutboxQueued, "") })
	d.queue.set("clash", nil)
	d.Drain()
	d.Sees("4 envois en attente, dont 1 à voir", "Vaccin", "Arrivés ces derniers jours"+widget.Nbsp+"(2)")
	if it, _ := d.held(); it.ID != "request" {
		t.Errorf("in hand is %q", it.ID)
	}
	test.Type(d.view.box, "vaccin")
	d.Sees("Vaccin")
	d.SeesNot("Ionogramme")
	test.Type(d.view.box, "zzz")
	d.Sees("Aucun envoi ne correspond")
	d.Tap("Effacer")
	d.Sees("Ionogramme")
}

func TestASheetFollowsItsItem(t *testing.T) {
	d := sit(t, morning()...)
	d.on("waiting")
	d.Press(fyne.KeyReturn)
	d.Sees("Essais", "sa réponse s’est perdue", "Renvoyer maintenant")
	d.queue.set("waiting", func(it *client.OutboxItem) { it.State, it.Uncertain, it.Updated = client.OutboxDone, false, now })
	d.Drain()
	d.Sees("Le serveur l’a reçu et gardé.")
	d.SeesNot("Renvoyer maintenant")
	d.queue.set("waiting", nil)
	d.Drain()
	if d.Page.sheet != nil {
		t.Error("the sheet of what is gone is still there")
	}
}

func TestTheWindowIsToldHowMuchWaits(t *testing.T) {
	d := widgettest.New(t)
	q := &queue{items: morning()}
	var told Count
	Watch(d.Scope(), q, func(c Count) { told = c })
	d.Until("the first count", func() bool { return told == Count{Waiting: 5, Asking: 2} })
	q.set("clash", nil)
	d.Until("the next count", func() bool { return told == Count{Waiting: 4, Asking: 1} })
	for c, want := range map[Count]string{{}: "", {Waiting: 1}: "1 envoi en attente", {Waiting: 3, Asking: 1}: "3 envois en attente, dont 1 à voir"} {
		if got := CountWords(c); got != want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestEveryKindStateAndChoiceHasWords(t *testing.T) {
	d := seat(t)
	kinds := map[string]bool{whatWords(client.OutboxItem{Kind: "of tomorrow"}): true}
	for _, k := range []client.OutboxKind{client.OutboxFile, client.OutboxChange, client.OutboxUndo, client.OutboxConsent, client.OutboxWithdraw, client.OutboxRequest, client.OutboxMessage, client.OutboxDamaged} {
		word := whatWords(client.OutboxItem{Kind: k})
		if kinds[word] {
			t.Errorf("%s: %q", k, word)
		}
		kinds[word] = true
	}
	for _, s := range []client.OutboxState{client.OutboxQueued, client.OutboxSending, client.OutboxWaiting, client.OutboxPaused, client.OutboxConflict, client.OutboxRefused, client.OutboxDone} {
		it := client.OutboxItem{State: s}
		if says := stateOf(it, now); says.icon == "" || says.word == string(s) || why(it, d.Explain) == "" {
			t.Errorf("%s says %+v", s, says)
		}
	}
}

// TestDeeds: what can be done by the state of an item.
func TestDeeds(t *testing.T) {
	for state, want := range map[client.OutboxState]string{
		client.OutboxQueued: "pde", client.OutboxSending: "", client.OutboxWaiting: "rpde", client.OutboxPaused: "rde",
		client.OutboxConflict: "d", client.OutboxRefused: "de", client.OutboxDone: "d",
	} {
		it, got := filing("x", "", 1, state, ""), ""
		for _, deed := range []struct {
			name string
			may  func(client.OutboxItem) bool
		}{{"r", Retryable}, {"p", Pausable}, {"d", Deletable}, {"e", Editable}} {
			if deed.may(it) {
				got += deed.name
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
		if it.Uncertain = true; Editable(it) {
			t.Errorf("%s: what may have arrived is edited", state)
		}
	}
}

func BenchmarkEventAmong10000(b *testing.B) {
	items := make([]client.OutboxItem, 10_000)
	for i := range items {
		items[i] = filing(string(rune('a'+i%26))+time.Duration(i).String(), "Bilan", i%600, client.OutboxQueued, "")
	}
	d := sit(b, items...)
	i := 0
	for b.Loop() {
		d.queue.set(items[i%10_000].ID, func(it *client.OutboxItem) {
			it.State = []client.OutboxState{client.OutboxDone, client.OutboxQueued}[i%2]
		})
		d.Drain()
		i++
	}
}
