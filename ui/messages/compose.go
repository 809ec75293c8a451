package messages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"

	"fyne.io/fyne/v2/lang"
)

// readDrafts takes up what was being written when the program ended.
func (p *Page) readDrafts() {
	if p.cfg.Notes == nil {
		return
	}
	type found struct {
		notes  []client.Note
		queued []client.OutboxItem
	}
	task.Run(p.cfg.Scope, func(ctx context.Context) (found, error) {
		notes, err := p.cfg.Notes.List(ctx, notePrefix)
		if err != nil || len(notes) == 0 || p.cfg.Outbox == nil {
			return found{notes: notes}, err
		}
		queued, err := p.cfg.Outbox.List(ctx)
		return found{notes, queued}, err
	}, func(all found, err error) {
		if err != nil {
			return // what is typed now is more than what was: nothing to tell
		}
		for _, n := range all.notes {
			id, d := dialogueOf(n.Name), readDraft(n.Value)
			if _, typed := p.drafts[id]; typed {
				continue
			}
			if p.drafts[id] = d; d.queuedIn(all.queued, id) { // the end came between the queue and the notebook
				p.forget(id)
			}
		}
		if p.thread.ID != "" && p.draft.Empty() {
			p.draft = p.drafts[p.thread.ID]
			p.view.compose.set(p.draft)
		}
	})
}

// wrote is called at every change of the answer.
func (p *Page) wrote(text string) {
	if text == p.draft.Text {
		return
	}
	p.draft.Text = text
	p.changed()
}

// changed keeps the draft soon.
func (p *Page) changed() {
	p.drafts[p.thread.ID] = p.draft
	p.soon(p.thread.ID, p.draft)
}

// soon keeps a draft after a pause in typing, in place of what was to be kept of the
// same dialogue; of another one it is kept at once.
func (p *Page) soon(dialogue string, d Draft) {
	if p.unkept != nil && p.unkept.dialogue != dialogue {
		p.keep()
	}
	p.unkept = &unkept{dialogue, d}
	p.keeping.Do(p.keep)
}

// unkept is what was typed since it was kept last.
type unkept struct {
	dialogue string
	draft    Draft
}

// keep writes what was typed into the notebook, now. Where nothing was typed nothing
// is written: what the notebook holds may not have been read yet.
func (p *Page) keep() {
	p.keeping.Cancel()
	if u := p.unkept; u != nil {
		p.unkept = nil
		p.keeper.put(u.draft.page(noteOf(u.dialogue)))
	}
}

// forget gives up a draft whose message was handed over.
func (p *Page) forget(dialogue string) { p.rest(dialogue, Draft{}) }

// rest leaves of a draft what was written after its message had been handed over.
func (p *Page) rest(dialogue string, d Draft) {
	p.drafts[dialogue] = d
	p.soon(dialogue, d)
	p.keep()
}

// send sends the answer. What is written and sent while the one before is still on its
// way to the queue follows it, and does not take it along once more.
func (p *Page) send() {
	if !p.thread.Writable() {
		return
	}
	dialogue, d := p.thread.ID, p.draft
	if _, leaving := p.leaving[dialogue]; leaving {
		p.leaving[dialogue] = true
		return
	}
	if f := d.Check(false); f != FaultNone {
		p.view.compose.say(faultWords(f))
		return
	}
	p.view.compose.say(lang.L("Envoi…"))
	p.leaving[dialogue] = false
	p.dispatch(d.Outgoing(p.cfg.NewID(), dialogue, p.thread.Dialogue.PatientID), d, p.view.compose.say, func(left bool) {
		next := p.leaving[dialogue]
		delete(p.leaving, dialogue)
		if !left {
			return
		}
		if p.thread.ID != dialogue {
			p.rest(dialogue, p.drafts[dialogue].since(d))
			return
		}
		p.draft = p.draft.since(d)
		p.rest(dialogue, p.draft)
		p.view.compose.set(p.draft)
		p.view.toEnd()
		if next && !p.draft.Empty() {
			p.send()
		}
	})
}

// dispatch hands a message to the queue, or to the server where there is none;
// what was written is given up only when one of them has it, which done tells.
// say tells why a file does not leave, "" when that is not it.
func (p *Page) dispatch(out client.Outgoing, d Draft, say func(string), done func(left bool)) {
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		content, err := p.attach(ctx, &out, d)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.leave(ctx, out, content)
	}, func(_ struct{}, err error) {
		refused := refusedFile("")
		errors.As(err, &refused)
		if say(string(refused)); refused == "" && err != nil {
			p.cfg.Shell.Present(err, nil)
		}
		if done(err == nil); err != nil {
			return
		}
		if p.cfg.Outbox == nil {
			p.Reconnected()
		}
	})
}

