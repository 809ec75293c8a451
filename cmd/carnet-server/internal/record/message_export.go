package record

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// writeMessages adds the exchanges of messages: each as a text that anybody
// reads, its resources, and the files that came with it.
func (x *exporting) writeMessages(ctx context.Context) error {
	if x.h.reviews() != nil {
		return nil
	}
	r := reader{consent.CitizenID(x.h.c.ID), consent.ForExport(x.h.grant), x.h.rec}
	all, err := x.s.st.DialoguesOf(ctx, x.h.rec.N, r.id)
	if err != nil {
		return err
	}
	files := 0
	for i, d := range slices.Backward(all) {
		if err := x.still(ctx); err != nil {
			return err
		}
		r.grant, r.rec = consent.ForExport(x.h.grant), x.h.rec
		if err := x.writeDialogue(ctx, r, d, len(all)-i, &files); err != nil {
			return err
		}
	}
	return nil
}

// writeDialogue adds one exchange, oldest message first.
func (x *exporting) writeDialogue(ctx context.Context, r reader, d store.Dialogue, number int, files *int) error {
	head, err := x.s.dialogueView(ctx, r, d)
	if err != nil {
		return err
	}
	if err := x.put(fmt.Sprintf("fhir/Communication/%04d-0000.json", number), head.JSON()); err != nil {
		return err
	}
	all, err := x.s.allMessages(ctx, r, d)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", head.Topic)
	for i, m := range all {
		c, err := x.s.messageView(ctx, r, d, m)
		if err != nil {
			return err
		}
		if err := x.put(fmt.Sprintf("fhir/Communication/%04d-%04d.json", number, i+1), c.JSON()); err != nil {
			return err
		}
		fmt.Fprintf(&text, "\n%s, %s\n", c.FromName, fhir.Instant(c.Sent))
		if c.Damaged {
			text.WriteString("Ce message ne peut plus être lu. This message cannot be read any more.\n")
		}
		for _, p := range c.Payload {
			if p.Document == "" && p.Attachment == nil {
				fmt.Fprintf(&text, "%s\n", p.Text)
				continue
			}
			if p.Attachment == nil {
				fmt.Fprintf(&text, "+ %s\n", p.Title)
				continue
			}
			*files++
			name := fmt.Sprintf("messages/fichier-file-%04d%s", *files, extensionOf(p.Attachment.ContentType))
			fmt.Fprintf(&text, "+ %s (%s)\n", p.Attachment.Title, name)
			if err := x.writeMessageFile(ctx, r, m, name); err != nil {
				return err
			}
		}
	}
	return x.put(fmt.Sprintf("messages/%04d.txt", number), []byte(text.String()))
}

func (x *exporting) writeMessageFile(ctx context.Context, r reader, m store.Message, name string) error {
	content, err := x.s.st.MessageFile(ctx, r.grant, r.rec, m)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it only forgets
	w, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}

// allMessages reads a whole dialogue, oldest first.
func (s *Service) allMessages(ctx context.Context, r reader, d store.Dialogue) (all []store.Message, err error) {
	for below := int64(0); ; {
		page, err := s.st.Messages(ctx, r.grant, r.rec, d, store.Below{N: below, Limit: usualMessages})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < usualMessages {
			slices.Reverse(all)
			return all, nil
		}
		below = page[len(page)-1].N
	}
}
