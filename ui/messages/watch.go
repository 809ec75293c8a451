package messages

import (
	"context"
	"math/rand/v2"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
)

// Waiting before a watch that was cut off begins anew.
const (
	firstAgain = 500 * time.Millisecond
	lastAgain  = 30 * time.Second
)

// Watch tells what arrives as long as its scope lives. The window shows it in its
// navigation, and hands it to the page. A line that was cut is taken up again, and
// then says that anything may have moved; it ends for good where messages are not
// for this person.
func Watch(scope *task.Scope, m client.Messages, tell func(client.MessageEvent)) {
	again(scope, m, tell, firstAgain)
}

func again(scope *task.Scope, m client.Messages, tell func(client.MessageEvent), wait time.Duration) {
	heard := false
	task.Follow(scope, func(ctx context.Context, report func(client.MessageEvent)) error {
		return m.WatchMessages(ctx, report)
	}, func(e client.MessageEvent) {
		heard = true
		tell(e)
	}, func(err error) {
		switch fhir.CodeOf(err) {
		case fhir.Forbidden, fhir.NotFound, fhir.NotAllowed, fhir.Canceled:
			return
		}
		if heard {
			wait = firstAgain
		}
		scope.After(wait/2+rand.N(wait/2), func() { again(scope, m, tell, min(2*wait, lastAgain)) })
	})
}
