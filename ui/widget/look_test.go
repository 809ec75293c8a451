package widget

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// board puts one of each thing that we draw on a board.
func board() fyne.CanvasObject {
	focused := NewButton(Ordinary, IconSearch, "Rechercher", nil).WithCaption(Ctrl(fyne.KeyK))
	focused.FocusGained()
	off := NewButton(Main, IconNone, "Envoyer", nil)
	off.Disable()
	progress := NewProgress()
	progress.Set(512, 782)
	choice := NewChoice([]string{"Clair"}, nil)
	choice.SetSelectedIndex(0)
	banner := NewBanner(NewButton(Ordinary, IconUpload, "Déposer", nil).Dense())
	banner.Set(Identity{
		Name: "MARTIN Léa", BirthName: "née MARTIN Léa Marie", Sex: "F", Birth: "28/03/1979", Age: "47 ans", City: "Reims",
		INS: FormatINS("279035121518989"), Quality: "INS qualifiée", Qualified: true,
		Access: "Vous êtes son médecin traitant", Alerts: "Allergies : pénicilline",
	})
	return Column(Gap, banner,
		Row(Gap, NewButton(Main, IconUpload, "Déposer", nil), focused, off, NewButton(Risky, IconDelete, "Supprimer", nil),
			NewButton(Chosen, IconPeople, "Patients", nil), NewIconButton(IconPrint, "", nil)),
		Row(Gap, NewChip(IconOK, "Lisible", Good), NewChip(IconWarning, "Identité provisoire", Attention), NewChip(IconRefused, "Refusé", Danger), NewChip(IconStar, "3 nouveaux", Primary)),
		Row(Gap, Width(160, choice), AtLeast(200, 0, progress)),
		NewCard(IconPerson, "Dr Anne MOREL", "Médecine générale", "", nil),
		AtLeast(0, 80, NewSkeleton(2, 32)))
}

func TestDrawings(t *testing.T) {
	for _, mode := range []Mode{Light, Dark} {
		t.Run(string(mode), func(t *testing.T) {
			app := test.NewTempApp(t)
			app.Settings().SetTheme(NewTheme(mode, 1))
			w := test.NewTempWindow(t, container.NewStack(NewBox(Window, Clear, 0), Inset(GapWide, GapWide, board())))
			w.SetPadded(false)
			w.Resize(fyne.NewSize(880, 460))
			test.AssertRendersToImage(t, "board_"+string(mode)+".png", w.Canvas())
		})
	}
}