// leave gives a message to the queue or to the server.
func (p *Page) leave(ctx context.Context, out client.Outgoing, content []byte) error {
	if p.cfg.Outbox == nil {
		_, err := p.cfg.Messages.SendMessage(ctx, out, nil)
		return err
	}
	body, err := json.Marshal(out)
	if err != nil {
		return fhir.Wrap(fhir.Internal, err)
	}
	it := client.OutboxItem{ID: out.ID, Kind: client.OutboxMessage, PatientID: out.PatientID, Body: body}
	if out.File == nil {
		_, err = p.cfg.Outbox.Put(ctx, it, nil)
		return err
	}
	_, err = p.cfg.Outbox.Put(ctx, it, bytes.NewReader(content))
	return err
}

// attach reads the file of a draft, passes it through the gate and adds it to the
// message; it gives the bytes.
func (p *Page) attach(ctx context.Context, out *client.Outgoing, d Draft) ([]byte, error) {
	if d.Path == "" {
		return nil, nil
	}
	data, err := p.cfg.Files.Read(ctx, d.Path, client.MaxDocument)
	if err != nil {
		return nil, err
	}
	name := d.Name
	if !client.IsPDF(data) {
		pdf, err := pdfcheck.ImagePDF(ctx, data)
		if err != nil {
			return nil, refusedFile(lang.L("Ce fichier n’est ni un PDF ni une image JPEG, PNG ou TIFF. Choisissez-en un autre."))
		}
		data, name = pdf, strings.TrimSuffix(name, filepath.Ext(name))+".pdf"
	}
	report, err := p.cfg.Check.Check(ctx, data)
	if err != nil {
		return nil, err
	}
	if report.Verdict == pdfcheck.Refused {
		return nil, refusedFile(lang.L("Ce PDF ne peut pas être envoyé : {{.Why}}", map[string]any{"Why": report.Reason(choose.Language())}))
	}
	out.File = &client.OutgoingFile{Name: name, ContentType: "application/pdf", Size: int64(len(data)), Content: bytes.NewReader(data)}
	if d.Type != "" {
		out.File.AsDocument = p.document(d, *out)
	}
	return data, nil
}

// document describes the file of a draft as a document of the record: the same bytes
// under one unique id, whether one finds them here or there.
func (p *Page) document(d Draft, out client.Outgoing) *client.Draft {
	t, _ := terminology.TypeByCode(d.Type)
	filed := p.cfg.Me.Draft(d.Type)
	filed.ID, filed.PatientID, filed.Title, filed.ActDate = p.cfg.NewID(), out.PatientID, choose.TypeLabel(t), p.now()
	filed.ContentType, filed.Size = out.File.ContentType, out.File.Size
	return &filed
}

// refusedFile says why a file does not leave, to the person.
type refusedFile string

func (r refusedFile) Error() string { return "messages: the file is refused" }

// followQueue shows what waits to leave in the dialogue in hand.
func (p *Page) followQueue() {
	if p.cfg.Outbox == nil {
		return
	}
	task.Follow(p.cfg.Scope, func(ctx context.Context, report func(bool)) error {
		stop := p.cfg.Outbox.Follow(func(e client.OutboxEvent) {
			if e.Item.Kind == client.OutboxMessage {
				report(e.Item.State == client.OutboxDone)
			}
		})
		defer stop()
		<-ctx.Done()
		return nil
	}, func(done bool) {
		p.listQueue()
		if done {
			p.Moved(client.MessageEvent{})
		}
	}, func(error) {})
}

// listQueue asks the queue for the messages of the dialogue in hand.
func (p *Page) listQueue() {
	dialogue := p.thread.ID
	if p.cfg.Outbox == nil || dialogue == "" {
		return
	}
	task.Run(p.cfg.Scope, func(ctx context.Context) ([]Leaving, error) {
		items, err := p.cfg.Outbox.List(ctx)
		return leavingOf(items, dialogue), err
	}, func(all []Leaving, err error) {
		if err != nil || p.thread.ID != dialogue {
			return
		}
		p.thread.Queue(all)
		p.view.showThread(&p.thread, p.now())
	})
}

// leavingOf gives the messages of one dialogue that the queue still holds.
func leavingOf(items []client.OutboxItem, dialogue string) []Leaving {
	var all []Leaving
	for _, it := range items {
		if it.Kind != client.OutboxMessage || it.State == client.OutboxDone {
			continue
		}
		var out client.Outgoing
		if json.Unmarshal(it.Body, &out) != nil || out.Dialogue != dialogue {
			continue
		}
		n := len(out.Documents)
		if out.File != nil {
			n++
		}
		all = append(all, Leaving{ID: it.ID, Text: out.Text, Files: n, Created: it.Created, State: it.State, Reason: it.Reason})
	}
	return all
}
