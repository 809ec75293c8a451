package outbox

import (
	"cmp"
	"slices"
	"time"

	"carnet/client"
)

// queue knows at once which item may go next, however many wait. An item may go
// when it is queued, or its wait is over, when what it comes after is done, and
// when nobody of its line is before it. It is pure: items come in and go out by
// set, next and lot only look.
type queue struct {
	lines map[string][]*stored           // of each line, those that are not final, by Seq
	after map[string]map[string]struct{} // ids of those that come after an id
	now   []*stored                      // may go, by Seq
	later []*stored                      // may go at Next, by that
	lots  map[string][]*stored           // of now, those that may leave together, by Seq
	in    map[string]*stored             // of now or later, by id
}

func newQueue() *queue {
	return &queue{
		lines: map[string][]*stored{}, after: map[string]map[string]struct{}{}, lots: map[string][]*stored{}, in: map[string]*stored{},
	}
}

func bySeq(a, b *stored) int { return cmp.Compare(a.Seq, b.Seq) }

func byNext(a, b *stored) int {
	return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Seq, b.Seq))
}

// insert and remove keep a list in its order.
func insert(list []*stored, it *stored, order func(a, b *stored) int) []*stored {
	i, found := slices.BinarySearchFunc(list, it, order)
	if found {
		list[i] = it
		return list
	}
	return slices.Insert(list, i, it)
}

func remove(list []*stored, it *stored, order func(a, b *stored) int) []*stored {
	if i, found := slices.BinarySearchFunc(list, it, order); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// lotKey names the items that may leave together; "" for those that leave alone.
func lotKey(it *stored) string {
	if it.Kind != client.OutboxFile || it.Lot == "" || it.Draft == nil {
		return ""
	}
	return it.Lot + "\x00" + it.PatientID + "\x00" + it.Draft.PatientINS.System + "|" + it.Draft.PatientINS.Value
}

// set puts an item in another's place: old is nil for one that comes, it is nil
// for one that goes. items holds what is true now.
func (q *queue) set(items map[string]*stored, old, it *stored) {
	if old != nil {
		q.drop(old)
		q.leaveLine(old)
		if waiting := q.after[old.After]; waiting != nil {
			delete(waiting, old.ID)
			if len(waiting) == 0 {
				delete(q.after, old.After)
			}
		}
	}
	if it != nil && !final(it.State) {
		if key := orderKey(it.OutboxItem); key != "" {
			q.lines[key] = insert(q.lines[key], it, bySeq)
		}
		if it.After != "" {
			if q.after[it.After] == nil {
				q.after[it.After] = map[string]struct{}{}
			}
			q.after[it.After][it.ID] = struct{}{}
		}
	}
	for _, one := range []*stored{old, it} {
		if one == nil {
			continue
		}
		q.refresh(items, items[one.ID])
		line := q.lines[orderKey(one.OutboxItem)]
		for _, head := range line[:min(2, len(line))] {
			q.refresh(items, head)
		}
		for id := range q.after[one.ID] {
			q.refresh(items, items[id])
		}
	}
}

func (q *queue) leaveLine(it *stored) {
	key := orderKey(it.OutboxItem)
	if line := remove(q.lines[key], it, bySeq); len(line) > 0 {
		q.lines[key] = line
	} else {
		delete(q.lines, key)
	}
}

// drop takes an item out of those that may go.
func (q *queue) drop(it *stored) {
	was := q.in[it.ID]
	if was == nil {
		return
	}
	delete(q.in, it.ID)
	q.now, q.later = remove(q.now, was, bySeq), remove(q.later, was, byNext)
	if key := lotKey(was); key != "" {
		if lot := remove(q.lots[key], was, bySeq); len(lot) > 0 {
			q.lots[key] = lot
		} else {
			delete(q.lots, key)
		}
	}
}

// refresh puts an item among those that may go, or takes it out.
func (q *queue) refresh(items map[string]*stored, it *stored) {
	if it == nil {
		return
	}
	q.drop(it)
	key := orderKey(it.OutboxItem)
	if final(it.State) || key != "" && q.lines[key][0].ID != it.ID || !released(it, items) {
		return
	}
	switch {
	case it.State == client.OutboxQueued, it.State == client.OutboxWaiting && meanings()[it.Reason].everybody: // the gate holds those back
		q.go1(it)
	case it.State == client.OutboxWaiting:
		q.later = insert(q.later, it, byNext)
		q.in[it.ID] = it
	}
}

func (q *queue) go1(it *stored) {
	q.now = insert(q.now, it, bySeq)
	q.in[it.ID] = it
	if key := lotKey(it); key != "" {
		q.lots[key] = insert(q.lots[key], it, bySeq)
	}
}

// next gives the first item that may go at a time, or how long until one may (0:
// not before something changes). Items that are busy are passed over.
func (q *queue) next(busy map[string]bool, now time.Time) (*stored, time.Duration) {
	for len(q.later) > 0 && !q.later[0].Next.After(now) {
		it := q.later[0]
		q.drop(it)
		q.go1(it)
	}
	for _, it := range q.now {
		if !busy[it.ID] {
			return it, 0
		}
	}
	for _, it := range q.later {
		if !busy[it.ID] {
			return nil, it.Next.Sub(now)
		}
	}
	return nil, 0
}

// lot gives what may leave together with an item, itself first, up to what a
// submission set holds. alone are those that must not.
func (q *queue) lot(it *stored, busy, alone map[string]bool) []*stored {
	out, size := []*stored{it}, it.size()
	if alone[it.ID] {
		return out
	}
	for _, other := range q.lots[lotKey(it)] {
		if len(out) == client.MaxLot {
			break
		}
		if other.ID == it.ID || busy[other.ID] || alone[other.ID] || size+other.size() > client.MaxLotSize {
			continue
		}
		out, size = append(out, other), size+other.size()
	}
	return out
}

func (s *stored) size() int64 {
	if s.Content == nil {
		return 0
	}
	return s.Content.Size
}

// released tells whether what an item comes after is done. When that was
// deleted or refused, the item stays until a person decides.
func released(it *stored, items map[string]*stored) bool {
	if it.After == "" {
		return true
	}
	before := items[it.After]
	return before != nil && before.State == client.OutboxDone
}
