package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/cmd/internal/buildinfo"
	"carnet/cmd/internal/logging"
)

// serve serves until ctx ends.
func (m *Main) serve(ctx context.Context, args []string) (err error) {
	o, err := m.parseOptions(args)
	if err != nil {
		return err
	}
	level, _ := logrus.ParseLevel(o.logLevel) // checked with the options
	log := logging.New(m.Stderr, level)
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "carnet-demo-"); err != nil {
			return fmt.Errorf("no temporary directory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.data)) }()
	}
	if err := claimDirectory(o.data, o.demo); err != nil {
		return err
	}
	limitMemory(o.memory, m.Getenv)
	endProfile, err := startProfile(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endProfile()) }()
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("cannot listen on -addr; is another server running there? %w", err)
	}
	parts, err := m.assemble(ctx, o, o.base(listener.Addr()), log)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer func() { err = errors.Join(err, parts.close()) }()
	return m.run(ctx, o, listener, parts, log)
}

// startProfile profiles the processor's time into a file until end.
func startProfile(path string) (end func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		return nil, fmt.Errorf("the profile cannot be written: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// run answers on listener until ctx ends, then drains.
func (m *Main) run(ctx context.Context, o options, listener net.Listener, parts *parts, log *logrus.Logger) error {
	server := &http.Server{
		Handler:           withDeadlines(o.proxies.behind(parts.handler), time.Now),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          stdlog.New(logging.Lines(log, "http server"), "", 0),
	}
	serve := func() error { return server.Serve(listener) }
	if o.tlsCert != "" {
		cert, err := loadCertificate(o.tlsCert, o.tlsKey, time.Now, log)
		if err != nil {
			_ = listener.Close()
			return err
		}
		defer onReload(cert.reload)()
		server.TLSConfig = cert.config()
		serve = func() error { return server.ServeTLS(listener, "", "") }
	}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	if err := m.announce(o, listener.Addr(), log); err != nil {
		_ = server.Close()
		return errors.Join(err, ignoreClosed(<-ended))
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serving ended: %w", err)
	case <-ctx.Done():
	}
	log.WithField("phase", "drain").Info("stopping")
	for _, stop := range parts.stop {
		stop()
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.drain)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		log.WithError(err).Warn("requests under way were cut off")
		_ = server.Close()
	}
	return ignoreClosed(<-ended)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ready is the one line on standard output by which a script knows that the
// server answers, and where.
type ready struct {
	Ready   bool   `json:"ready"`
	URL     string `json:"url"`
	Addr    string `json:"addr"`
	Demo    bool   `json:"demo"`
	Version string `json:"version"`
}

// announce says that the server answers.
func (m *Main) announce(o options, addr net.Addr, log logrus.FieldLogger) error {
	line, err := json.Marshal(ready{Ready: true, URL: o.base(addr), Addr: addr.String(), Demo: o.demo, Version: buildinfo.Version()})
	if err != nil {
		return err
	}
	if o.readyFile != "" {
		if err := writeWhole(o.readyFile, o.base(addr)+"\n"); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(m.Stdout, string(line)); err != nil {
		return err
	}
	log.WithFields(logrus.Fields{"addr": addr.String(), "demo": o.demo, "version": buildinfo.Version(), "tls": o.tlsCert != ""}).Info("serving")
	return nil
}

// writeWhole writes a file so that a reader sees all of it or none.
func writeWhole(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".ready-")
	if err != nil {
		return fmt.Errorf("the ready file cannot be written: %w", err)
	}
	_, err = tmp.WriteString(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("the ready file cannot be written: %w", err)
	}
	return nil
}
