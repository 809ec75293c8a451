package batch

import (
	"sync"

	engine "carnet/client/batch"
)

// moved gathers what the engine tells, from any goroutine, until the page takes it.
type moved struct {
	mu   sync.Mutex
	rows map[string]bool // guarded by mu
	all  bool            // guarded by mu
}

// add takes an event; it never waits for the page.
func (m *moved) add(e engine.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = m.all || e.All
	if m.rows == nil {
		m.rows = map[string]bool{}
	}
	for _, id := range e.Rows {
		m.rows[id] = true
	}
}

// take gives what came since the last time.
func (m *moved) take() (rows map[string]bool, all bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows, all = m.rows, m.all
	m.rows, m.all = nil, false
	return rows, all
}
