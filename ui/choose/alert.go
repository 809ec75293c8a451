package choose

import (
	"carnet/client/advice"
	"carnet/ui/widget"
)

// Alert is how a warning looks, the same wherever it is shown: by its level, the icon
// also by what it is about. Red is what is not done together, or not without an
// answer; amber what is done with care.
func Alert(w advice.Warning) (icon widget.IconName, tone widget.Tone) {
	icon, tone = widget.IconInfo, widget.Secondary
	switch w.Worst() {
	case advice.Contraindicate:
		icon, tone = widget.IconRefused, widget.Danger
	case advice.NotAdvised:
		icon, tone = widget.IconWarning, widget.Danger
	case advice.Caution:
		icon, tone = widget.IconWarning, widget.Attention
	}
	switch w.Kind {
	case advice.Allergic, advice.CrossReaction:
		icon = widget.IconAllergy
	case advice.SameSubstance, advice.SameClass:
		icon = widget.IconCopy
	}
	return icon, tone
}
