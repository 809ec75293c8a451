package main

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"carnet/assets"
	"carnet/client/handout"
	"carnet/ui/summary"
)

// drawHandout puts a health summary on one page of PDF, in the typeface of the
// screens.
func drawHandout(h summary.Handout) ([]byte, error) {
	blocks := func(all []summary.Block) []handout.Block {
		out := make([]handout.Block, len(all))
		for i, b := range all {
			out[i].Title, out[i].Keep = b.Title, b.Keep
			for _, l := range b.Lines {
				out[i].Lines = append(out[i].Lines, handout.Line(l))
			}
		}
		return out
	}
	return handout.Draw(handout.Sheet{
		Title: h.Title, Name: h.Name, Identity: h.Identity, Made: h.Made, Left: blocks(h.Left), Right: blocks(h.Right), Foot: h.Foot,
		More: lang.L("… la suite est dans le dossier"), Language: h.Language, Day: time.Now(),
	}, handout.Faces{Regular: assets.Regular.Bytes(), Bold: assets.Bold.Bytes()})
}
