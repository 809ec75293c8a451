package main

import (
	"fmt"
	"strings"
)

// reasonText is what stands beside a file that did not go: the words, the codes
// and the reference. It names nobody: the file's name already says what it says.
func reasonText(l lang, f fileRecord) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s : %s\n", oneLine(f.File), f.Outcome.word(l))
	fmt.Fprintf(&b, "%s\n\n", f.Time.Local().Format(l.say("02/01/2006 15:04", "2006-01-02 15:04")))
	for i, w := range f.Words {
		fmt.Fprintf(&b, "- %s [%s]\n", w, f.Codes[i])
	}
	if f.Reference != "" {
		fmt.Fprintf(&b, "%s%s\n", l.say("Référence : ", "Reference: "), f.Reference)
	}
	if f.Outcome == person {
		b.WriteString("\n" + l.say(
			"Pour le renvoyer : corrigez le fichier, ou nommez-le dans un manifeste (fichier;ins;type;date), et remettez-le dans le dossier surveillé.\n",
			"To send it again: put the file right, or name it in a manifest (file;ins;type;date), and put it back into the watched folder.\n"))
	}
	return b.String()
}

// manifestText stands beside a manifest some of whose lines did not go.
func manifestText(l lang, x *listed) string {
	var b strings.Builder
	b.WriteString(summary(l, x.rows) + "\n\n")
	for _, w := range x.words {
		b.WriteString(w + "\n")
	}
	b.WriteString(l.say("Les autres lignes ont leur motif à côté de leur fichier.\n", "The other lines have their reason beside their file.\n"))
	return b.String()
}
