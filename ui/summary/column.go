package summary

import (
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// column is one of the page's two lists.
type column struct {
	list    *widget.List
	page    *Page
	rows    []Row
	heights map[int]float32 // rows whose height is not the ordinary one
	scale   float32
}

func newColumn(p *Page, other func() *column) *column {
	c := &column{page: p, heights: map[int]float32{}}
	c.list = widget.NewList(
		func() int { return len(c.rows) },
		func() fyne.CanvasObject { return newRowView() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*rowView); ok && id < len(c.rows) {
				r.set(c.rows[id], linesOf(c.rows[id], p.cfg.Me.ID, c.zone()))
			}
		},
	)
	c.list.Skip = func(id int) bool {
		return id < len(c.rows) && (c.rows[id].Kind == Heading || c.rows[id].Kind == NoneRow || c.rows[id].Kind == LimitRow)
	}
	c.list.OnActivate = func(id int) { c.page.activate(c.rows[id]) }
	c.list.OnTap = c.list.OnActivate
	c.list.OnKey = func(ev *fyne.KeyEvent) bool { // one column, then the other
		if ev.Name == fyne.KeyLeft || ev.Name == fyne.KeyRight {
			p.cfg.Shell.Focus(other().list)
			return true
		}
		return false
	}
	return c
}

func (c *column) zone() *time.Location { return c.page.now().Location() }

// set puts other rows into the list; the cursor stays with the thing it was on.
func (c *column) set(rows []Row) {
	was, at := "", c.list.Cursor()
	if at >= 0 && at < len(c.rows) {
		was = idOf(c.rows[at])
	}
	c.rows = rows
	c.size()
	c.list.Refresh()
	if was == "" {
		return
	}
	for i, r := range rows {
		if idOf(r) == was {
			c.list.MoveTo(i)
			return
		}
	}
	c.list.Forget()
}

// idOf names the thing of a row, so that it is found again.
func idOf(r Row) string {
	switch r.Kind {
	case ItemRow, MeasureRow:
		return r.Item.Resource + r.Item.ID
	case DocumentRow:
		return "document" + r.Document.ID
	case WarningRow:
		return "warning" + string(r.Warning.Kind) + r.Warning.A.Name + r.Warning.B.Name
	case DueRow:
		return "due" + r.Due.Vaccine + r.Due.Series
	case MemberRow:
		return "member" + r.Member.ID
	case FoldRow:
		return "fold" + string(rune('a'+int(r.Section)))
	case UnverifiedRow:
		return "unverified" + r.Unverified.Written + string(r.Unverified.Of)
	}
	return ""
}

// size gives headings and lines of one line less height. The toolkit draws the
// list anew at each change of a height, so only those that change are set.
func (c *column) size() {
	k := scale()
	now := make(map[int]float32, len(c.rows))
	for i, r := range c.rows {
		if h := r.Kind.height(); h != rowHeight {
			now[i] = h
		}
	}
	for i := range c.heights {
		if _, still := now[i]; !still && i < len(c.rows) {
			c.list.SetItemHeight(i, rowHeight*k)
		}
	}
	for i, h := range now {
		if c.heights[i] != h || k != c.scale {
			c.list.SetItemHeight(i, h*k)
		}
	}
	c.heights, c.scale = now, k
}

// section is that of the row under the cursor.
func (c *column) section() (Section, bool) {
	at := c.list.Cursor()
	if at < 0 || at >= len(c.rows) {
		return 0, false
	}
	return c.rows[at].Section, true
}
