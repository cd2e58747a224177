package loop

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lab/pace/ask"
	"lab/pace/schedule"
)

// A server on a port of its own that does what it is told with each request.
type server struct {
	address  netip.AddrPort
	accepted atomic.Int64
}

// said is a request as it came.
type said struct {
	path, token string
	connection  net.Conn
	number      int // of the request on its connection
}

// serve answers every request with what `reply` gives; "" closes the connection.
func serve(t *testing.T, reply func(said) string) *server {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: addressOf(listener)}
	var open sync.Map
	var group sync.WaitGroup
	group.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.accepted.Add(1)
			open.Store(connection, true)
			group.Go(func() { talk(connection, reply) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		open.Range(func(connection, _ any) bool { connection.(net.Conn).Close(); return true })
		group.Wait()
	})
	return s
}

func addressOf(listener net.Listener) netip.AddrPort {
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

func talk(connection net.Conn, reply func(said) string) {
	defer connection.Close()
	reader := bufio.NewReader(connection)
	for number := 0; ; number++ {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		text := reply(said{request.URL.Path, request.Header.Get("Authorization"), connection, number})
		if text == "" {
			return
		}
		if _, err := connection.Write([]byte(text)); err != nil {
			return
		}
	}
}

// answer is one with a body.
func answer(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// A load as tests want it: what they do not say is at its plainest.
type load struct {
	plan        string
	random      bool
	settings    Settings
	environment map[string]string
}

// offer runs a load against servers.
func (l load) offer(t *testing.T, servers ...*server) *Result {
	t.Helper()
	plan, err := schedule.Parse(l.plan)
	if err != nil {
		t.Fatal(err)
	}
	book, err := ask.Read(func(name string) (string, bool) { value, found := l.environment[name]; return value, found })
	if err != nil {
		t.Fatal(err)
	}
	settings := l.settings
	settings.Length = plan.Length()
	settings.Threads = max(settings.Threads, 1)
	if settings.Timeout == 0 {
		settings.Timeout = 20 * time.Second
	}
	if settings.Cap == 0 {
		settings.Cap = 1000
	}
	var targets []*Target
	for i, server := range servers {
		positions := func() schedule.Positions { return schedule.Even(float64(i) / float64(len(servers))) }
		if l.random {
			positions = func() schedule.Positions { return schedule.Poisson(1, uint64(i)) }
		}
		targets = append(targets, &Target{
			Address: server.address,
			Sheet:   book.For("test", "/own", settings.Fresh), Right: book.Right,
			Arrivals: func() *schedule.Arrivals { return plan.Arrivals(positions()) },
		})
	}
	result, err := Run(settings, targets, func(time.Time) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, seen := range result.Seen {
		balanced(t, seen)
	}
	return result
}

// balanced fails unless every request is in exactly one place.
func balanced(t *testing.T, seen *Seen) {
	t.Helper()
	counts := seen.Tally.Counted
	lost := 0
	for _, count := range counts.Errors[:4] { // connect, read, write, timeout
		lost += count
	}
	if counts.Offered != counts.Sent+counts.Dropped || counts.Sent != counts.Answered+lost {
		t.Errorf("it does not add up: %+v", counts)
	}
}
