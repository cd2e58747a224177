// Command null answers every request with two bytes, as cheaply as a server can: one thread, one read, one write. What
// a load generator reaches against it is the generator's own ceiling. It listens on a free port, which it prints.
package main

import (
	"fmt"
	"log"
	"runtime"
	"syscall"
)

const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func main() {
	runtime.LockOSThread()
	listener, port, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(port)
	log.Fatal(serve(listener))
}

func listen() (fd, port int, err error) {
	if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0); err != nil {
		return 0, 0, err
	}
	if err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, 0, err
	}
	if err = syscall.Listen(fd, 4096); err != nil {
		return 0, 0, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, 0, err
	}
	return fd, name.(*syscall.SockaddrInet4).Port, nil
}

func serve(listener int) error {
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	if err := watch(poll, listener); err != nil {
		return err
	}
	var events [256]syscall.EpollEvent
	buffer := make([]byte, 64*1024)
	for {
		n, err := syscall.EpollWait(poll, events[:], -1)
		if err != nil && err != syscall.EINTR {
			return err
		}
		for _, event := range events[:max(n, 0)] {
			if fd := int(event.Fd); fd != listener {
				reply(fd, buffer)
			} else if err := accept(poll, listener); err != nil {
				return err
			}
		}
	}
}

func watch(poll, fd int) error {
	return syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func accept(poll, listener int) error {
	fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK)
	if err != nil {
		return nil // gone again
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return err
	}
	return watch(poll, fd)
}

// reply takes whatever comes for a whole request: none is longer than a segment here.
func reply(fd int, buffer []byte) {
	n, err := syscall.Read(fd, buffer)
	if err == nil && n > 0 {
		_, err = syscall.Write(fd, []byte(answer))
	}
	if err != syscall.EAGAIN && (err != nil || n == 0) {
		syscall.Close(fd)
	}
}
