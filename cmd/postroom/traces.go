package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/postroom/postroom/pipeline"
)

// tracesConfig says where traces (OpenTelemetry, OTLP over HTTP) go. They are
// off without an endpoint.
type tracesConfig struct {
	// Endpoint is such as https://collector.example:4318.
	Endpoint string `yaml:"endpoint"`
	// Share of the messages that are traced, from 0 to 1; 1 when it is left out.
	Share *float64 `yaml:"share"`
}

func (c tracesConfig) check() error {
	if c.Endpoint != "" {
		if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return &settingError{"$.operating.traces.endpoint", fmt.Errorf("write it as https://collector.example:4318")}
		}
	}
	if c.Share != nil && (*c.Share < 0 || *c.Share > 1) {
		return &settingError{"$.operating.traces.share", fmt.Errorf("write a share from 0 to 1, such as 0.1")}
	}
	return nil
}

// tracer makes a span of each step. All steps of one message are one trace,
// whichever process does them: its id is the beginning of the message's hash.
type tracer struct {
	next     pipeline.Observer
	tracer   trace.Tracer
	provider *sdktrace.TracerProvider
}

func newTracer(ctx context.Context, c tracesConfig, next pipeline.Observer) (*tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint), otlptracehttp.WithTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("prepare traces: %w", err)
	}
	return tracerTo(exporter, c, next), nil
}

func tracerTo(exporter sdktrace.SpanExporter, c tracesConfig, next pipeline.Observer) *tracer {
	share := 1.0
	if c.Share != nil {
		share = *c.Share
	}
	host, _ := os.Hostname()
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		// By the trace's id, so that of one message all steps are traced or none.
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share), sdktrace.WithRemoteParentSampled(sdktrace.TraceIDRatioBased(share)))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "postroom"),
			attribute.String("service.version", buildVersion()), attribute.String("host.name", host))))
	return &tracer{next: next, tracer: p.Tracer("postroom"), provider: p}
}

func (t *tracer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	t.provider.Shutdown(ctx)
}

func (t *tracer) Count(what string, n int) { t.next.Count(what, n) }

func (t *tracer) Begin(ctx context.Context, s pipeline.Step) (context.Context, func(end, reason string)) {
	ctx, end := t.next.Begin(ctx, s)
	if raw, err := hex.DecodeString(s.Subject); err == nil && len(raw) >= 16 {
		parent := trace.SpanContextConfig{TraceFlags: trace.FlagsSampled, Remote: true, SpanID: trace.SpanID{0: 1}}
		copy(parent.TraceID[:], raw)
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(parent))
	}
	ctx, span := t.tracer.Start(ctx, s.Stage, trace.WithAttributes(
		attribute.String("postroom.subject", s.Subject), attribute.String("postroom.page", s.Page),
		attribute.Int("postroom.attempt", s.Attempt), attribute.Float64("postroom.waited_seconds", s.Waited.Seconds())))
	return ctx, func(how, reason string) {
		span.SetAttributes(attribute.String("postroom.end", how))
		if how == pipeline.StepAgain || how == pipeline.StepQuarantined {
			span.SetStatus(codes.Error, reason)
		}
		span.End()
		end(how, reason)
	}
}
