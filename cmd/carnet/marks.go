package main

import (
	"encoding/json"
	"os"
	"time"
)

// marks writes moments of the program's life as lines of JSON:
//
//	{"mark":"first-window","ms":412,"since_input_ms":0}
//
// ms counts from the start of the process, since_input_ms from the last key or
// click. Nothing else is in a line. A nil *marks writes nothing.
type marks struct {
	file  *os.File
	start time.Time
}

// newMarks opens the file; an empty name means that nobody asks.
func newMarks(name string, start time.Time) (*marks, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &marks{file: file, start: start}, nil
}

type mark struct {
	Mark       string `json:"mark"`
	MS         int64  `json:"ms"`
	SinceInput int64  `json:"since_input_ms"`
}

// Mark implements ui.Marks. A line that cannot be written is not worth a word.
func (m *marks) Mark(name string, sinceInput time.Duration) {
	if m == nil {
		return
	}
	line, err := json.Marshal(mark{name, time.Since(m.start).Milliseconds(), sinceInput.Milliseconds()})
	if err == nil {
		_, _ = m.file.Write(append(line, '\n'))
	}
}

// Close closes the file.
func (m *marks) Close() error {
	if m == nil {
		return nil
	}
	return m.file.Close()
}
