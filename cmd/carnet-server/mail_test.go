package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/record"
)

// pending is a Mailer of some mails.
type pending struct {
	mails []record.Mail
	sent  []string
}

func (p *pending) PendingMails(context.Context, int) ([]record.Mail, error) { return p.mails, nil }

func (p *pending) MailSent(_ context.Context, id string) error {
	p.sent = append(p.sent, id)
	return nil
}

// post is a Sender that knows who can be reached.
type post struct {
	refuses map[string]error
	ids     []string
}

func (p *post) Send(_ context.Context, m lifecycle.Message) error {
	if err := p.refuses[m.Email]; err != nil {
		return err
	}
	p.ids = append(p.ids, m.ID+" "+m.Email)
	return nil
}

// TestNotices: each reader gets one e-mail; who cannot be reached ever does not
// keep the others waiting, and what failed is tried again.
func TestNotices(t *testing.T) {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	from := &pending{mails: []record.Mail{
		{ID: "mail-1-a", To: []string{"zoe@example.fr", "gone@example.fr", "ines@example.fr"}, Subject: "s", Text: "t"},
		{ID: "mail-2-a", To: []string{"later@example.fr"}},
		{ID: "mail-3-a", To: []string{"ugo@example.fr"}},
	}}
	to := &post{refuses: map[string]error{"gone@example.fr": lifecycle.ErrNever, "later@example.fr": errors.New("busy")}}
	n := notices{from, to, silent, time.Now}
	if err := n.work(context.Background()); err == nil {
		t.Error("a failure is kept quiet")
	}
	if !slices.Equal(from.sent, []string{"mail-1-a", "mail-3-a"}) {
		t.Errorf("sent: %v", from.sent)
	}
	if !slices.Equal(to.ids, []string{"mail-1-a-1 zoe@example.fr", "mail-1-a-3 ines@example.fr", "mail-3-a-1 ugo@example.fr"}) {
		t.Errorf("delivered: %v", to.ids)
	}
}

// TestSenderOptions: letters into the outbox, e-mails to the mail server.
func TestSenderOptions(t *testing.T) {
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("a secret\nand more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &assembly{options: options{data: dir}}
	s, err := a.sender()
	if folder, ok := s.(lifecycle.Folder); err != nil || !ok || folder.Dir != filepath.Join(dir, "outbox") {
		t.Errorf("%+v %v", s, err)
	}
	a.smtp = smtpOptions{"mail.example:465", "carnet@example.fr", "carnet", password}
	a.outbox = filepath.Join(dir, "letters")
	s, err = a.sender()
	relay, ok := s.(lifecycle.Relay)
	if err != nil || !ok || relay.Password != "a secret" || relay.Address != "mail.example:465" || relay.Letters != (lifecycle.Folder{Dir: a.outbox}) {
		t.Errorf("%+v %v", s, err)
	}
	a.smtp.passwordFile = filepath.Join(dir, "none")
	if _, err := a.sender(); err == nil {
		t.Error("a password that is not there")
	}
	for _, args := range [][]string{
		{"-smtp", "mail.example:465"},
		{"-smtp-from", "carnet@example.fr"},
		{"-smtp", "mail.example:465", "-smtp-from", "carnet@example.fr", "-smtp-user", "carnet"},
		{"-smtp-user", "carnet", "-smtp-password-file", password},
	} {
		if _, err := run(t, "", append([]string{"-demo", "-addr", "127.0.0.1:0"}, args...)...); err == nil || !strings.Contains(err.Error(), "-smtp") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
