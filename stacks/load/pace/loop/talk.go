package loop

import (
	"syscall"
	"unsafe"

	"lab/pace/ask"
	"lab/pace/report"
)

// dial opens a connection; whether it is there already says `connected`.
func (l *lane) dial(f *front) (*conn, error) {
	fd, connected, err := connect(f.address, f.family)
	if err != nil {
		return nil, err
	}
	c := l.fresh()
	l.generation++
	c.fd, c.front, c.connected, c.generation = fd, f, connected, l.generation
	if err := l.poll.add(fd, c.generation, anything); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	for len(l.byFD) <= fd {
		l.byFD = append(l.byFD, nil)
	}
	l.byFD[fd] = c
	f.seen.Opened++
	if c.rotates = f.rotating < f.rotate; c.rotates {
		f.rotating++
	}
	if !connected {
		f.connecting++
	}
	return c, nil
}

// fresh is a connection to be filled in, with the memory of one that was closed.
func (l *lane) fresh() *conn {
	if len(l.spare) == 0 {
		return &conn{}
	}
	c := l.spare[len(l.spare)-1]
	l.spare = l.spare[:len(l.spare)-1]
	return c
}

// drop closes a connection.
func (l *lane) drop(c *conn) {
	if !c.connected {
		c.front.connecting--
	}
	if c.rotates {
		c.front.rotating--
	}
	c.leave()
	syscall.Close(c.fd)
	l.byFD[c.fd] = nil
	c.busy, c.used, c.rest = false, false, c.rest[:0]
	l.spare = append(l.spare, c)
}

// fail ends a request that gets no whole answer, and its connection.
func (l *lane) fail(c *conn, kind report.Kind) {
	if l.mayGoAgain(c, kind) {
		l.sendAgain(c)
		return
	}
	l.lose(c, kind)
	l.drop(c)
}

// lose counts a request that gets no whole answer.
func (l *lane) lose(c *conn, kind report.Kind) {
	c.front.flying.Add(-1)
	c.front.seen.Tally.Fail(c.due, l.now(), kind)
	l.note(c, kind.Name())
}

// mayGoAgain tells whether a request has met a kept connection that its server had just closed (RFC 9110, 9.2.2): no
// byte of an answer has come, and to do it twice is the same as to do it once. A new connection is not used yet, so none
// goes a third time.
func (l *lane) mayGoAgain(c *conn, kind report.Kind) bool {
	return l.settings.Again && c.used && (kind == report.Read || kind == report.Write) &&
		!c.answer.Begun() && c.front.Sheet.MayRepeat(c.place)
}

// sendAgain sends a request over a new connection in place of its own. It is late by what it has lost.
func (l *lane) sendAgain(c *conn) {
	lost := *c // what it was about; its connection goes
	text := append([]byte(nil), c.text...)
	l.drop(c)
	lost.front.seen.SentAgain++
	lost.again = true
	fresh, err := l.dial(lost.front)
	if err != nil {
		l.lose(&lost, report.Connect)
		return
	}
	fresh.number, fresh.place, fresh.due, fresh.sent = lost.number, lost.place, lost.due, lost.sent
	fresh.unique, fresh.again = lost.unique, true
	l.put(fresh, text)
}

// note keeps what became of a request, where that is asked for.
func (l *lane) note(c *conn, end string) {
	if !l.settings.Each {
		return
	}
	c.front.seen.Each = append(c.front.seen.Each, report.Request{
		Number: c.number, Place: c.place, DueUS: report.Microseconds(c.due), SentUS: report.Microseconds(c.sent),
		EndUS: report.Microseconds(l.now()), End: end, Status: c.answer.Status, Again: c.again, Unique: c.unique,
		Body: report.Told(c.answer.Status, c.answer.Body),
	})
}

// hear deals with what epoll has to say of a connection.
func (l *lane) hear(c *conn, events uint32) {
	if !c.connected {
		l.hearOfConnecting(c)
		return
	}
	if events&syscall.EPOLLOUT != 0 && len(c.rest) > 0 {
		if !l.write(c, c.rest) {
			return
		}
	}
	if events&^syscall.EPOLLOUT != 0 {
		l.read(c, events&^(syscall.EPOLLIN|syscall.EPOLLOUT) != 0)
	}
}

func (l *lane) hearOfConnecting(c *conn) {
	if err := connectResult(c.fd); err != nil {
		if c.busy {
			l.fail(c, report.Connect)
			return
		}
		c.front.refused = err
		l.drop(c)
		return
	}
	c.connected = true
	c.front.connecting--
	if c.busy {
		l.write(c, c.rest)
	} else {
		c.front.lay(c)
	}
}

// write sends a request or its rest; false if that failed, which ends it.
func (l *lane) write(c *conn, text []byte) bool {
	n, errno := transfer(syscall.SYS_WRITE, c.fd, text)
	if errno != 0 && errno != syscall.EAGAIN {
		l.fail(c, report.Write)
		return false
	}
	c.rest = append(c.rest[:0], text[n:]...)
	return true
}

// read takes what has come. `ended` says that the server sends no more than that.
func (l *lane) read(c *conn, ended bool) {
	for {
		n, errno := transfer(syscall.SYS_READ, c.fd, l.in)
		switch {
		case errno == syscall.EAGAIN:
			return
		case !c.busy: // closed, or something that nobody asked for: no use either way
			c.front.seen.ClosedByServer++
			l.drop(c)
			return
		case errno != 0 || n == 0:
			if errno != 0 || c.answer.End() != nil {
				l.fail(c, report.Read)
			} else {
				l.finish(c, true)
			}
			return
		}
		eaten, err := c.answer.Feed(l.in[:n])
		switch {
		case err != nil:
			l.fail(c, report.Read)
			return
		case c.answer.Done():
			l.finish(c, ended || eaten < n)
			return
		case n < len(l.in) && !ended:
			return
		}
	}
}

// finish judges an answer, and keeps the connection for another request if it can serve one.
func (l *lane) finish(c *conn, ended bool) {
	now, tally := l.now(), c.front.seen.Tally
	c.front.flying.Add(-1)
	tally.Answer(c.due, c.sent, now, c.answer.Size)
	switch c.front.Right.Judge(c.place, c.answer.Status, c.answer.Body, c.answer.Size) {
	case ask.WrongStatus:
		tally.Fail(c.due, now, report.Status)
		tally.Refuse(c.answer.Status, c.sent, now)
	case ask.WrongBody:
		tally.Fail(c.due, now, report.Body)
	}
	l.note(c, report.Answered)
	c.used = true
	if ended || c.answer.Last || l.settings.Fresh || len(c.rest) > 0 {
		l.drop(c)
		return
	}
	c.leave()
	c.busy = false
	c.front.lay(c)
}

// transfer reads or writes without telling Go's scheduler, which such a call, that never blocks, need not know of.
func transfer(call uintptr, fd int, data []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 {
			return 0, errno
		}
		return int(n), 0
	}
}
