package messages

import (
	"context"

	"carnet/client"
	"carnet/ui/task"
)

// Watch tells what arrives as long as its scope lives. The window shows it in its
// navigation, and hands it to the page. A line that was cut is taken up again, and
// then says that anything may have moved; it ends for good where messages are not
// for this person.
func Watch(scope *task.Scope, m client.Messages, tell func(client.MessageEvent)) {
	task.Follow(scope, func(ctx context.Context, report func(client.MessageEvent)) error {
		return client.KeepWatchingMessages(ctx, m, report)
	}, tell, func(error) {})
}
