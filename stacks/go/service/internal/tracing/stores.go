package tracing

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Statements makes a span of each statement that is sent to Postgres.
func (t *Tracing) Statements(host string) pgx.QueryTracer { return statements{t.tracer, host} }

type statements struct {
	tracer trace.Tracer
	host   string
}

func (s statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryStartData) context.Context {
	word, _, _ := strings.Cut(strings.TrimSpace(query.SQL), " ")
	ctx, _ = s.tracer.Start(ctx, word, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(asked.String(s.host), attribute.String("sql", query.SQL)))
	return ctx
}

func (statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryEndData) {
	ended(trace.SpanFromContext(ctx), query.Err)
}

// Questions makes a span of each question to a Redis.
func (t *Tracing) Questions(client *redis.Client, host string) {
	if t != nil {
		client.AddHook(questions{t.tracer, host})
	}
}

type questions struct {
	tracer trace.Tracer
	host   string
}

func (questions) DialHook(next redis.DialHook) redis.DialHook { return next }

func (q questions) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		ctx, span := q.begin(ctx, command)
		err := next(ctx, command)
		ended(span, err)
		return err
	}
}

func (q questions) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		ctx, span := q.begin(ctx, commands...)
		err := next(ctx, commands)
		ended(span, err)
		return err
	}
}

// begin names a span after the commands, and keeps their arguments to itself: they may be secrets.
func (q questions) begin(ctx context.Context, commands ...redis.Cmder) (context.Context, trace.Span) {
	names := make([]string, 0, len(commands))
	for _, command := range commands {
		names = append(names, command.Name())
	}
	return q.tracer.Start(ctx, strings.Join(names, " "), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(asked.String(q.host)))
}

func ended(span trace.Span, err error) {
	if err != nil && err != redis.Nil && !redis.HasErrorPrefix(err, "NOSCRIPT") {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
