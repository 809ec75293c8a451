package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"carnet/client/batch"
	"carnet/cmd/carnet-lab/internal/folder"
)

// passedWords say why watch passes something over, and what to do.
var passedWords = map[folder.Why][2]string{
	folder.Empty: {"Ce fichier est vide. Il partira dès qu’il aura un contenu ; sinon, retirez-le.", "This file is empty. It is sent once there is something in it; else take it away."},
	folder.Link:  {"Ceci est un lien, qui n’est pas suivi. Mettez le fichier lui-même dans le dossier.", "This is a link, which is not followed. Put the file itself into the folder."},
	folder.Odd:   {"Ceci n’est ni un fichier ni un dossier. Retirez-le.", "This is neither a file nor a folder. Take it away."},
}

func passedWord(l lang, why folder.Why) string {
	if w, ok := passedWords[why]; ok {
		return l.say(w[0], w[1])
	}
	return l.problem(batch.Unreadable)
}

// tellPassed tells, once for each, of what is in the folder and will not be sent:
// on the screen or in the log, and in status and report.
func (w *watcher) tellPassed(ctx context.Context, all []folder.Passed) error {
	var fresh []fileRecord
	for _, p := range all {
		id := w.passedID(p)
		if w.l.history.told(id, aside) {
			continue
		}
		fresh = append(fresh, fileRecord{
			ID: id, Time: w.l.now(), Outcome: aside, Folder: w.dir, File: strings.ToValidUTF8(p.Path, "\uFFFD"), Size: -1,
			Codes: []string{string(p.Why)}, Words: []string{passedWord(w.l.o.lang, p.Why)},
		})
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := w.l.history.tell(ctx, fresh, nil); err != nil {
		return err
	}
	for _, f := range fresh {
		w.say(f)
	}
	return nil
}

// passedID names something that is passed over, as it is now: the same over
// restarts.
func (w *watcher) passedID(p folder.Passed) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{w.dir, p.Path, string(p.Why), p.Time.UTC().Format(time.RFC3339Nano)}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
