package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// maxWish bounds one line of the socket: what another program of the same person
// may ask.
const maxWish = 64 << 10

// answerTime is how long either side of the socket waits for the other.
const answerTime = 3 * time.Second

// wish is what another start of this program asks of the running one: one JSON
// object on a line.
type wish struct {
	Do      string         `json:"do"`
	Patient *handedPatient `json:"patient,omitempty"` // of wishOpen
	File    string         `json:"file,omitempty"`    // of wishOpen: a document to file, an absolute path
}

// wishShow brings the window to the front.
const wishShow = "show"

// reply is the answer, one line too.
type reply struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"` // what is wrong, for who wrote the other program
}

var (
	errRunning     = errors.New("carnet is already open; its window was brought to the front")
	errNoWish      = errors.New("this is no wish: see the README, on being opened from other software")
	errUnknownWish = errors.New("this wish is not known: do is to be show or open")
	errSilent      = errors.New("carnet is already open for this server and does not answer: close it, or end its process, and start again")
)

// instance is this program's hold on a profile: while it runs, a second start for
// the same person and server finds it, and hands its wish over instead of opening
// the same stores twice.
type instance struct {
	lock *flock.Flock
	line net.Listener // nil where there can be none
	path string       // of the socket

	mu   sync.Mutex
	hear func(wish) error // guarded by mu; nil while the window is being made
	busy sync.WaitGroup
}

// claim takes the profile of a server in a folder. errRunning: another instance
// has it, and was shown; errSilent: it did not answer.
func claim(dir, server string) (*instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(server))
	base := filepath.Join(dir, "run-"+hex.EncodeToString(sum[:6]))
	lock := flock.New(base+".lock", flock.SetPermissions(0o600))
	mine, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	path := base + ".sock" // in a folder that is closed to others
	if !mine {
		if err := ask(path, wish{Do: wishShow}); err != nil {
			return nil, errSilent
		}
		return nil, errRunning
	}
	// Who holds the lock owns the name: a socket that is there is of a run that ended
	// without a farewell.
	_ = os.Remove(path)
	i := &instance{lock: lock, path: path}
	line, err := net.Listen("unix", path)
	if err != nil { // a folder whose path is too long for a socket: one works on, a second start is told to wait
		return i, nil
	}
	i.line = line
	i.busy.Add(1)
	go i.listen()
	return i, nil
}

// Hear gives wishes to f from now on. f must not wait.
func (i *instance) Hear(f func(wish) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hear = f
}

// Close gives the profile back.
func (i *instance) Close() error {
	var err error
	if i.line != nil {
		err = i.line.Close()
	}
	i.busy.Wait()
	return errors.Join(err, i.lock.Unlock())
}

func (i *instance) listen() {
	defer i.busy.Done()
	for {
		conn, err := i.line.Accept()
		if err != nil {
			return
		}
		i.busy.Add(1)
		go func() {
			defer i.busy.Done()
			defer conn.Close()
			i.answer(conn)
		}()
	}
}

// answer hears one wish.
func (i *instance) answer(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(answerTime))
	w, err := readWish(conn)
	if err == nil {
		err = i.fulfil(w)
	}
	r := reply{OK: err == nil}
	if err != nil {
		r.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(r) // nobody may be left to read it
}

// readWish reads one line, strictly: it comes from another program.
func readWish(r io.Reader) (w wish, err error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxWish)).ReadString('\n')
	if err != nil {
		return w, errors.New("one JSON object on one line is expected, of 64 KiB at most")
	}
	return decodeWish(strings.NewReader(line))
}

func (i *instance) fulfil(w wish) error {
	i.mu.Lock()
	hear := i.hear
	i.mu.Unlock()
	switch {
	case w.Do != wishShow && w.Do != wishOpen:
		return errUnknownWish
	case hear == nil && w.Do == wishOpen:
		return errors.New("the window is not open yet: try again in a second")
	case hear == nil:
		return nil // the window is about to open
	}
	return hear(w)
}

// ask hands a wish to the running instance.
func ask(path string, w wish) error {
	conn, err := net.DialTimeout("unix", path, answerTime)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(answerTime))
	if err := json.NewEncoder(conn).Encode(w); err != nil {
		return err
	}
	var r reply
	if err := json.NewDecoder(io.LimitReader(conn, maxWish)).Decode(&r); err != nil {
		return err
	}
	if !r.OK {
		return errors.New(r.Error)
	}
	return nil
}
