package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// dragger is a client of the display that has a file in its hand: the source of
// a drag, by the protocol XDND (freedesktop.org, version 5).
type dragger struct {
	conn   *xgb.Conn
	leave  func()
	own    xproto.Window
	root   xproto.Window
	atoms  map[string]xproto.Atom
	target xproto.Window
	uri    string
}

// drop carries a file over the middle of a window and lets it go; it returns once
// the window said that it took it.
func drop(display, title, file string) error {
	xgb.Logger.SetOutput(io.Discard) // it tells that this display wants no password
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		return err
	}
	d := &dragger{conn: conn, leave: sync.OnceFunc(conn.Close), atoms: map[string]xproto.Atom{}, uri: "file://" + file}
	defer d.leave()
	if err := d.prepare(title); err != nil {
		return err
	}
	if err := d.take(); err != nil {
		return err
	}
	return d.carry()
}

// prepare learns names and finds the window.
func (d *dragger) prepare(title string) error {
	screen := xproto.Setup(d.conn).DefaultScreen(d.conn)
	d.root = screen.Root
	for _, name := range []string{
		"XdndAware", "XdndSelection", "XdndEnter", "XdndPosition", "XdndStatus", "XdndDrop", "XdndFinished",
		"XdndActionCopy", "text/uri-list", "_NET_WM_NAME",
	} {
		reply, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply()
		if err != nil {
			return err
		}
		d.atoms[name] = reply.Atom
	}
	d.target = d.named(d.root, title)
	if d.target == 0 {
		return fmt.Errorf("no window %q takes a drop", title)
	}
	return nil
}

// named finds a window by its name among those that take drops.
func (d *dragger) named(w xproto.Window, title string) xproto.Window {
	name, err := xproto.GetProperty(d.conn, false, w, d.atoms["_NET_WM_NAME"], xproto.GetPropertyTypeAny, 0, 64).Reply()
	aware, err2 := xproto.GetProperty(d.conn, false, w, d.atoms["XdndAware"], xproto.GetPropertyTypeAny, 0, 1).Reply()
	if err == nil && err2 == nil && string(name.Value) == title && aware.ValueLen > 0 {
		return w
	}
	tree, err := xproto.QueryTree(d.conn, w).Reply()
	if err != nil {
		return 0
	}
	for _, child := range tree.Children {
		if found := d.named(child, title); found != 0 {
			return found
		}
	}
	return 0
}

// take makes a window of ours that owns what is dragged.
func (d *dragger) take() error {
	id, err := xproto.NewWindowId(d.conn)
	if err != nil {
		return err
	}
	d.own = id
	screen := xproto.Setup(d.conn).DefaultScreen(d.conn)
	err = xproto.CreateWindowChecked(d.conn, screen.RootDepth, d.own, d.root, 0, 0, 1, 1, 0, xproto.WindowClassInputOutput, screen.RootVisual, 0, nil).Check()
	if err != nil {
		return err
	}
	return xproto.SetSelectionOwnerChecked(d.conn, d.own, d.atoms["XdndSelection"], xproto.TimeCurrentTime).Check()
}

// carry says what the pointer does, and answers what the window asks.
func (d *dragger) carry() error {
	size, err := xproto.GetGeometry(d.conn, xproto.Drawable(d.target)).Reply()
	if err != nil {
		return err
	}
	at, err := xproto.TranslateCoordinates(d.conn, d.target, d.root, int16(size.Width/2), int16(size.Height/2)).Reply()
	if err != nil {
		return err
	}
	const version = 5
	d.say("XdndEnter", version<<24, uint32(d.atoms["text/uri-list"]), 0, 0)
	d.say("XdndPosition", 0, uint32(at.DstX)<<16|uint32(at.DstY), xproto.TimeCurrentTime, uint32(d.atoms["XdndActionCopy"]))
	// a window that goes silent must not hold the story for ever
	end := time.AfterFunc(patience, d.leave)
	defer end.Stop()
	for {
		event, err := d.conn.WaitForEvent()
		switch e := event.(type) {
		case xproto.ClientMessageEvent:
			switch data := e.Data.Data32; e.Type {
			case d.atoms["XdndStatus"]:
				if data[1]&1 == 0 {
					return errors.New("the window does not take the file")
				}
				d.say("XdndDrop", 0, xproto.TimeCurrentTime, 0, 0)
			case d.atoms["XdndFinished"]:
				return nil
			}
		case xproto.SelectionRequestEvent:
			d.hand(e)
		case nil:
			return errors.Join(errors.New("the window did not take the file in time"), err)
		}
	}
}

// say sends one message of the protocol.
func (d *dragger) say(name string, data ...uint32) {
	event := xproto.ClientMessageEvent{
		Format: 32, Window: d.target, Type: d.atoms[name],
		Data: xproto.ClientMessageDataUnionData32New(append([]uint32{uint32(d.own)}, data...)),
	}
	xproto.SendEvent(d.conn, false, d.target, xproto.EventMaskNoEvent, string(event.Bytes()))
}

// hand gives the name of the file to who asks for it.
func (d *dragger) hand(e xproto.SelectionRequestEvent) {
	list := d.uri + "\r\n"
	xproto.ChangeProperty(d.conn, xproto.PropModeReplace, e.Requestor, e.Property, d.atoms["text/uri-list"], 8, uint32(len(list)), []byte(list))
	answer := make([]byte, 32)
	answer[0] = xproto.SelectionNotify
	binary.LittleEndian.PutUint32(answer[4:], uint32(e.Time))
	binary.LittleEndian.PutUint32(answer[8:], uint32(e.Requestor))
	binary.LittleEndian.PutUint32(answer[12:], uint32(e.Selection))
	binary.LittleEndian.PutUint32(answer[16:], uint32(e.Target))
	binary.LittleEndian.PutUint32(answer[20:], uint32(e.Property))
	xproto.SendEvent(d.conn, false, e.Requestor, xproto.EventMaskNoEvent, string(answer))
}
