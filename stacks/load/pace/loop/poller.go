package loop

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

const edge = 1 << 31 // EPOLLET, which the syscall package has as a negative number

// whatever happens to a connection, told once and not for as long as it lasts
const anything = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edge

// A poller sleeps until a socket has news or a moment has come. The moment is kept by a timer of the kernel, which
// is exact to some µs; epoll's own time-out is told in ms, and Go's timers wait for a scheduler.
type poller struct {
	epoll, timer int
	events       [256]syscall.EpollEvent
	armed        time.Duration // when the timer goes off; never, if it does not
}

func newPoller() (*poller, error) {
	const monotonic = 1 // CLOCK_MONOTONIC
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	timer, _, errno := syscall.Syscall(
		syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		syscall.Close(epoll)
		return nil, fmt.Errorf("timer: %w", errno)
	}
	p := &poller{epoll: epoll, timer: int(timer), armed: never}
	if err := p.add(p.timer, 0, syscall.EPOLLIN|edge); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *poller) close() {
	syscall.Close(p.timer)
	syscall.Close(p.epoll)
}

// add watches a socket. `generation` comes back with its events: a number may be another socket's by then.
func (p *poller) add(fd int, generation int32, events uint32) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd), Pad: generation}
	if err := syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// wait gives what has happened, and returns at `until` at the latest, which may be past.
func (p *poller) wait(now, until time.Duration) ([]syscall.EpollEvent, error) {
	patience := -1
	if until <= now {
		patience = 0
	} else if err := p.arm(now, until); err != nil {
		return nil, err
	}
	for {
		n, errno := p.sleep(patience)
		if errno == 0 {
			return p.events[:n], nil
		}
		if errno != syscall.EINTR {
			return nil, fmt.Errorf("epoll: %w", errno)
		}
	}
}

// sleep waits without telling Go's scheduler, which would wake threads of its own at each return. To stop the world it
// sends a signal, and that ends the call.
func (p *poller) sleep(patience int) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(p.epoll),
		uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(patience), 0, 0)
	return int(n), errno
}

// arm sets the timer, unless it goes off at that moment anyway.
func (p *poller) arm(now, until time.Duration) error {
	if p.armed == until {
		return nil
	}
	p.armed = until
	var when struct{ every, first syscall.Timespec }
	when.first = syscall.NsecToTimespec(int64(until - now))
	_, _, errno := syscall.RawSyscall6(
		syscall.SYS_TIMERFD_SETTIME, uintptr(p.timer), 0, uintptr(unsafe.Pointer(&when)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timer: %w", errno)
	}
	return nil
}
