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
	Keep  bool // what is lost last where the paper is too small
}

// HandoutLine is one thing: what it is, what stands under it, a word that stands out.
type HandoutLine struct {
	Text   string
	Under  string
	Word   string
	Strong bool
}

// Most lines of a block on paper: it is one page; what is left out is said. Allergies,
// alerts and treatments are never cut here: they are what the paper is for.
const (
	mostPrinted = 12
	mostKept    = 60
)

// handoutOf puts the picture on paper: what holds now, and of what is folded the
// allergies and the history, which somebody else has to know. It is pure, and may take
// a while.
func handoutOf(known Known, me client.Person, prov client.Provenance) Handout {
	known.Unfolded = map[Section]bool{Allergies: true, Conditions: true}
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
	h.Left, h.Right = blocks(picture.Left, now.Location()), blocks(picture.Right, now.Location())
	return h
}

// blocks puts the rows of a column on paper. It is read by others than who prints it:
// everybody has their name there, nobody is "you".
func blocks(rows []Row, zone *time.Location) []Block {
	var out []Block
	past := false
	for _, r := range rows {
		l := linesOf(r, "", zone)
		switch {
		case r.Kind == Heading:
			past = false
			out = append(out, Block{Title: l.heading, Keep: r.Section == Allergies || r.Section == Warnings || r.Section == Treatments})
			continue
		case r.Kind == LimitRow: // the foot says it whole
			continue
		case r.Kind == FoldRow || len(out) == 0:
			past = true
			continue
		case past:
			l.word, l.bold = lang.L("Ancien ou résolu"), false
		}
		b, most := &out[len(out)-1], mostPrinted
		if b.Keep {
			most = mostKept
		}
		if len(b.Lines) >= most {
			b.Lines = b.Lines[:most]
			b.Lines[most-1] = HandoutLine{Text: lang.L("… la suite est dans le dossier")}
			continue
		}
		b.Lines = append(b.Lines, HandoutLine{Text: strings.TrimSpace(l.title), Under: l.under, Word: l.word, Strong: l.bold})
	}
	return out
}
