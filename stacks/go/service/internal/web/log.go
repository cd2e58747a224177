package web

import (
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"lab/stacks/service/internal/compact"
	"lab/stacks/service/internal/settings"
)

// accessLog writes a line for each request to stdout. What is not part of a request goes to stderr, by slog.
type accessLog struct {
	on         bool
	tracebacks bool
	out        io.Writer
	flush      func()
}

func newAccessLog(set settings.Settings) *accessLog {
	out := newLines(os.Stdout)
	return &accessLog{on: set.AccessLog, tracebacks: set.AppEnv == "development", out: out, flush: out.Flush}
}

// request writes one line: the same keys in the same order in all three services. Nothing secret is among them.
func (l *accessLog) request(r *request, took time.Duration) {
	if !l.on {
		return
	}
	status, level := r.Writer.Status(), "info"
	if status >= 500 {
		level = "error"
	}
	line := append(make([]byte, 0, 320), `{"time":"`...)
	line = time.Now().UTC().AppendFormat(line, "2006-01-02T15:04:05.000Z")
	line = append(append(line, `","level":"`...), level...)
	line = compact.Text(append(line, `","message":"request","request_id":`...), r.id)
	line = compact.Text(append(line, `,"method":`...), r.Request.Method)
	line = compact.Text(append(line, `,"path":`...), r.Request.URL.Path)
	line = strconv.AppendInt(append(line, `,"status":`...), int64(status), 10)
	line = strconv.AppendFloat(append(line, `,"duration_ms":`...), float64(took)/float64(time.Millisecond), 'f', 3, 64)
	line = compact.Text(append(line, `,"client":`...), r.address)
	line = append(line, `,"user":`...)
	if r.known {
		line = strconv.AppendInt(line, r.identity.UserID, 10)
	} else {
		line = append(line, `null`...)
	}
	if r.order != 0 {
		line = strconv.AppendInt(append(line, `,"order":`...), r.order, 10)
	}
	_, _ = l.out.Write(append(line, '}', '\n')) // one write, so that lines do not mix
}

// order writes the line of an order that the worker has finished: with its id, the request that made it is found.
func (l *accessLog) order(id int64, status string, took time.Duration) {
	if !l.on {
		return
	}
	line := append(make([]byte, 0, 128), `{"time":"`...)
	line = time.Now().UTC().AppendFormat(line, "2006-01-02T15:04:05.000Z")
	line = strconv.AppendInt(append(line, `","level":"info","message":"order","order":`...), id, 10)
	line = append(append(append(line, `,"status":"`...), status...), `","duration_ms":`...)
	line = strconv.AppendFloat(line, float64(took)/float64(time.Millisecond), 'f', 3, 64)
	_, _ = l.out.Write(append(line, '}', '\n'))
}

// fault says why a request was answered with 5xx.
func (l *accessLog) fault(r *request, what string, err error, stack []byte) {
	attributes := []any{"request_id", r.id, "error", err.Error()}
	if stack != nil && l.tracebacks {
		attributes = append(attributes, "stack", string(stack))
	}
	slog.Error(what, attributes...)
}
