package ui

// place is a page in the history.
type place struct {
	page Page
	// kept pages (the sections) live as long as the person is signed in; the
	// others are closed when they leave the history.
	kept    bool
	section sectionID // what the navigation shows as chosen
	close   func()
}

// history is where the person was, like a browser's: going somewhere new
// forgets what was ahead.
type history struct {
	places []place
	at     int
}

// deepest is how many pages can be gone back through; each record among them
// holds an access session and its documents.
const deepest = 6

// current gives the page on the screen, nil when there is none.
func (h *history) current() Page {
	if len(h.places) == 0 {
		return nil
	}
	return h.places[h.at].page
}

// section gives the section of the page on the screen, "" when there is none.
func (h *history) section() sectionID {
	if len(h.places) == 0 {
		return ""
	}
	return h.places[h.at].section
}

// pages gives all pages that can be gone to from here.
func (h *history) pages() []Page {
	pages := make([]Page, len(h.places))
	for i, p := range h.places {
		pages[i] = p.page
	}
	return pages
}

// push goes to a place and closes what is forgotten by that.
func (h *history) push(p place) {
	if len(h.places) > 0 {
		h.drop(h.places[h.at+1:])
		h.places = h.places[:h.at+1]
	}
	h.places = append(h.places, p)
	if extra := len(h.places) - deepest; extra > 0 {
		h.drop(h.places[:extra])
		h.places = append([]place(nil), h.places[extra:]...)
	}
	h.at = len(h.places) - 1
}

// move goes n places along (back: negative) and reports whether it could.
func (h *history) move(n int) bool {
	to := h.at + n
	if to < 0 || to >= len(h.places) {
		return false
	}
	h.at = to
	return true
}

// clear forgets everything; kept pages are closed too.
func (h *history) clear() {
	for i := range h.places {
		h.places[i].kept = false
	}
	h.drop(h.places)
	h.places, h.at = nil, 0
}

func (h *history) drop(places []place) {
	for _, p := range places {
		if !p.kept && p.close != nil {
			p.close()
		}
	}
}
