package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
)

// traced has a span for each request that is no probe. There is no wait to be told of before it: Go begins with a
// request as soon as it has read its head.
func (s *Server) traced(c *gin.Context) {
	switch c.Request.URL.Path {
	case "/live", "/ready", "/metrics":
		c.Next()
		return
	}
	ctx, span := s.spans.Request(c.Request.Context(), c.Request.Method, c.Request.URL.Path, c.Request.Header.Get("traceparent"))
	defer span.End()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
	r := of(c)
	span.SetName(c.Request.Method + " " + r.route)
	span.SetAttributes(attribute.Int("http.status_code", c.Writer.Status()), attribute.String("request_id", r.id))
	if c.Writer.Status() >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}
