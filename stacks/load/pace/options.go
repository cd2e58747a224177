package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"lab/pace/ask"
	"lab/pace/loop"
	"lab/pace/schedule"
)

const usage = `usage: pace [OPTION…] SCHEDULE URL [URL]
Offers load to one target or to two at the same time, each with this schedule. Times have a unit: 500ms, 10s, 2m.
SCHEDULE is RATE:DURATION or FROM..TO:DURATION, requests a second; several with commas between are done in turn.
  --arrivals KIND              how requests lie within the schedule: constant, jittered or poisson (constant)
  --seed N                     of jittered and poisson: the same seed gives the same arrivals (1)
  --ramp TIME                  at the start, offered and not counted (0s)
  --timeout TIME               after which a request that was sent is given up (10s)
  --cap N                      requests under way at once, for each target; what would exceed it is dropped (1024)
  --connections kept|new       kept for the next request, or a new one for each (kept)
  --open N                     connections to each target that are opened before the start (0)
  --rotate N                   connections to each target that take turns; more are used while all of these are busy (all)
  --again                      a GET, a HEAD or what has an Idempotency-Key is sent once more, over a new connection, if the
                               server had just closed its kept one
  --each                       print a line for each request
  --threads N                  that offer (one for each CPU that pace may use)
`

const lookupWithin = 5 * time.Second

// options are what the command line says.
type options struct {
	schedule    string
	plan        schedule.Plan
	arrivals    string
	seed        uint64
	ramp        time.Duration
	timeout     time.Duration
	cap         int
	connections string
	open        int
	rotate      int
	threads     int
	again, each bool
	urls        []*url.URL
}

func parse(arguments []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("pace", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.arrivals, "arrivals", "constant", "")
	flags.Uint64Var(&o.seed, "seed", 1, "")
	flags.DurationVar(&o.ramp, "ramp", 0, "")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "")
	flags.IntVar(&o.cap, "cap", 1024, "")
	flags.StringVar(&o.connections, "connections", "kept", "")
	flags.IntVar(&o.open, "open", 0, "")
	flags.IntVar(&o.rotate, "rotate", 0, "")
	flags.BoolVar(&o.again, "again", false, "")
	flags.BoolVar(&o.each, "each", false, "")
	flags.IntVar(&o.threads, "threads", runtime.NumCPU(), "")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	if flags.NArg() < 2 || flags.NArg() > 3 {
		return nil, errors.New("wanted are SCHEDULE URL [URL], behind the options; pace --help says more")
	}
	if err := o.read(flags.Arg(0), flags.Args()[1:]); err != nil {
		return nil, err
	}
	return o, o.check()
}

func (o *options) read(schedules string, urls []string) (err error) {
	o.schedule = schedules
	if o.plan, err = schedule.Parse(schedules); err != nil {
		return err
	}
	for _, text := range urls {
		target, err := parseURL(text)
		if err != nil {
			return err
		}
		o.urls = append(o.urls, target)
	}
	return nil
}

func parseURL(text string) (*url.URL, error) {
	target, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL, as http://127.0.0.1:8080/health is", text)
	}
	if target.Scheme != "http" || target.Hostname() == "" || target.User != nil {
		return nil, fmt.Errorf("URL %q: pace asks http://HOST[:PORT]/PATH, and nothing else", text)
	}
	if port := target.Port(); port != "" {
		if number, err := strconv.Atoi(port); err != nil || number < 1 || number > 65535 {
			return nil, fmt.Errorf("URL %q: a port is a number from 1 to 65535", text)
		}
	}
	if target.Path == "" {
		target.Path = "/"
	}
	return target, nil
}

// check refuses what makes no sense together.
func (o *options) check() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	const kept = 64 // what pace has open beside its connections
	most := (int(min(limit.Cur, 1<<30)) - kept) / len(o.urls)
	switch {
	case !slices.Contains([]string{"constant", "jittered", "poisson"}, o.arrivals):
		return fmt.Errorf("--arrivals %q: they are constant, jittered or poisson", o.arrivals)
	case o.connections != "kept" && o.connections != "new":
		return fmt.Errorf("--connections %q: they are kept or new", o.connections)
	case o.ramp < 0 || o.ramp >= o.plan.Length():
		return fmt.Errorf("--ramp %s leaves nothing of a schedule of %s to count", o.ramp, o.plan.Length())
	case o.timeout <= 0 || o.timeout > time.Hour:
		return fmt.Errorf("--timeout %s: more than 0s and at most 1h", o.timeout)
	case o.threads < 1 || o.threads > 1024:
		return fmt.Errorf("--threads %d: at least 1", o.threads)
	case o.cap < 1 || o.cap > most:
		return fmt.Errorf("--cap %d: from 1 to %d, as %d files may be open", o.cap, most, limit.Cur)
	case o.open < 0 || o.open > o.cap:
		return fmt.Errorf("--open %d: from 0 to the cap, which is %d", o.open, o.cap)
	case o.rotate < 0 || o.rotate > o.cap:
		return fmt.Errorf("--rotate %d: from 1 to the cap, which is %d, or 0 for all", o.rotate, o.cap)
	case o.open > 0 && o.connections == "new":
		return errors.New("--open goes with connections that are kept")
	}
	return nil
}

func (o *options) settings() loop.Settings {
	return loop.Settings{
		Ramp: o.ramp, Length: o.plan.Length(), Timeout: o.timeout, Cap: o.cap, Fresh: o.connections == "new",
		Open: o.open, Rotate: o.rotate, Threads: o.threads, Again: o.again, Each: o.each,
	}
}

// targets looks the hosts up, so that no request waits for a name server, and writes each one's requests out.
func (o *options) targets(lookup func(string) (string, bool)) ([]*loop.Target, error) {
	var targets []*loop.Target
	for i, target := range o.urls {
		book, err := ask.Read(ask.OfTarget(i, lookup))
		if err != nil {
			return nil, err
		}
		address, err := lookUp(target)
		if err != nil {
			return nil, err
		}
		targets = append(targets, &loop.Target{
			Address:  address,
			Sheet:    book.For(target.Host, target.RequestURI(), o.connections == "new"),
			Right:    book.Right,
			Arrivals: func() *schedule.Arrivals { return o.plan.Arrivals(o.positions(i)) },
		})
	}
	return targets, nil
}

// positions are those of one target's arrivals. Constant ones of two targets alternate, half an interval apart. Random
// ones are independent: a process whose every other arrival goes elsewhere would no longer be Poisson's.
func (o *options) positions(target int) schedule.Positions {
	switch o.arrivals {
	case "jittered":
		return schedule.Jittered(o.seed, uint64(target))
	case "poisson":
		return schedule.Poisson(o.seed, uint64(target))
	}
	return schedule.Even(float64(target) / float64(len(o.urls)))
}

// lookUp finds a host's address; IPv4 where it has both, as wrk takes it.
func lookUp(target *url.URL) (netip.AddrPort, error) {
	port := uint64(80)
	if text := target.Port(); text != "" {
		port, _ = strconv.ParseUint(text, 10, 16) // parseURL has checked it
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", target.Hostname())
	if err != nil || len(found) == 0 {
		return netip.AddrPort{}, fmt.Errorf("URL %q: no host has the name %q", target, target.Hostname())
	}
	best := found[0]
	for _, address := range found {
		if address.Unmap().Is4() {
			best = address
			break
		}
	}
	return netip.AddrPortFrom(best, uint16(port)), nil
}
