package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/record"
)

// smtpOptions is the mail server through which e-mails to patients leave.
type smtpOptions struct{ address, from, user, passwordFile string }

// flags are those of the mail server.
func (o *smtpOptions) flags(set *flag.FlagSet) {
	set.StringVar(&o.address, "smtp", "", "mail server for e-mails to patients, host:port, always over TLS; left out: they are written into -outbox like letters")
	set.StringVar(&o.from, "smtp-from", "", "address that e-mails to patients come from")
	set.StringVar(&o.user, "smtp-user", "", "user name at the mail server; left out: none is needed there")
	set.StringVar(&o.passwordFile, "smtp-password-file", "", "file whose first line is that user's password")
}

// whole tells options that go together.
func (o *smtpOptions) whole() bool {
	return (o.address == "") == (o.from == "") && (o.user == "") == (o.passwordFile == "") && (o.user == "" || o.address != "")
}

// sender is where letters and e-mails go: files in the outbox, and e-mails to
// the mail server when there is one.
func (a *assembly) sender() (lifecycle.Sender, error) {
	outbox := a.outbox
	if outbox == "" {
		outbox = filepath.Join(a.data, "outbox")
	}
	letters := lifecycle.Folder{Dir: outbox}
	if a.smtp.address == "" {
		return letters, nil
	}
	password := ""
	if a.smtp.passwordFile != "" {
		text, err := os.ReadFile(a.smtp.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("the mail server's password cannot be read: %w", err)
		}
		password, _, _ = strings.Cut(string(text), "\n")
	}
	return lifecycle.Relay{Address: a.smtp.address, From: a.smtp.from, User: a.smtp.user, Password: strings.TrimRight(password, "\r"), Letters: letters}, nil
}

// notices sends the e-mails that say there is something new in a record, and
// nothing of it.
type notices struct {
	record.Mailer
	lifecycle.Sender
	log logrus.FieldLogger
	now func() time.Time
}

// How often notices are sent, and how many at a time.
const (
	noticeTick  = time.Minute
	noticeBatch = 100
)

// run sends what is pending, until ctx ends.
func (n notices) run(ctx context.Context) {
	tick := time.NewTicker(noticeTick)
	defer tick.Stop()
	for {
		if err := n.work(ctx); err != nil && ctx.Err() == nil {
			n.log.WithError(err).Warn("e-mails of notices could not all be sent; they are tried again")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// work sends a batch. What fails is tried again with the next one; what no try
// will bring out is done with.
func (n notices) work(ctx context.Context) error {
	mails, err := n.PendingMails(ctx, noticeBatch)
	if err != nil {
		return err
	}
	var failed []error
	for _, m := range mails {
		if err := n.send(ctx, m); err != nil {
			failed = append(failed, err)
			continue
		}
		if err := n.MailSent(ctx, m.ID); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// send sends one notice to each of its readers.
func (n notices) send(ctx context.Context, m record.Mail) error {
	for i, to := range m.To {
		err := n.Send(ctx, lifecycle.Message{
			ID: m.ID + "-" + strconv.Itoa(i+1), By: record.ChannelEmail, To: to, Email: to, Subject: m.Subject, Text: m.Text, Made: n.now(),
		})
		if err != nil && !errors.Is(err, lifecycle.ErrNever) {
			return err
		}
	}
	return nil
}
