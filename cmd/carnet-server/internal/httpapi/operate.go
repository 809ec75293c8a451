package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count by route, status and code: closed lists, so that nothing about
// anybody can become a label.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	errors   *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	inFlight prometheus.Gauge
	panics   prometheus.Counter
}

func newMetrics(records Records) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carnet_http_requests_total", Help: "Requests answered."}, []string{"route", "status"}),
		errors:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carnet_http_errors_total", Help: "Errors answered, by code."}, []string{"route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "carnet_http_request_duration_seconds", Help: "Time to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
		bytes:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "carnet_http_response_bytes_total", Help: "Bytes answered."}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "carnet_http_requests_in_flight", Help: "Requests being answered."}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "carnet_http_panics_total", Help: "Faults contained."}),
	}
	m.registry.MustRegister(m.requests, m.errors, m.duration, m.bytes, m.inFlight, m.panics,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	writer := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	writer("carnet_writer_queue", "Operations waiting for the store's writer.", func() float64 { return float64(records.Stats().Queue) })
	writer("carnet_writer_batches", "Transactions committed since the start.", func() float64 { return float64(records.Stats().Batches) })
	writer("carnet_writer_operations", "Operations committed since the start.", func() float64 { return float64(records.Stats().Ops) })
	intakeMetrics(m.registry, records)
	writer("carnet_writer_failures", "Transactions that failed since the start.", func() float64 { return float64(records.Stats().Failed) })
	return m
}

// observe counts one request.
func (m *metrics) observe(c *call, took time.Duration) {
	route := c.route.name
	m.requests.WithLabelValues(route, strconv.Itoa(c.w.Status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
	m.bytes.WithLabelValues(route).Add(float64(c.w.Bytes))
	if c.w.Code != "" {
		m.errors.WithLabelValues(route, string(c.w.Code)).Inc()
	}
}

// scrape answers /metrics.
func (c *call) scrape() error {
	promhttp.HandlerFor(c.metrics.registry, promhttp.HandlerOpts{Timeout: idle}).ServeHTTP(c.w, c.r)
	return nil
}

// health answers /healthz: 200 when reads and audited writes are possible now.
func (c *call) health() error {
	ctx, cancel := context.WithTimeout(c.r.Context(), idle)
	defer cancel()
	if err := c.Records.Ready(ctx); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write([]byte(`{"status":"ok"}` + "\n")) // the client may be gone
	return nil
}

// logHead answers the latest signed head of the log (a signed note): whoever
// keeps it can later tell whether the log was rewritten.
func (c *call) logHead() error {
	head, err := c.Records.Head(c.r.Context())
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(head) // the client may be gone
	return nil
}
