package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// A monitor answers on the operating listener:
//
//	/metrics  what Prometheus reads
//	/healthz  200 while the process does its work; else it is best started again
//	/readyz   200 while the database and the object store answer
//
// It shows numbers and states, nothing of any document, and takes no input.
type monitor struct {
	pl      *pipeline.Pipeline
	objects store.Objects
	metrics *metrics

	mu    sync.Mutex
	at    time.Time
	ready map[string]string
	ok    bool
}

// serve listens on addr until ctx ends. It returns the address that it listens on.
func (m *monitor) serve(ctx context.Context, addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the address for metrics and health (" + addr + ") cannot be listened on",
			Hint: "choose another with operating.listen, or stop what uses it", Err: err}
	}
	server := &http.Server{Handler: m.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	go server.Serve(l)
	context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(ending)
		server.Close()
	})
	return l.Addr().String(), nil
}

func (m *monitor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 20 * time.Second}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, m.pl.Alive(), map[string]string{"version": buildVersion()})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ok, parts := m.isReady(r.Context())
		answer(w, ok, parts)
	})
	return mux
}

func answer(w http.ResponseWriter, ok bool, parts map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(struct {
		OK    bool              `json:"ok"`
		Parts map[string]string `json:"parts"`
	}{ok, parts})
}

// isReady asks each part, at most every two seconds however often it is asked.
func (m *monitor) isReady(context.Context) (bool, map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.at) < 2*time.Second {
		return m.ok, m.ready
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	m.ok, m.ready = true, map[string]string{}
	say := func(part string, err error) {
		m.ready[part] = "ok"
		if err != nil {
			// The cause may quote an address or a name; the plain reason does not.
			m.ready[part], m.ok = postroom.ReasonOf(err, "it does not answer"), false
		}
	}
	var wait sync.WaitGroup
	var database, objects error
	wait.Go(func() { database = m.pl.Ping(ctx) })
	wait.Go(func() {
		_, err := m.objects.Stat(ctx, "checks/ready")
		if !errors.Is(err, fs.ErrNotExist) {
			objects = err
		}
	})
	wait.Wait()
	say("database", database)
	say("object store", objects)
	m.at = time.Now()
	return m.ok, m.ready
}

// An operation is what watches over a process at work.
type operation struct {
	metrics *metrics
	tracer  *tracer
}

func newOperation(ctx context.Context, cfg *config) (*operation, error) {
	o := &operation{metrics: newMetrics()}
	if cfg.Operating.Traces.Endpoint != "" {
		var err error
		if o.tracer, err = newTracer(ctx, cfg.Operating.Traces, o.metrics); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *operation) observer() pipeline.Observer {
	if o.tracer != nil {
		return o.tracer
	}
	return o.metrics
}

// listen answers for the process, where the configuration says so.
func (o *operation) listen(ctx context.Context, cfg *config, pl *pipeline.Pipeline, objects store.Objects) (string, error) {
	if cfg.Operating.Listen == "" {
		return "", nil
	}
	if err := o.metrics.registry.Register(&vitalsCollector{ask: pl.Vitals}); err != nil {
		return "", fmt.Errorf("prepare the metrics: %w", err)
	}
	return (&monitor{pl: pl, objects: objects, metrics: o.metrics}).serve(ctx, cfg.Operating.Listen)
}

func (o *operation) close() {
	if o.tracer != nil {
		o.tracer.close()
	}
}
