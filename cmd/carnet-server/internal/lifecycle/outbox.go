package lifecycle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"

	"carnet/cmd/carnet-server/internal/record"
)

// Folder puts each message into a file of its own (mode 0600), for a print shop
// or a mail system that fetches them there. A file's name is the message's ID,
// which says nothing of anybody; what is there under that name already went out,
// and is left. A file is never half written.
type Folder struct{ Dir string }

// Send implements Sender.
func (f Folder) Send(_ context.Context, m Message) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return hideNames(err)
	}
	name := filepath.Join(f.Dir, m.ID+".eml")
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	tmp, err := os.CreateTemp(f.Dir, ".new-*") // mode 0600
	if err != nil {
		return hideNames(err)
	}
	_, err = tmp.Write(compose("", m))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return hideNames(errors.Join(err, os.Remove(tmp.Name())))
	}
	return hideNames(syncDir(f.Dir))
}

// syncDir makes the names in a directory durable, where that can be asked for.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid) {
		err = nil // Windows has no such thing
	}
	return errors.Join(err, d.Close())
}

// hideNames drops paths from an error.
func hideNames(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// compose writes a message as RFC 5322; of a letter, To names whom and where to.
func compose(from string, m Message) []byte {
	var b bytes.Buffer
	head := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	head("Message-ID", "<"+m.ID+"@carnet>")
	head("Date", m.Made.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	head("From", from)
	if m.Email != "" && m.By == record.ChannelEmail {
		head("To", (&mail.Address{Name: oneLine(m.To), Address: oneLine(m.Email)}).String())
	} else {
		head("X-Letter-To", mime.QEncoding.Encode("utf-8", oneLine(m.To)))
		head("X-Letter-City", mime.QEncoding.Encode("utf-8", oneLine(m.City)))
	}
	head("Subject", mime.QEncoding.Encode("utf-8", m.Subject))
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(m.Text, "\n", "\r\n"))) // to memory
	_ = w.Close()
	return b.Bytes()
}

// oneLine keeps a header from becoming two.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
