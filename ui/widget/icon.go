package widget

import (
	"fmt"
	"image/color"

	"carnet/assets"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// IconName is the name of one of the icons of package assets.
type IconName string

// The icons by what they say here.
const (
	IconNone         IconName = ""
	IconCarnet       IconName = "carnet"
	IconSearch       IconName = "search"
	IconPerson       IconName = "person"
	IconPeople       IconName = "people"
	IconCalendar     IconName = "calendar"
	IconMessage      IconName = "message"
	IconUpload       IconName = "upload"
	IconDownload     IconName = "download"
	IconPrint        IconName = "print"
	IconMasked       IconName = "masked"
	IconUnmasked     IconName = "unmasked"
	IconHidden       IconName = "hidden" // until the announcement consultation
	IconVisible      IconName = "visible"
	IconArchive      IconName = "archive"
	IconReplaced     IconName = "replaced"
	IconWarning      IconName = "warning"
	IconOK           IconName = "ok"
	IconCheck        IconName = "check"
	IconRefused      IconName = "refused"
	IconClose        IconName = "close"
	IconOffline      IconName = "offline"
	IconOnline       IconName = "online"
	IconSlow         IconName = "slow"
	IconClock        IconName = "clock"
	IconServer       IconName = "server"
	IconDocument     IconName = "document"
	IconText         IconName = "text"
	IconLab          IconName = "lab"
	IconPrescription IconName = "prescription"
	IconImaging      IconName = "imaging"
	IconLetter       IconName = "letter"
	IconCertificate  IconName = "certificate"
	IconVaccine      IconName = "vaccine"
	IconImage        IconName = "image"
	IconHospital     IconName = "hospital"
	IconConsultation IconName = "consultation"
	IconSynthesis    IconName = "synthesis"
	IconZoomIn       IconName = "zoom-in"
	IconZoomOut      IconName = "zoom-out"
	IconRotate       IconName = "rotate"
	IconFitWidth     IconName = "fit-width"
	IconFitPage      IconName = "fit-page"
	IconUp           IconName = "page-up"
	IconDown         IconName = "page-down"
	IconNext         IconName = "next"
	IconBack         IconName = "back"
	IconCopy         IconName = "copy"
	IconSignIn       IconName = "sign-in"
	IconSignOut      IconName = "sign-out"
	IconSettings     IconName = "settings"
	IconScan         IconName = "scan"
	IconEmergency    IconName = "emergency"
	IconConsent      IconName = "consent"
	IconHistory      IconName = "history"
	IconShield       IconName = "shield"
	IconInfo         IconName = "info"
	IconFilter       IconName = "filter"
	IconSort         IconName = "sort"
	IconEdit         IconName = "edit"
	IconDelete       IconName = "delete"
	IconUndo         IconName = "undo"
	IconRefresh      IconName = "refresh"
	IconMore         IconName = "more"
	IconAdd          IconName = "add"
	IconMinus        IconName = "minus"
	IconKeyboard     IconName = "keyboard"
	IconLink         IconName = "link"
	IconAllergy      IconName = "allergy"
	IconStar         IconName = "star"
	IconHome         IconName = "home"
	IconFolder       IconName = "folder"
)

// Icon is one icon that follows the theme. Beside it stands a word: an icon
// alone is never the only way to tell something.
type Icon struct {
	widget.BaseWidget
	name IconName
	tone Tone
	side float32

	drawn inForce
}

// NewIcon makes an icon of side points (0: 20), which grows with the size of
// texts.
func NewIcon(name IconName, tone Tone, side float32) *Icon {
	if side == 0 {
		side = 20
	}
	i := &Icon{name: name, tone: tone, side: side}
	i.ExtendBaseWidget(i)
	return i
}

// Set changes icon and tone.
func (i *Icon) Set(name IconName, tone Tone) {
	if i.name == name && i.tone == tone && i.drawn == lookNow() {
		return
	}
	i.name, i.tone = name, tone
	i.Refresh()
}

// size gives the side in the theme in force.
func (i *Icon) size() float32 { return i.side * sizeOf(SizeBody) / 14 }

// CreateRenderer implements fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	image := canvas.NewImageFromResource(nil)
	image.FillMode = canvas.ImageFillContain
	r := &iconRenderer{icon: i, image: image, scale: 1}
	r.apply()
	return r
}

type iconRenderer struct {
	icon  *Icon
	image *canvas.Image
	scale float32 // pixels a point, of the screen that the icon is on
}

func (r *iconRenderer) apply() {
	r.icon.drawn = lookNow()
	tone := r.icon.tone
	if tone == "" {
		tone = Ink
	}
	res := iconResource(r.icon.name, Colour(tone), r.icon.size(), r.scale)
	if res == nil {
		r.image.Hide()
		return
	}
	r.image.Show()
	r.image.Resource = res
}

func (r *iconRenderer) Layout(size fyne.Size) {
	if c := canvasOf(r.icon); c != nil && c.Scale() != r.scale {
		r.scale = c.Scale()
		r.apply()
	}
	side := min(r.icon.size(), size.Width, size.Height)
	r.image.Resize(fyne.NewSquareSize(side))
	r.image.Move(fyne.NewPos((size.Width-side)/2, (size.Height-side)/2))
}

func (r *iconRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.icon.size()) }

func (r *iconRenderer) Refresh() {
	r.apply()
	r.image.Refresh()
}

func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }
func (r *iconRenderer) Destroy()                     {}

// IconResource gives an icon in a colour as a resource of the toolkit, nil when
// there is none of that name, for the toolkit's own widgets.
func IconResource(name IconName, c color.Color, side float32) fyne.Resource {
	return iconResource(name, c, side, 1)
}

// liveIcon is an icon for the toolkit's widgets that follows the theme: name and
// content are those of the moment.
type liveIcon struct {
	icon IconName
	tone Tone
}

func (l liveIcon) now() fyne.Resource { return IconResource(l.icon, Colour(l.tone), sizeOf(SizeBody)) }

// Name implements fyne.Resource.
func (l liveIcon) Name() string { return l.now().Name() }

// Content implements fyne.Resource.
func (l liveIcon) Content() []byte { return l.now().Content() }

// iconResource draws for a screen of scale pixels a point. The toolkit caches
// pictures by the resource's name, one size each, hence the size in it.
func iconResource(name IconName, c color.Color, side, scale float32) fyne.Resource {
	svg, ok := assets.Icon(string(name), hex(c), float64(1.75*scale*side/22))
	if !ok {
		return nil
	}
	return fyne.NewStaticResource(fmt.Sprintf("%s-%s-%g.svg", name, hex(c)[1:], side*scale), svg)
}

// AppIcon is the application's own picture, for the window and the task bar.
func AppIcon() fyne.Resource {
	svg, _ := assets.Icon("app", "", 0)
	return fyne.NewStaticResource("carnet.svg", svg)
}
