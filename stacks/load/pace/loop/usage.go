package loop

import (
	"fmt"
	"os"
	"time"
)

// Usage is what a thread had of its CPU: how long it ran, and how long it could have while something else did.
type Usage struct{ Ran, Waited time.Duration }

// usage is that of the thread that calls. A kernel without these statistics says 0.
func usage() Usage {
	var ran, waited int64
	if text, err := os.ReadFile("/proc/thread-self/schedstat"); err == nil {
		fmt.Sscan(string(text), &ran, &waited)
	}
	return Usage{Ran: time.Duration(ran), Waited: time.Duration(waited)}
}
