package httpapi

import (
	"io"

	"github.com/prometheus/client_golang/prometheus"

	"carnet/cmd/carnet-server/internal/record"
)

// What contents may take in the spool, bytes; they arrive in base64.
const (
	documentContent = 25 << 20
	lotContent      = 256 << 20
)

// admit asks whether the body may come in, before any of it is read: who sends
// Expect: 100-continue then sends nothing for a refusal. Call leave at the end.
// A body that does not say how long it is counts as the largest.
func (c *call) admit(most int64) (leave func(), err error) {
	size := most
	if c.r.ContentLength >= 0 {
		size = min(c.r.ContentLength/4*3, most)
	}
	who := c.p.ID
	if who == "" {
		who = "Patient/" + c.holder.ID
	}
	return c.Records.Admit(who, size)
}

// drain takes in, and throws away, what is left of a filing that is refused:
// much software sends all before it listens, and would see a broken connection
// instead of the refusal. Who asks first (Expect: 100-continue) sends nothing.
func (c *call) drain() {
	large := c.route.limit == uploadBody || c.route.limit == lotBody
	if !large || !c.begun && c.r.Header.Get("Expect") != "" {
		return
	}
	_, _ = io.CopyN(io.Discard, c.body, uploadBody) // who sends more, or nothing more, is on their own
}

// intakeMetrics are read when they are asked for.
func intakeMetrics(registry *prometheus.Registry, records Records) {
	gauge := func(name, help string, value func(record.IntakeStats) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return value(records.IntakeStats()) }))
	}
	gauge("carnet_intake_filings", "Documents and submission sets on their way in.", func(s record.IntakeStats) float64 { return float64(s.Filings) })
	gauge("carnet_intake_bytes", "Bytes of their contents, about.", func(s record.IntakeStats) float64 { return float64(s.Bytes) })
	gauge("carnet_intake_check_queue", "Contents that wait for their check.", func(s record.IntakeStats) float64 { return float64(s.Waiting) })
	gauge("carnet_intake_checks", "Contents that are being checked.", func(s record.IntakeStats) float64 { return float64(s.Checks) })
	for reason := range records.IntakeStats().Refused {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "carnet_intake_refused_total", Help: "Filings told to come back later.", ConstLabels: prometheus.Labels{"reason": reason},
		}, func() float64 { return float64(records.IntakeStats().Refused[reason]) }))
	}
}
