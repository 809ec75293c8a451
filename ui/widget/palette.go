package widget

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Tone is a colour by what it means.
type Tone string

// The tones of texts and icons.
const (
	Ink       Tone = "ink"       // ordinary text
	Secondary Tone = "secondary" // captions, what accompanies
	Primary   Tone = "primary"   // links, what can be acted on
	Good      Tone = "good"      // done, verified
	Attention Tone = "attention" // look here; nothing is broken
	Danger    Tone = "danger"    // refused, failed, irreversible
	OnPrimary Tone = "onPrimary" // text on a primary or danger button
)

// The tones of surfaces.
const (
	Window        Tone = "window"        // behind everything
	Surface       Tone = "panel"         // panels, rows, fields
	Line          Tone = "line"          // separators and borders of panels
	Border        Tone = "border"        // borders of fields and buttons: 3:1 against the panel
	PrimarySoft   Tone = "primarySoft"   // the selected row
	GoodSoft      Tone = "goodSoft"      // behind Good
	AttentionSoft Tone = "attentionSoft" // behind Attention
	DangerSoft    Tone = "dangerSoft"    // behind Danger
	Hover         Tone = "hover"         // the row under the pointer
	Scrim         Tone = "scrim"         // over the page when a sheet is open
	Bone          Tone = "bone"          // a skeleton's bars
	Clear         Tone = "clear"         // nothing
)

// Soft gives the surface that goes behind a text of tone t.
func (t Tone) Soft() Tone {
	switch t {
	case Good:
		return GoodSoft
	case Attention:
		return AttentionSoft
	case Danger:
		return DangerSoft
	case Primary:
		return PrimarySoft
	default:
		return Window
	}
}

type palette map[Tone]color.NRGBA

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

var (
	lightPalette = palette{
		Ink: rgb(0x17242E), Secondary: rgb(0x52626F), Primary: rgb(0x0A6A82), Good: rgb(0x1B7A4B),
		Attention: rgb(0x9A5B00), Danger: rgb(0xA8231C), OnPrimary: rgb(0xFFFFFF),
		Window: rgb(0xF4F7F9), Surface: rgb(0xFFFFFF), Line: rgb(0xD8E0E6), Border: rgb(0x768794),
		PrimarySoft: rgb(0xE2F1F4), GoodSoft: rgb(0xE7F5ED), AttentionSoft: rgb(0xFFF4DF), DangerSoft: rgb(0xFDEBE9),
		Hover: rgb(0xEDF3F6), Scrim: {R: 0x0F, G: 0x17, B: 0x1D, A: 0x73}, Bone: rgb(0xE6ECF0), Clear: {},
	}
	darkPalette = palette{
		Ink: rgb(0xE7EEF3), Secondary: rgb(0x9FB0BC), Primary: rgb(0x4FB6CE), Good: rgb(0x5FC795),
		Attention: rgb(0xE8B25C), Danger: rgb(0xF2928B), OnPrimary: rgb(0x06202A),
		Window: rgb(0x0F171D), Surface: rgb(0x172129), Line: rgb(0x2A3742), Border: rgb(0x6B7E8C),
		PrimarySoft: rgb(0x16343E), GoodSoft: rgb(0x15301F), AttentionSoft: rgb(0x33270F), DangerSoft: rgb(0x3A1B19),
		Hover: rgb(0x1D2932), Scrim: {R: 0, G: 0, B: 0, A: 0x99}, Bone: rgb(0x22303A), Clear: {},
	}
)

// Colour gives a tone's colour in the theme in force.
func Colour(t Tone) color.Color {
	app := fyne.CurrentApp()
	if app == nil {
		return lightPalette[t]
	}
	settings := app.Settings()
	if ours, ok := settings.Theme().(*Theme); ok {
		return ours.palette(settings.ThemeVariant())[t]
	}
	if settings.ThemeVariant() == theme.VariantDark {
		return darkPalette[t]
	}
	return lightPalette[t]
}

// inForce names the theme in force, so that something drawn can be told from
// something that was drawn in another one: rows that wait to be used again are
// in no tree that a change of theme could reach.
type inForce struct {
	theme   *Theme
	variant fyne.ThemeVariant
}

func lookNow() inForce {
	app := fyne.CurrentApp()
	if app == nil {
		return inForce{}
	}
	ours, _ := app.Settings().Theme().(*Theme)
	return inForce{ours, app.Settings().ThemeVariant()}
}

// hex writes a colour as SVG does.
func hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
}