// words gives the visible texts under an object.
func words(o fyne.CanvasObject) string {
	if o == nil || !o.Visible() {
		return ""
	}
	var b strings.Builder
	switch t := o.(type) {
	case *canvas.Text:
		b.WriteString(t.Text + "\n")
	case *fyne.Container:
		for _, child := range t.Objects {
			b.WriteString(words(child))
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(t).Objects() {
			b.WriteString(words(child))
		}
	}
	return replaceNbsp(b.String())
}

func TestBannerSaysWhoAndHowSure(t *testing.T) {
	b := NewBanner()
	stage(t, b)
	b.Set(Identity{Name: "MARTINET Léo", Sex: "M", Birth: "17/05/1979", Age: "47 ans", Quality: "Identité provisoire"})
	got := words(b)
	for _, want := range []string{"MARTINET Léo", "M · 17/05/1979 (47 ans)", "Identité provisoire"} {
		if !strings.Contains(got, want) {
			t.Errorf("the banner lacks %q: %s", want, got)
		}
	}
	copied := false
	b.OnCopyINS = func() { copied = true }
	if b.copyINS.Visible() {
		t.Error("there is no INS to copy")
	}
	b.Set(Identity{Name: "MARTIN Léa", INS: "2 79", Qualified: true, Quality: "INS qualifiée"})
	test.Tap(b.copyINS)
	if !copied || !strings.Contains(words(b), "2 79") {
		t.Error("the INS cannot be copied")
	}
}

func TestTextShortensToItsSpace(t *testing.T) {
	long := NewText("Compte rendu d’anatomie et de cytologie pathologiques", Style{Truncate: true})
	stage(t, long)
	long.Resize(fyne.NewSize(150, 20))
	got := words(long)
	if !strings.HasSuffix(strings.TrimSpace(got), "…") || !strings.HasPrefix(got, "Compte") {
		t.Errorf("shown %q", got)
	}
	long.Resize(fyne.NewSize(900, 20))
	if got := strings.TrimSpace(words(long)); got != long.String() {
		t.Errorf("with room enough shown %q", got)
	}
}

func TestStatePanelOffersTheNextStep(t *testing.T) {
	p := NewStatePanel()
	stage(t, p)
	tries := 0
	p.SetProblem(Problem{Icon: IconOffline, Tone: Attention, Title: "Le serveur ne répond pas.", Next: "Vérifiez le réseau.", Reference: "req-1", Retry: true}, func() { tries++ })
	got := words(p)
	for _, want := range []string{"Le serveur ne répond pas.", "Vérifiez le réseau.", "req-1", "Réessayer"} {
		if !strings.Contains(got, want) {
			t.Errorf("the panel lacks %q: %s", want, got)
		}
	}
	p.SetProblem(Problem{Title: "Introuvable."}, nil)
	if got := words(p); strings.Contains(got, "Réessayer") || strings.Contains(got, "req-1") {
		t.Errorf("the panel kept what was there: %s", got)
	}
}

func TestEmptyChipIsNotThere(t *testing.T) {
	c := NewChip(IconOK, "", Good)
	if c.Visible() {
		t.Error("a chip without a word is seen")
	}
	c.Set(IconOK, "Lisible", Good)
	if !c.Visible() || c.Word() != "Lisible" {
		t.Error("a chip with a word is not")
	}
}

func TestThemeScalesAndForces(t *testing.T) {
	if got := NewTheme(Light, 1.5).Size(SizeBody); got != 21 {
		t.Errorf("body of %g", got)
	}
	if got := NewTheme(Light, 9).Size(SizeBody); got != 28 {
		t.Errorf("a scale without end: %g", got)
	}
	const light, dark = fyne.ThemeVariant(1), fyne.ThemeVariant(0)
	for mode, want := range map[Mode][2]bool{FollowSystem: {false, true}, Light: {false, false}, Dark: {true, true}} {
		th := NewTheme(mode, 1)
		if th.IsDark(light) != want[0] || th.IsDark(dark) != want[1] {
			t.Errorf("%s is not what was asked for", mode)
		}
	}
	th := NewTheme(Light, 1)
	for _, s := range []fyne.TextStyle{{}, {Bold: true}, {Italic: true}, {Monospace: true}, {Monospace: true, Bold: true}, {Symbol: true}} {
		if th.Font(s) == nil {
			t.Errorf("no font for %+v", s)
		}
	}
}

// TestABirthDateIsNotWhatIsCut: in a narrow window the names of birth give way before
// it, also when it is an alert that takes the room.
func TestABirthDateIsNotWhatIsCut(t *testing.T) {
	app := test.NewTempApp(t)
	for scale, narrow := range map[float32]float32{1: 830, 1.5: 1150} {
		app.Settings().SetTheme(NewTheme(Light, scale))
		who := Identity{
			Name: "ROUX-LEFÈBVRE Hélène", BirthName: "née LEFÈBVRE Hélène Marie Odette", Sex: "F", Birth: "14/03/1951", Age: "75 ans", City: "Nantes",
			INS: "2 51 03 44 109 101 68", Qualified: true, Quality: "INS qualifiée",
		}
		warned := who
		warned.Alerts = "Allergies : Pénicilline, Arachide"
		b := NewBanner(NewButton(Ordinary, IconScan, "Patient suivant", nil), NewButton(Quiet, IconPerson, "Tout le dossier", nil))
		w := test.NewTempWindow(t, Stacked(Gap, b, NewText("", Style{}), nil))
		for width, want := range map[float32]string{1900: "née LEFÈBVRE Hélène Marie Odette · F · 14/03/1951", narrow: "14/03/1951" + Nbsp + "(75 ans) · F · née LEFÈBVRE"} {
			w.Resize(fyne.NewSize(width, 300))
			b.Set(who)
			b.Set(warned)
			if said := words(b); !strings.Contains(said, replaceNbsp(want)[:20]) {
				t.Errorf("scale %v at %v: %q", scale, width, said)
			}
		}
	}
}
