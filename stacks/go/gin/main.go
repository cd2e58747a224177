// Command gin is stacks/openapi.yaml with Gin.
package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lab/stacks/internal/server"
)

func main() { server.Main(newHandler) }

func newHandler(delay time.Duration) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	// gin.New, not gin.Default: the default adds a log line per request, which no other stack writes.
	routes := gin.New()
	routes.Use(gin.Recovery())
	routes.HandleMethodNotAllowed = true
	routes.GET("/health", func(c *gin.Context) {
		time.Sleep(delay)
		c.String(http.StatusOK, "ok")
	})
	routes.GET("/api/ping", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "pong"})
	})
	routes.GET("/ready", func(c *gin.Context) { c.String(http.StatusOK, "ready") })
	return routes
}
