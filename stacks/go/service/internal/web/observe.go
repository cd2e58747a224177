package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lab/stacks/service/internal/problem"
)

// mostOfALine is how many bytes the first line of a request may have.
const mostOfALine = 8192

// observe gives each request its id and its record, and afterwards logs and counts it.
func (s *Server) observe(c *gin.Context) {
	r := &request{Context: c, start: time.Now(), route: "unmatched", redisAnswers: true}
	r.id = requestID(sentHeader(c.Request.Header, "X-Request-Id"))
	r.address = s.clientAddress(c.Request)
	c.Set(requestKey, r)
	c.Header("X-Request-Id", r.id)
	if strings.HasPrefix(c.Request.URL.Path, "/api/v1/") {
		c.Header("Cache-Control", "no-store")
	}
	switch {
	case len(c.Request.Method)+len(c.Request.RequestURI)+len("  HTTP/1.1") > mostOfALine:
		s.refuse(r, problem.URITooLong)
	case len(c.Request.Header.Values("Content-Type")) > 1:
		s.refuse(r, problem.MalformedRequest) // before the route: so does Gunicorn
	}
	c.Next()
	took := time.Since(r.start)
	s.metrics.Request(c.Request.Method, r.route, c.Writer.Status(), took)
	s.log.request(r, took)
}

// routed notes the template of the route, for the metrics.
func routed(route string) gin.HandlerFunc {
	return func(c *gin.Context) { of(c).route = route }
}

// recovered answers 500 where a handler panics.
func (s *Server) recovered(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, isError := cause.(error); isError && errors.Is(err, http.ErrAbortHandler) {
			panic(cause) // net/http's own way to break a connection off
		}
		r := of(c)
		s.log.fault(r, "panic", fmt.Errorf("%v", cause), debug.Stack())
		if !c.Writer.Written() {
			s.refuse(r, problem.InternalError)
		}
		c.Abort()
	}()
	c.Next()
}

// requestID is the client's, if it is harmless, or a new one.
func requestID(sent string) string {
	if isHarmless(sent) {
		return sent
	}
	var drawn [16]byte
	_, _ = rand.Read(drawn[:]) // never fails
	return hex.EncodeToString(drawn[:])
}

func isHarmless(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		letter := id[i]
		isAlphanumeric := '0' <= letter && letter <= '9' || 'a' <= letter && letter <= 'z' || 'A' <= letter && letter <= 'Z'
		if !isAlphanumeric && letter != '.' && letter != '_' && letter != '-' {
			return false
		}
	}
	return true
}

// clientAddress is the peer's; behind a proxy of ours, the last entry of X-Forwarded-For: only that one is the
// proxy's own word, all before it are the client's.
func (s *Server) clientAddress(sent *http.Request) string {
	if s.settings.TrustProxy {
		forwarded := strings.Join(sent.Header.Values("X-Forwarded-For"), ",")
		last := strings.TrimSpace(forwarded[strings.LastIndexByte(forwarded, ',')+1:])
		if last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(sent.RemoteAddr)
	if err != nil {
		return sent.RemoteAddr
	}
	return host
}
