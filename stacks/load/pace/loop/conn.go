package loop

import (
	"errors"
	"syscall"
	"time"

	"lab/pace/wire"
)

// A conn is a connection, and the request that is under way on it if there is one.
type conn struct {
	fd         int
	generation int32
	front      *front
	connected  bool
	rotates    bool // it is one of those that take turns
	busy       bool // a request is under way

	used      bool // an answer has come over it
	due, sent time.Duration
	number    int
	place     int
	text      []byte // of the request, where it may be sent again
	unique    string
	again     bool   // it was sent again
	rest      []byte // of the request: what the socket did not take yet
	answer    wire.Answer

	list       *list // in which it is: resting ones of its front, or busy ones of its thread
	prev, next *conn
}

// connect begins to. It is over when the socket can be written to.
func connect(address syscall.Sockaddr, family int) (fd int, connected bool, err error) {
	fd, err = syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, false, err
	}
	if err = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err == nil {
		err = syscall.Connect(fd, address)
	}
	if err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		syscall.Close(fd)
		return -1, false, err
	}
	return fd, err == nil, nil
}

// connectResult is how connecting ended.
func connectResult(fd int) error {
	number, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err == nil && number != 0 {
		err = syscall.Errno(number)
	}
	return err
}

// A list of connections, oldest first, from whose middle one can be taken.
type list struct{ first, last *conn }

func (l *list) push(c *conn) {
	c.list, c.prev, c.next = l, l.last, nil
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
}

// leave takes a connection out of the list in which it is, if it is in one.
func (c *conn) leave() {
	l := c.list
	if l == nil {
		return
	}
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.list, c.prev, c.next = nil, nil, nil
}
