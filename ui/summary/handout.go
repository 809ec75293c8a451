package summary

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Handout is what one sheet of paper says: words alone, in the language of the
// screens. Whoever draws it decides on nothing but looks.
type Handout struct {
	Title    string
	Name     string   // the person
	Identity []string // what tells them from others
	Made     string   // by whom and when
	Left     []Block  // columns, as on the screen
	Right    []Block
	Foot     []string // what it is worth
	Language string
}

// Block is a section of a Handout.
type Block struct {
	Title string
	Lines []HandoutLine
}

// HandoutLine is one thing: what it is, what stands under it, a word that stands out.
type HandoutLine struct {
	Text   string
	Under  string
	Word   string
	Strong bool
}

// most lines of a block on paper: it is one page; what is left out is said.
const mostPrinted = 12

// handoutOf puts the picture on paper: what holds now, not what is folded. It is
// pure, and may take a while.
func handoutOf(known Known, me client.Person, prov client.Provenance) Handout {
	known.Unfolded = nil
	picture := Build(known)
	who, now := known.Patient, known.Now
	h := Handout{
		Title: lang.L("Synthèse de santé"), Name: choose.FullName(who), Language: choose.Language(),
		Made: lang.L("Imprimée le {{.When}} par {{.Who}}", map[string]any{"When": widget.FormatDateTime(now), "Who": me.Name}),
		Foot: []string{
			lang.L("Seulement ce que ce professionnel peut lire dans ce dossier. Document couvert par le secret professionnel."),
			advice.Limits(picture.Edition, choose.Language()), advice.CalendarLimits(known.Tables.InForce().Calendar.Edition, choose.Language()),
		},
	}
	birth := widget.FormatBirth(who.BirthDate)
	if age := widget.Age(who.BirthDate, now); age != "" {
		birth += " (" + age + ")"
	}
	h.Identity = append(h.Identity, join(widget.FormatBirthName(who.BirthName, who.Given, who.Gender), widget.FormatSex(who.Gender), birth, who.City))
	if who.INS.Value != "" {
		h.Identity = append(h.Identity, "INS "+widget.FormatINS(who.INS.Value))
	}
	if prov.Cached {
		h.Made += " · " + widget.FormatCopy(prov.AsOf, now)
	}
	h.Left, h.Right = blocks(picture.Left, me.ID, now.Location()), blocks(picture.Right, me.ID, now.Location())
	return h
}

// blocks puts the rows of a column on paper.
func blocks(rows []Row, me string, zone *time.Location) []Block {
	var out []Block
	for _, r := range rows {
		l := linesOf(r, me, zone)
		switch {
		case r.Kind == Heading:
			out = append(out, Block{Title: l.heading})
			continue
		case r.Kind == FoldRow || len(out) == 0:
			continue
		}
		b := &out[len(out)-1]
		if len(b.Lines) >= mostPrinted {
			b.Lines = b.Lines[:mostPrinted]
			b.Lines[mostPrinted-1] = HandoutLine{Text: lang.L("… la suite est dans le dossier")}
			continue
		}
		b.Lines = append(b.Lines, HandoutLine{Text: strings.TrimSpace(l.title), Under: l.under, Word: l.word, Strong: l.bold})
	}
	return out
}
