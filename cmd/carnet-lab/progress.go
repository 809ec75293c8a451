package main

import (
	"fmt"
	"io"
	"time"

	"carnet/client/batch"
)

// progress is one line on a terminal that is written again and again.
type progress struct {
	w     io.Writer // nil: nobody looks
	lang  lang
	drawn bool
}

func (m *Main) progress(o *options) *progress {
	if !m.Terminal || o.quiet || o.json {
		return &progress{}
	}
	return &progress{w: m.Stderr, lang: o.lang}
}

// show draws how things stand.
func (p *progress) show(c batch.Counts) {
	if p.w == nil {
		return
	}
	p.drawn = true
	fmt.Fprintf(p.w, "\r\x1b[K%s", progressLine(p.lang, c))
}

// end leaves the line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprintln(p.w)
	}
}

// progressLine says how many files are done, how fast, and how long is left.
func progressLine(l lang, c batch.Counts) string {
	done := 0
	for s, n := range c.By {
		if s.Final() && s != batch.Removed {
			done += n
		}
	}
	line := fmt.Sprintf(l.say("%d sur %d", "%d of %d"), done, c.Total)
	if c.Problems > 0 {
		line += fmt.Sprintf(l.say(", %d à corriger", ", %d to be put right"), c.Problems)
	}
	if n := c.By[batch.Waiting]; n > 0 {
		line += fmt.Sprintf(l.say(", %d attendent le serveur", ", %d wait for the server"), n)
	}
	if c.Rate > 0 {
		line += fmt.Sprintf(l.say(" — %.1f fichiers/s", " — %.1f files/s"), c.Rate)
	}
	if c.Left > 0 {
		line += l.say(", reste ", ", left ") + c.Left.Round(time.Second).String()
	}
	return line
}
