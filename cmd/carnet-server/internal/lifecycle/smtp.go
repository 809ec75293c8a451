package lifecycle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// Relay sends e-mails through an SMTP server, always over TLS, and gives letters
// to Letters. A server that accepted a message just before we stopped is given
// it once more, with the same Message-ID and the same code: mail systems drop
// the second, and a person who sees both is not misled.
type Relay struct {
	Address  string // host:port; port 465 speaks TLS at once, others by STARTTLS
	From     string // address of the sender
	User     string // "" without a sign-in
	Password string
	TLS      *tls.Config // nil: the system's authorities
	Letters  Sender      // of what goes by letter
}

// relayTime is how long one message may take.
const relayTime = 30 * time.Second

// Send implements Sender. An address that the server refuses for good gives
// ErrNever.
func (r Relay) Send(ctx context.Context, m Message) error {
	if m.By != record.ChannelEmail {
		return r.Letters.Send(ctx, m)
	}
	to, err := mail.ParseAddress(oneLine(m.Email))
	if err != nil {
		return ErrNever
	}
	ctx, cancel := context.WithTimeout(ctx, relayTime)
	defer cancel()
	client, err := r.dial(ctx)
	if err != nil {
		return fmt.Errorf("the mail server cannot be reached: %w", hideAddress(err))
	}
	defer func() { _ = client.Close() }() // after Quit it is closed already
	return hideAddress(r.deliver(client, to.Address, m))
}

// dial connects, with TLS.
func (r Relay) dial(ctx context.Context) (*smtp.Client, error) {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.TLS != nil {
		config = r.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(deadline)
	}
	if port == "465" {
		conn = tls.Client(conn, config)
	}
	client, clientErr := smtp.NewClient(conn, host)
	if err = errors.Join(err, clientErr); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if port != "465" {
		err = client.StartTLS(config) // a server without it is given nothing
	}
	if err == nil && r.User != "" {
		err = client.Auth(smtp.PlainAuth("", r.User, r.Password, host))
	}
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}

// deliver hands one message over. It is out once the server has said so after
// the text; what goes wrong with the farewell changes nothing.
func (r Relay) deliver(client *smtp.Client, to string, m Message) error {
	if err := client.Mail(r.From); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		var reply *textproto.Error
		if errors.As(err, &reply) && reply.Code >= 500 {
			return ErrNever
		}
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(compose(r.From, m)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = client.Quit()
	return nil
}

// hideAddress keeps what a server answered, which may quote the address, out of
// the log: only its code is told.
func hideAddress(err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return fmt.Errorf("the mail server answered %d", reply.Code)
	}
	return err
}
