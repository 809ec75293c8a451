package outbox

import (
	"time"

	"carnet/client"
)

// ready gives the first item that may go now, or how long until one may (0:
// not before something changes). An item may go when it is queued, or its wait
// is over, when what it comes after is done, and when nobody of its line is
// before it. It is pure; active is in the order of arrival.
func ready(active []*stored, items map[string]*stored, busy map[string]bool, now time.Time) (*stored, time.Duration) {
	lines := map[string]bool{}
	wait := time.Duration(0)
	for _, it := range active {
		key := orderKey(it.OutboxItem)
		behind := key != "" && lines[key]
		if key != "" {
			lines[key] = true
		}
		if behind || busy[it.ID] || !released(it, items) {
			continue
		}
		switch it.State {
		case client.OutboxQueued:
			return it, 0
		case client.OutboxWaiting:
			left := it.Next.Sub(now)
			if left <= 0 || meanings()[it.Reason].everybody { // the gate holds those back
				return it, 0
			}
			if wait == 0 || left < wait {
				wait = left
			}
		}
	}
	return nil, wait
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
