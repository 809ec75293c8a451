package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// Message is one letter or e-mail, written out.
type Message struct {
	ID      string // the same whenever it is tried
	By      string // record.Channel…
	To      string // in words
	City    string // of a letter
	Email   string // of an e-mail
	Subject string
	Text    string
	Made    time.Time
}

// Sender takes messages. It is given the same message again, with the same ID,
// when the server stopped before it knew that the first went out: it must then
// not make a second letter of it.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrNever is of a message that no further try will bring out.
var ErrNever = errors.New("lifecycle: this address takes no message")

// send sends one letter of a life, and notes that it is out, or when to try
// again.
func (e *Engine) send(ctx context.Context, l record.Life, x record.Letter) (record.Life, error) {
	err := errNoSender
	if e.Sender != nil {
		err = e.Sender.Send(ctx, e.write(l, x))
	}
	if err == nil {
		return e.apply(ctx, l, Event{Kind: Sent, Letter: x.ID}, record.LifeChange{By: system})
	}
	if ctx.Err() != nil { // not the letter's fault
		return l, ctx.Err()
	}
	for i := range l.Letters {
		if y := &l.Letters[i]; y.ID == x.ID {
			y.Tries++
			y.Next = e.Now().Add(wait(y.Tries))
			if errors.Is(err, ErrNever) || y.Tries >= byLetterAfter {
				y.By, y.Next = record.ChannelLetter, e.Now()
			}
		}
	}
	l.Due = due(l)
	kept, saveErr := e.Records.SaveLife(ctx, l, record.LifeChange{Detail: "retry", By: system})
	return kept, errors.Join(fmt.Errorf("a letter did not go out: %w", err), saveErr)
}

var errNoSender = errors.New("lifecycle: no way to send letters is configured")

// byLetterAfter is after how many tries in vain an e-mail becomes a letter.
const byLetterAfter = 12

// wait is how long to wait after so many tries in vain: a minute, then twice as
// long each time, at most six hours.
func wait(tries int) time.Duration {
	return min(6*time.Hour, time.Minute<<min(tries-1, 10))
}

// write writes a letter out, French first.
func (e *Engine) write(l record.Life, x record.Letter) Message {
	m := Message{ID: x.ID, By: x.By, To: l.To, City: l.City, Email: x.Email, Made: x.Made}
	t := texts[x.Kind]
	about := [2]string{"", ""}
	if l.Parent != "" {
		about = [2]string{fmt.Sprintf("Ce message concerne votre enfant, %s.\n\n", l.Name), fmt.Sprintf("This message is about your child, %s.\n\n", l.Name)}
	}
	m.Subject = t.subject
	m.Text = fmt.Sprintf("Bonjour %s,\n\n%s%s", m.To, about[0], t.french)
	if x.Code != "" {
		m.Text += fmt.Sprintf(codeFrench, x.Code, dayOf(l.CodeUntil), e.Address)
	}
	m.Text += closingFrench + fmt.Sprintf("\n— — —\n\nHello %s,\n\n%s%s", m.To, about[1], t.english)
	if x.Code != "" {
		m.Text += fmt.Sprintf(codeEnglish, x.Code, dayOf(l.CodeUntil), e.Address)
	}
	m.Text += closingEnglish
	return m
}

// dayOf is the last day of a term that is over at a moment.
func dayOf(end time.Time) string { return end.In(paris()).AddDate(0, 0, -1).Format("02/01/2006") }
