package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/postroom/postroom/pipeline"
)

// metrics are what Prometheus reads. Counters and times are of this process;
// everything called postroom_now_... is of the whole system, from the database,
// and the same whichever process is asked. No label holds patient data.
type metrics struct {
	registry *prometheus.Registry
	counts   map[string]prometheus.Counter
	steps    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	waited   *prometheus.HistogramVec
	running  *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), counts: map[string]prometheus.Counter{}}
	for name, help := range map[string]string{
		pipeline.CountMessages:    "Messages that this process took in for the first time.",
		pipeline.CountPages:       "Pages that this process brought to an end, read or failed.",
		pipeline.CountFiled:       "Documents that this process filed.",
		pipeline.CountHeld:        "Documents that this process laid before a person.",
		pipeline.CountQuarantined: "Documents that this process put into quarantine.",
		pipeline.CountDiscarded:   "Messages that this process found to hold no document.",
		pipeline.CountTakenOver:   "Jobs that this process took over from one that fell silent.",
	} {
		m.counts[name] = prometheus.NewCounter(prometheus.CounterOpts{Name: "postroom_" + name + "_total", Help: help})
		m.registry.MustRegister(m.counts[name])
	}
	m.steps = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_steps_total", Help: "Steps of the work by stage and by how they ended: done, again, quarantined, stopped."}, []string{"stage", "end"})
	m.took = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "postroom_step_seconds", Help: "How long steps took.",
		Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300}}, []string{"stage"})
	m.waited = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "postroom_step_wait_seconds", Help: "How long steps that were due had waited in the queue.",
		Buckets: []float64{.1, 1, 10, 60, 300, 1800, 7200, 43200}}, []string{"stage"})
	m.running = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "postroom_steps_running", Help: "Steps that this process is at."}, []string{"stage"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "postroom_build_info", Help: "1; the label says which version runs.", ConstLabels: prometheus.Labels{"version": buildVersion()}})
	build.Set(1)
	m.registry.MustRegister(m.steps, m.took, m.waited, m.running, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Begin and Count make it a pipeline.Observer.
func (m *metrics) Begin(ctx context.Context, s pipeline.Step) (context.Context, func(end, reason string)) {
	began := time.Now()
	m.waited.WithLabelValues(s.Stage).Observe(s.Waited.Seconds())
	m.running.WithLabelValues(s.Stage).Inc()
	return ctx, func(end, _ string) {
		m.running.WithLabelValues(s.Stage).Dec()
		m.steps.WithLabelValues(s.Stage, end).Inc()
		m.took.WithLabelValues(s.Stage).Observe(time.Since(began).Seconds())
	}
}

func (m *metrics) Count(what string, n int) {
	if c, ok := m.counts[what]; ok && n > 0 {
		c.Add(float64(n))
	}
}

// vitalsCollector asks the database when it is asked, at most every few seconds.
type vitalsCollector struct {
	ask func(context.Context) (pipeline.Vitals, error)

	mu   sync.Mutex
	at   time.Time
	last pipeline.Vitals
	err  error
}

const vitalsEvery = 5 * time.Second

var (
	descUp          = prometheus.NewDesc("postroom_now_database_up", "1 when the database answered.", nil, nil)
	descWaiting     = prometheus.NewDesc("postroom_now_queue_waiting", "Jobs that are due and that nobody is at.", []string{"queue"}, nil)
	descRunning     = prometheus.NewDesc("postroom_now_queue_running", "Jobs that some process is at.", []string{"queue"}, nil)
	descRetrying    = prometheus.NewDesc("postroom_now_queue_retrying", "Jobs that are tried again later.", []string{"queue"}, nil)
	descAge         = prometheus.NewDesc("postroom_now_queue_oldest_seconds", "How long the oldest due job has waited.", []string{"queue"}, nil)
	descOpen        = prometheus.NewDesc("postroom_now_open_messages", "Messages that are taken and have no outcome yet.", nil, nil)
	descOldestOpen  = prometheus.NewDesc("postroom_now_oldest_unread_seconds", "Age of the oldest mail without an outcome.", nil, nil)
	descHeld        = prometheus.NewDesc("postroom_now_held_documents", "Documents that wait for a person.", nil, nil)
	descUrgent      = prometheus.NewDesc("postroom_now_held_urgent_documents", "Urgent documents that wait for a person.", nil, nil)
	descOldestHeld  = prometheus.NewDesc("postroom_now_oldest_held_seconds", "How long the oldest held document has waited.", nil, nil)
	descQuarantined = prometheus.NewDesc("postroom_now_quarantined_documents", "Documents in quarantine.", nil, nil)
	descUnsettled   = prometheus.NewDesc("postroom_now_unsettled_mails", "Mails with an outcome that still stand where they arrived.", nil, nil)
	descUndelivered = prometheus.NewDesc("postroom_now_waiting_deliveries", "Deliveries that wait for their receivers.", nil, nil)
	descOldestWaits = prometheus.NewDesc("postroom_now_oldest_delivery_seconds", "Since the document of the oldest waiting delivery was filed.", nil, nil)
	descRefused     = prometheus.NewDesc("postroom_now_refused_deliveries", "Deliveries that a receiver refused.", nil, nil)
	descWorkers     = prometheus.NewDesc("postroom_now_workers", "Processes that show that they live.", nil, nil)
)

func (c *vitalsCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descUp, descWaiting, descRunning, descRetrying, descAge, descOpen, descOldestOpen, descHeld, descUrgent, descOldestHeld, descQuarantined, descUnsettled, descUndelivered, descOldestWaits, descRefused, descWorkers} {
		out <- d
	}
}

func (c *vitalsCollector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	if time.Since(c.at) > vitalsEvery {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		c.last, c.err = c.ask(ctx)
		cancel()
		c.at = time.Now()
	}
	v, err := c.last, c.err
	c.mu.Unlock()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if err != nil {
		gauge(descUp, 0)
		return
	}
	gauge(descUp, 1)
	for name, q := range v.Queues {
		gauge(descWaiting, float64(q.Waiting), name)
		gauge(descRunning, float64(q.Running), name)
		gauge(descRetrying, float64(q.Retrying), name)
		gauge(descAge, q.Oldest.Seconds(), name)
	}
	gauge(descOpen, float64(v.OpenMessages))
	gauge(descOldestOpen, v.OldestOpen.Seconds())
	gauge(descHeld, float64(v.Held))
	gauge(descUrgent, float64(v.UrgentHeld))
	gauge(descOldestHeld, v.OldestHeld.Seconds())
	gauge(descQuarantined, float64(v.Quarantined))
	gauge(descUnsettled, float64(v.Unsettled))
	gauge(descUndelivered, float64(v.Undelivered))
	gauge(descOldestWaits, v.OldestWaits.Seconds())
	gauge(descRefused, float64(v.Refused))
	gauge(descWorkers, float64(v.Workers))
}
