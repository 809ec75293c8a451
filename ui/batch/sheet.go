package batch

import (
	"context"
	"image"

	"carnet/client"
	engine "carnet/client/batch"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// rowSheet is one file in front of the page: what is known of it, what a person has to
// answer, and the answers.
type rowSheet struct {
	*widget.Sheet
	page    *Page
	form    *Form
	view    *sheetView
	drawing *task.Latest
	saving  *task.Latest
}

// openHeld opens the row in hand.
func (p *Page) openHeld() { p.openRow(p.view.list.Cursor()) }

// openRow opens the row at a place of the list.
func (p *Page) openRow(i int) {
	if row, ok := p.state.At(i); ok && p.sheet == nil {
		p.open1(row)
	}
}

// open1 opens a row's sheet.
func (p *Page) open1(row engine.Row) {
	s := &rowSheet{page: p, form: FormOf(row), drawing: p.cfg.Scope.Latest(), saving: p.cfg.Scope.Latest()}
	s.view = newSheetView(s)
	s.Sheet = &widget.Sheet{
		Title: row.Path, Width: sheetWidth, Height: sheetHeight, Content: s.view.content,
		Actions: s.view.actions(), First: s.view.done,
		Return: s.enter, Chord: s.save, OnKey: s.key, OnClose: s.closed, Shortcuts: s.shortcuts(),
	}
	p.sheet = s
	s.view.show()
	p.cfg.Shell.OpenSheet(s.Sheet)
	s.focus()
	s.draw()
}

// shortcuts are the sheet's keys.
func (s *rowSheet) shortcuts() []widget.Shortcut {
	return []widget.Shortcut{
		{ID: "row-person", Keys: []widget.Keys{personKeys()}, Label: lang.L("Chercher le patient"), Do: s.findPerson},
		{ID: "row-strict", Keys: []widget.Keys{widget.Ctrl(fyne.KeyN)}, Label: lang.L("Chercher par les traits stricts"), Do: s.findStrict},
		{ID: "row-separator", Keys: []widget.Keys{widget.Ctrl(fyne.KeyRightBracket)}, Do: s.view.finder.Separator},
		{ID: "row-type", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Choisir le type"), Do: s.pickType},
		{ID: "row-again", Keys: []widget.Keys{widget.Ctrl(fyne.KeyR), widget.Key(fyne.KeyF5)}, Label: lang.L("Relire le fichier"), Do: s.again},
	}
}

func personKeys() widget.Keys { return widget.Ctrl(fyne.KeyI) }

// key sees the keys that nothing inside used: Escape leaves the strict traits before
// the sheet, and what is picked before both.
func (s *rowSheet) key(ev *fyne.KeyEvent) bool {
	if ev.Name == fyne.KeyEscape && (s.view.finder.IsOpen() || s.view.types.IsOpen()) {
		s.leavePickers()
		return true
	}
	if ev.Name == fyne.KeyF5 {
		s.again()
		return true
	}
	return false
}

func (s *rowSheet) closed() {
	s.drawing.Cancel()
	s.saving.Cancel()
	s.view.finder.Shut()
	s.page.sheet = nil
	s.page.moved(nil, true)
}

// moved takes what the engine says of the row now, unless it is being saved.
func (s *rowSheet) moved() {
	row, ok := s.page.state.Row(s.form.Row.ID)
	if !ok || s.form.Saving {
		return
	}
	s.form.Take(row)
	s.view.show()
}

// enter is Return: saving, unless that must not follow from a habit.
func (s *rowSheet) enter() {
	switch {
	case s.view.finder.Strict():
		s.view.finder.Match()
	case !s.form.Chord():
		s.save()
	}
}

// save hands the answers to the engine, or goes to what is missing. A row that becomes
// ready closes the sheet: the next one is under the cursor.
func (s *rowSheet) save() {
	f, now := s.form, s.page.now()
	if f.Saving {
		return
	}
	if !f.Open() {
		s.Close()
		return
	}
	s.view.collect()
	if needs := f.Needs(now); len(needs) > 0 && needs[0] != FieldFile && !s.partly(needs) {
		f.Asked = true
		s.view.show()
		s.focus()
		return
	}
	c, lot := f.Correction(now), s.page.lot
	if lot == nil || c == (engine.Correction{}) {
		s.Close()
		return
	}
	f.Saving, f.Err = true, nil
	s.view.show()
	task.Run(s.saving, func(ctx context.Context) (engine.Row, error) { return lot.Correct(ctx, f.Row.ID, c) }, s.saved)
}

// partly tells whether what was picked is worth keeping although something is still
// missing: the patient, whose document is then compared.
func (s *rowSheet) partly(needs []Field) bool {
	return s.form.Patient != nil && needs[0] != FieldPatient
}

// saved takes the engine's judgement of the corrected row.
func (s *rowSheet) saved(row engine.Row, err error) {
	f := s.form
	f.Saving, f.Err = false, err
	if err == nil {
		f.Take(row)
		f.Patient, f.Confirm, f.Asked = nil, false, false
	}
	if err == nil && row.State != engine.Fix {
		s.Close()
		s.page.say(widget.IconCheck, widget.Good, lang.L("Corrigé : le fichier est prêt."))
		return
	}
	s.view.show()
	s.focus()
}

// findPerson opens the search of the patient.
func (s *rowSheet) findPerson() {
	if s.form.Open() {
		s.view.types.Shut()
		s.view.finder.Open()
		s.view.show()
	}
}

// findStrict opens the form of strict traits.
func (s *rowSheet) findStrict() {
	if s.form.Open() {
		s.view.types.Shut()
		s.view.finder.OpenStrict()
		s.view.show()
	}
}

// found takes a patient.
func (s *rowSheet) found(p client.Patient) {
	if !choose.Qualified(p) {
		s.view.finder.Refuse(lang.L("L’identité de cette personne n’est pas qualifiée : rien ne peut être déposé pour elle."))
		return
	}
	s.form.Patient, s.form.Confirm, s.form.Err = &p, false, nil
	s.leavePickers()
}

// pickType opens the list of types, the guessed one first.
func (s *rowSheet) pickType() {
	if s.form.Open() {
		s.view.finder.Shut()
		s.view.types.Open(s.form.Row.Type.Code)
		s.view.show()
	}
}

func (s *rowSheet) took(t terminology.Type) {
	s.form.Type = t.Code
	s.leavePickers()
}

// leavePickers goes back to the form, to what is still missing.
func (s *rowSheet) leavePickers() {
	s.view.finder.Shut()
	s.view.types.Shut()
	s.view.collect()
	s.view.show()
	s.focus()
}

// focus puts the hands on what is to be answered next. An answer of habit to a doubt
// is no: the box there is ticked by Space alone.
func (s *rowSheet) focus() {
	target := fyne.Focusable(s.view.done)
	if needs := s.form.Needs(s.page.now()); s.form.Open() && len(needs) > 0 {
		switch needs[0] {
		case FieldPatient:
			target = s.view.person
		case FieldConfirm:
			target = s.view.confirm
		case FieldType:
			target = s.view.kind
		case FieldDate:
			target = s.view.date
		}
	}
	s.page.cfg.Shell.Focus(target)
}

// again reads the file again.
func (s *rowSheet) again() {
	lot, id := s.page.lot, s.form.Row.ID
	if lot == nil || !MayRead(s.form.Row) {
		return
	}
	s.Close()
	s.page.deed(func(ctx context.Context) error { return lot.Again(ctx, id) }, nil)
}

// remove takes the file out of the lot; the sheet goes first.
func (s *rowSheet) remove() {
	id := s.form.Row.ID
	s.Close()
	s.page.removeRows([]string{id})
}

// waiting goes to what waits to be sent, where a conflict is decided.
func (s *rowSheet) waiting() {
	s.Close()
	s.page.cfg.Waiting()
}

// draw shows the first page when it is ready; nothing waits for it.
func (s *rowSheet) draw() {
	if s.page.cfg.Picture == nil {
		return
	}
	row := s.form.Row
	task.Run(s.drawing, func(ctx context.Context) (image.Image, error) {
		return s.page.cfg.Picture(ctx, row, pictureWidth)
	}, func(img image.Image, err error) {
		if err == nil && img != nil {
			s.view.picture(img)
		}
	})
}

// decided tells whether a row waits for a choice of the outbox.
func decided(r engine.Row) bool { return has(r, engine.Conflict) || r.Reason == fhir.VersionConflict }
