package choose

import (
	"testing"

	"carnet/client/advice"
	"carnet/ui/widget"
)

func TestAWarningLooksTheSameEverywhere(t *testing.T) {
	for level, want := range map[advice.Level]widget.Tone{
		advice.Contraindicate: widget.Danger, advice.NotAdvised: widget.Danger, advice.Caution: widget.Attention, advice.Consider: widget.Secondary,
	} {
		icons := map[widget.IconName]bool{}
		for _, k := range []advice.Kind{advice.Interaction, advice.Allergic, advice.SameClass} {
			icon, tone := Alert(advice.Warning{Kind: k, Levels: []advice.Level{level, advice.Consider}})
			icons[icon] = true
			if tone != want || tone == widget.Good {
				t.Errorf("level %d, %s: tone %v, want %v", level, k, tone, want)
			}
		}
		if len(icons) != 3 {
			t.Errorf("level %d: colour alone tells what it is about: %v", level, icons)
		}
	}
}
