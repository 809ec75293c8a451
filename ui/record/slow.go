package record

import (
	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// slowState is what stands in the place of bars once they have lasted: nobody
// is to wonder whether something still happens, or to wait without a way out.
func slowState(interrupt func()) widget.State {
	return widget.State{
		Icon: widget.IconSlow, Tone: widget.Attention,
		Title:   lang.L("Le serveur met du temps à répondre."),
		Text:    lang.L("Carnet attend encore sa réponse. Vous pouvez attendre, ou interrompre et recommencer plus tard."),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Interrompre"), interrupt)},
	}
}

// interrupted is how a question ends that the person gave up.
func interrupted() error { return fhir.E(fhir.Canceled, "") }

// interruptOpening gives up opening the record.
func (p *Page) interruptOpening() {
	p.opening.Cancel()
	p.entered(p.how, client.Access{}, interrupted())
}

// interruptLoading gives up the list.
func (p *Page) interruptLoading() {
	p.loading.Cancel()
	p.arrived(p.list.next, client.DocumentPage{}, interrupted())
}

// interruptReading gives up the document on its way.
func (p *Page) interruptReading() {
	e := p.docs.Get(p.reader.id)
	if e == nil {
		return
	}
	p.content.Cancel()
	p.fetched(e.Doc, client.Content{}, interrupted())
}
