// Package tracing tells Zipkin where the time of requests and orders goes, by OpenTelemetry. With TRACES=off there is no
// Tracing but nil, whose methods do nothing.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	sendEvery   = 200 * time.Millisecond
	lastSending = time.Second
)

// asked is the attribute that says which store a span waits for.
const asked = attribute.Key("net.peer.name")

var (
	w3c     = propagation.TraceContext{}
	nothing = func() {}
)

// Tracing makes the spans of one process.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Start makes the spans of such a service of the stack, app or worker. share is that of the requests which come without
// a trace; those that come with one are traced if it says so.
func Start(zipkinHost, service string, share float64) (*Tracing, error) {
	sender, err := zipkin.New(fmt.Sprintf("http://%s:9411/api/v2/spans", zipkinHost))
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { slog.Warn("spans were lost", "error", err.Error()) }))
	return started(sdk.NewBatchSpanProcessor(sender, sdk.WithBatchTimeout(sendEvery)), service, share), nil
}

func started(processor sdk.SpanProcessor, service string, share float64) *Tracing {
	provider := sdk.NewTracerProvider(
		sdk.WithSpanProcessor(processor),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
		sdk.WithSampler(sdk.ParentBased(requests{sdk.TraceIDRatioBased(share)})),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer("service")}
}

// requests samples nothing but requests where there is no trace yet: looks at the stores belong to none.
type requests struct{ sdk.Sampler }

func (r requests) ShouldSample(parameters sdk.SamplingParameters) sdk.SamplingResult {
	if parameters.Kind != trace.SpanKindServer {
		return sdk.SamplingResult{Decision: sdk.Drop}
	}
	return r.Sampler.ShouldSample(parameters)
}

// Close sends what has not been sent.
func (t *Tracing) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastSending)
	defer cancel()
	_ = t.provider.Shutdown(ctx)
}

// Request begins the span of a request that came with that traceparent, if it came with one.
func (t *Tracing) Request(ctx context.Context, name, path, traceparent string) (context.Context, trace.Span) {
	return t.tracer.Start(remote(ctx, traceparent), name, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.path", path)))
}

// Wait begins a span of that name. The function ends it.
func (t *Tracing) Wait(ctx context.Context, name string) (end func()) {
	if t == nil {
		return nothing
	}
	_, span := t.tracer.Start(ctx, name)
	return func() { span.End() }
}

// Traceparent is what an order takes with it to the worker; nil where there is no trace.
func (t *Tracing) Traceparent(ctx context.Context) *string {
	if t == nil {
		return nil
	}
	carrier := propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	if text := carrier.Get("traceparent"); text != "" {
		return &text
	}
	return nil
}

// Order begins the work on an order that was made then, and tells how long it has waited for it. end ends the work.
func (t *Tracing) Order(ctx context.Context, made time.Time, traceparent *string) (working context.Context, end func()) {
	if t == nil || traceparent == nil {
		return ctx, nothing
	}
	ctx = remote(ctx, *traceparent)
	_, waited := t.tracer.Start(ctx, "wait in the queue", trace.WithTimestamp(made))
	waited.End()
	ctx, span := t.tracer.Start(ctx, "finish the order", trace.WithSpanKind(trace.SpanKindConsumer))
	return ctx, func() { span.End() }
}

func remote(ctx context.Context, traceparent string) context.Context {
	return w3c.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}
