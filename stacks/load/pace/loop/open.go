package loop

import (
	"fmt"
	"time"
)

// open makes so many connections to each target before the start, all at the same time.
func (l *lane) open(each int) error {
	l.start = time.Now()
	for _, f := range l.fronts {
		for range each {
			c, err := l.dial(f)
			if err != nil {
				return fmt.Errorf("cannot open a connection: %w", err)
			}
			if c.connected {
				f.lay(c)
			}
		}
	}
	for {
		connecting, err := l.stillConnecting()
		if connecting == 0 || err != nil {
			return err
		}
		if l.now() >= l.settings.Timeout {
			return fmt.Errorf("cannot open connections: %d were not there after %s", connecting, l.settings.Timeout)
		}
		events, err := l.poll.wait(l.now(), l.settings.Timeout)
		if err != nil {
			return err
		}
		for _, event := range events {
			if c := l.of(event); c != nil {
				l.hear(c, event.Events)
			}
		}
	}
}

// stillConnecting counts the connections that are not there yet; the error is why one will not be.
func (l *lane) stillConnecting() (int, error) {
	count := 0
	for _, f := range l.fronts {
		if f.refused != nil {
			return 0, fmt.Errorf("cannot open a connection: %w", f.refused)
		}
		count += f.connecting
	}
	return count, nil
}
