package tracing

import (
	"context"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func recording(t *testing.T, share float64) (*Tracing, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	tracing := started(recorder, "app", share)
	t.Cleanup(tracing.Close)
	return tracing, recorder
}

func recorded(recorder *tracetest.SpanRecorder) (spans []sdk.ReadOnlySpan) {
	for _, span := range recorder.Ended() {
		if span.SpanContext().IsSampled() {
			spans = append(spans, span)
		}
	}
	return spans
}

func TestARequestGoesOnWithTheTraceThatItCameWith(t *testing.T) {
	tracing, recorder := recording(t, 0)
	_, span := tracing.Request(t.Context(), "GET /", "/", sampled)
	span.End()
	spans := recorded(recorder)
	if len(spans) != 1 || spans[0].Parent().SpanID().String() != "00f067aa0ba902b7" {
		t.Fatalf("%v", spans)
	}
}

func TestOfRequestsWithoutATraceTheShareIsTraced(t *testing.T) {
	for share, wanted := range map[float64]int{0: 0, 1: 20} {
		tracing, recorder := recording(t, share)
		for range 20 {
			_, span := tracing.Request(t.Context(), "GET /", "/", "")
			span.End()
		}
		if got := len(recorded(recorder)); got != wanted {
			t.Errorf("share %g: %d spans", share, got)
		}
	}
}

func TestWhatNoRequestAskedForIsInNoTrace(t *testing.T) {
	tracing, recorder := recording(t, 1)
	tracing.Wait(t.Context(), "wait for a connection")()
	if spans := recorded(recorder); len(spans) != 0 {
		t.Errorf("%v", spans)
	}
}

func TestAnOrderTakesItsTraceToTheWorker(t *testing.T) {
	tracing, recorder := recording(t, 1)
	ctx, request := tracing.Request(t.Context(), "POST /", "/", sampled)
	taken := tracing.Traceparent(ctx)
	request.End()
	made := time.Now().Add(-time.Minute)
	_, end := tracing.Order(context.Background(), made, taken)
	end()
	spans := recorded(recorder)
	if len(spans) != 3 || spans[1].Name() != "wait in the queue" || !spans[1].StartTime().Equal(made) {
		t.Fatalf("%v", spans)
	}
	for _, span := range spans[1:] {
		if span.Parent().SpanID() != request.SpanContext().SpanID() {
			t.Errorf("%s is below %s", span.Name(), span.Parent().SpanID())
		}
	}
}

func TestWithoutTracesNothingIsDone(t *testing.T) {
	var off *Tracing
	off.Wait(t.Context(), "nothing")()
	ctx, end := off.Order(t.Context(), time.Now(), nil)
	end()
	off.Close()
	if off.Traceparent(t.Context()) != nil || ctx != t.Context() {
		t.Error("something was done")
	}
}
