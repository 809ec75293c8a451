package widget

import (
	"image/color"

	"carnet/assets"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Mode chooses between light and dark.
type Mode string

// The modes.
const (
	FollowSystem Mode = "system"
	Light        Mode = "light"
	Dark         Mode = "dark"
)

// The sizes of texts, in points before scaling.
const (
	SizeCaption fyne.ThemeSizeName = theme.SizeNameCaptionText    // 12
	SizeBody    fyne.ThemeSizeName = theme.SizeNameText           // 14
	SizeLead    fyne.ThemeSizeName = theme.SizeNameSubHeadingText // 16
	SizeTitle   fyne.ThemeSizeName = theme.SizeNameHeadingText    // 20
	SizeDisplay fyne.ThemeSizeName = "carnetDisplay"              // 28
)

// The rhythm, in points.
const (
	Gap       float32 = 8  // between things that belong together
	GapWide   float32 = 16 // between groups
	GapPage   float32 = 24 // around a page
	GapTight  float32 = 4  // inside a line
	RowHeight float32 = 40 // of lists
	RowTable  float32 = 32 // of tables
	Corner    float32 = 8  // of panels
	CornerIn  float32 = 6  // of controls
)

// Theme is Carnet's look. It is immutable: another mode or scale is another
// Theme.
type Theme struct {
	mode  Mode
	scale float32
	fonts map[assets.Font]fyne.Resource
}

// NewTheme makes a theme. scale multiplies texts (1 is ordinary, 0 means 1; kept
// between 0.8 and 2).
func NewTheme(mode Mode, scale float32) *Theme {
	if scale == 0 {
		scale = 1
	}
	t := &Theme{mode: mode, scale: min(max(scale, 0.8), 2), fonts: map[assets.Font]fyne.Resource{}}
	for _, f := range []assets.Font{assets.Regular, assets.Bold, assets.Italic, assets.Mono, assets.MonoBold} {
		t.fonts[f] = fyne.NewStaticResource(string(f), f.Bytes())
	}
	return t
}

// IsDark tells whether the theme shows dark under the system's variant.
func (t *Theme) IsDark(system fyne.ThemeVariant) bool {
	return t.mode == Dark || (t.mode != Light && system == theme.VariantDark)
}

func (t *Theme) palette(system fyne.ThemeVariant) palette {
	if t.IsDark(system) {
		return darkPalette
	}
	return lightPalette
}

// toolkitTones says which of our tones stands for each of the toolkit's colours.
var toolkitTones = map[fyne.ThemeColorName]Tone{
	theme.ColorNameBackground:          Window,
	theme.ColorNameButton:              Surface,
	theme.ColorNameDisabledButton:      Window,
	theme.ColorNameDisabled:            Secondary,
	theme.ColorNameError:               Danger,
	theme.ColorNameFocus:               PrimarySoft,
	theme.ColorNameForeground:          Ink,
	theme.ColorNameForegroundOnError:   OnPrimary,
	theme.ColorNameForegroundOnPrimary: OnPrimary,
	theme.ColorNameForegroundOnSuccess: OnPrimary,
	theme.ColorNameForegroundOnWarning: OnPrimary,
	theme.ColorNameHeaderBackground:    Window,
	theme.ColorNameHover:               Hover,
	theme.ColorNameHyperlink:           Primary,
	theme.ColorNameInputBackground:     Surface,
	theme.ColorNameInputBorder:         Border,
	theme.ColorNameMenuBackground:      Surface,
	theme.ColorNameOverlayBackground:   Surface,
	theme.ColorNamePlaceHolder:         Secondary,
	theme.ColorNamePressed:             PrimarySoft,
	theme.ColorNamePrimary:             Primary,
	theme.ColorNameScrollBar:           Border,
	theme.ColorNameScrollBarBackground: Clear,
	theme.ColorNameSelection:           PrimarySoft,
	theme.ColorNameSeparator:           Line,
	theme.ColorNameShadow:              Clear,
	theme.ColorNameSuccess:             Good,
	theme.ColorNameWarning:             Attention,
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := t.palette(variant)
	if tone, ok := toolkitTones[name]; ok {
		return p[tone]
	}
	if c, ok := p[Tone(name)]; ok {
		return c
	}
	if t.IsDark(variant) {
		return theme.DefaultTheme().Color(name, theme.VariantDark)
	}
	return theme.DefaultTheme().Color(name, theme.VariantLight)
}

// Font implements fyne.Theme. The typeface has no bold italic of its own in use;
// bold wins.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultTheme().Font(s)
	case s.Monospace && s.Bold:
		return t.fonts[assets.MonoBold]
	case s.Monospace:
		return t.fonts[assets.Mono]
	case s.Bold:
		return t.fonts[assets.Bold]
	case s.Italic:
		return t.fonts[assets.Italic]
	default:
		return t.fonts[assets.Regular]
	}
}

// Icon implements fyne.Theme for the toolkit's own controls.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case SizeCaption:
		return 12 * t.scale
	case SizeBody:
		return 14 * t.scale
	case SizeLead:
		return 16 * t.scale
	case SizeTitle:
		return 20 * t.scale
	case SizeDisplay:
		return 28 * t.scale
	case theme.SizeNameInlineIcon:
		return 18 * t.scale
	case theme.SizeNamePadding:
		return GapTight
	case theme.SizeNameInnerPadding:
		return Gap
	case theme.SizeNameLineSpacing:
		return 4
	case theme.SizeNameScrollBar:
		return 10
	case theme.SizeNameScrollBarSmall:
		return 4
	case theme.SizeNameInputBorder, theme.SizeNameSeparatorThickness:
		return 1
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius, theme.SizeNameButtonRadius:
		return CornerIn
	case theme.SizeNameCardRadius, theme.SizeNameDialogRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius:
		return Corner
	default:
		return theme.DefaultTheme().Size(name)
	}
}

// sizeOf gives a size of the theme in force, with our own as a fallback for
// names that only we know.
func sizeOf(name fyne.ThemeSizeName) float32 {
	if app := fyne.CurrentApp(); app != nil {
		if ours, ok := app.Settings().Theme().(*Theme); ok {
			return ours.Size(name)
		}
	}
	return (&Theme{scale: 1}).Size(name)
}
