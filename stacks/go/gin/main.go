// Command gin is stacks/openapi.yaml with Gin.
package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lab/stacks/internal/server"
	"lab/stacks/internal/work"
)

func main() { server.Main(newHandler) }

func newHandler(delays server.Delays) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	// gin.New, not gin.Default: the default adds a log line per request, which no other stack writes.
	routes := gin.New()
	routes.Use(gin.Recovery())
	// Gin's defaults are 404 for another method, and a redirect from /health/ to /health.
	routes.HandleMethodNotAllowed = true
	routes.RedirectTrailingSlash = false
	routes.GET("/health", health(delays.Health))
	routes.GET("/api/ping", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "pong"})
	})
	routes.GET("/api/user", user)
	routes.GET("/cpu-bound", cpuBound)
	routes.GET("/io-bound", ioBound(delays.IO))
	for _, number := range work.Routes {
		routes.GET("/api/r"+number+"/:id", route(number))
	}
	routes.Static("/static", work.StaticFolder)
	routes.GET("/ready", func(c *gin.Context) { c.String(http.StatusOK, "ready") })
	return routes
}

func health(delay time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		time.Sleep(delay)
		c.String(http.StatusOK, "ok")
	}
}

func user(c *gin.Context) {
	if c.GetHeader("X-Token") != work.Token {
		c.String(http.StatusUnauthorized, "unauthorized")
		return
	}
	c.JSON(http.StatusOK, work.Ada)
}

func cpuBound(c *gin.Context) {
	computed, err := work.Compute(c.Request.URL.Query())
	if err != nil {
		c.String(http.StatusBadRequest, err.Error())
		return
	}
	c.Header("X-Worker", work.Worker)
	c.JSON(http.StatusOK, computed)
}

func ioBound(delay time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		time.Sleep(delay)
		c.Header("X-Worker", work.Worker)
		c.String(http.StatusOK, "done")
	}
}

func route(number string) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.JSON(http.StatusOK, work.Route{Route: number, ID: c.Param("id")})
	}
}
