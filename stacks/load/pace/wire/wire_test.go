package wire

import (
	"errors"
	"strings"
	"testing"
)

// read feeds an answer in pieces of a size, and says how much of the text belonged to it.
func read(text string, size int, isHead bool) (*Answer, int, error) {
	answer := &Answer{}
	answer.Reset(isHead, true)
	eaten := 0
	for eaten < len(text) && !answer.Done() {
		n, err := answer.Feed([]byte(text[eaten:min(eaten+size, len(text))]))
		if err != nil {
			return answer, eaten, err
		}
		eaten += n
	}
	return answer, eaten, nil
}

const ok = "HTTP/1.1 200 OK\r\n"

func TestAnswersAreReadWholeWhateverPiecesTheyComeIn(t *testing.T) {
	for name, one := range map[string]struct {
		text, body string
		status     int
		last       bool
	}{
		"a length":                {ok + "content-LENGTH: 5\r\n\r\nhello", "hello", 200, false},
		"a length of none":        {ok + "Content-Length: 0\r\n\r\n", "", 200, false},
		"chunks":                  {ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nA;x=y\r\nllo, world\r\n0\r\n\r\n", "hello, world", 200, false},
		"chunks with a trailer":   {ok + "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nDigest: b\r\n\r\n", "a", 200, false},
		"chunks win over lengths": {ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "a", 200, false},
		"no content":              {"HTTP/1.1 204 No Content\r\n\r\n", "", 204, false},
		"not modified":            {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", 304, false},
		"an end":                  {ok + "Content-Length: 1\r\nConnection: Close\r\n\r\na", "a", 200, true},
		"an old server":           {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", 200, true},
		"an old server that goes on": {
			"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", "a", 200, false,
		},
		"hints first":       {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 1\r\n\r\na", "a", 200, false},
		"bare line feeds":   {"HTTP/1.1 200 OK\nContent-Length: 1\n\na", "a", 200, false},
		"a status alone":    {"HTTP/1.1 500\r\nContent-Length: 1\r\n\r\na", "a", 500, false},
		"a value with tabs": {ok + "Content-Length:\t1 \r\n\r\na", "a", 200, false},
	} {
		for size := 1; size <= len(one.text); size++ {
			answer, eaten, err := read(one.text, size, false)
			if err != nil || !answer.Done() || eaten != len(one.text) {
				t.Fatalf("%s in pieces of %d: done %t after %d of %d, %v", name, size, answer.Done(), eaten, len(one.text), err)
			}
			if string(answer.Body) != one.body || answer.Size != len(one.body) || answer.Status != one.status || answer.Last != one.last {
				t.Fatalf("%s in pieces of %d: %+v", name, size, answer)
			}
		}
	}
}

func TestWhatComesBehindAnAnswerIsLeft(t *testing.T) {
	text := ok + "Content-Length: 2\r\n\r\nok"
	if _, eaten, err := read(text+"more", 1000, false); eaten != len(text) || err != nil {
		t.Fatalf("%d of %d, %v", eaten, len(text), err)
	}
}

func TestTheAnswerToAHeadHasNoBody(t *testing.T) {
	answer, _, err := read(ok+"Content-Length: 500\r\n\r\n", 1000, true)
	if err != nil || !answer.Done() || answer.Size != 0 {
		t.Fatalf("%+v, %v", answer, err)
	}
}

func TestAnAnswerWithoutALengthEndsWithItsConnection(t *testing.T) {
	answer, _, err := read(ok+"\r\nhello", 1000, false)
	if err != nil || answer.Done() {
		t.Fatalf("%+v, %v", answer, err)
	}
	if err := answer.End(); err != nil || !answer.Done() || !answer.Last || string(answer.Body) != "hello" {
		t.Fatalf("%+v, %v", answer, err)
	}
}

func TestAConnectionThatEndsWithinAnAnswerCutsIt(t *testing.T) {
	for _, text := range []string{
		"", "HTTP/1.1 20", ok, ok + "Content-Length: 5\r\n\r\nhel", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	} {
		answer, _, err := read(text, 1000, false)
		if err != nil || !errors.Is(answer.End(), ErrCut) {
			t.Errorf("%q: %+v, %v", text, answer, err)
		}
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	for _, text := range []string{
		"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 099 Low\r\n",
		ok + "Content-Length\r\n", ok + "Content-Length: -1\r\n", ok + "Content-Length: 1, 1\r\n", ok + "Content-Length: \r\n",
		ok + "Content-Length: 99999999999999999999\r\n", ok + "Transfer-Encoding: chunked\r\n\r\nsize\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		ok + "X: " + strings.Repeat("x", longestHead), ok + strings.Repeat("X: y\r\n", longestHead/6),
	} {
		for _, size := range []int{1, 7, len(text)} {
			if answer, _, err := read(text, size, false); err == nil {
				t.Errorf("%.60q in pieces of %d: %+v", text, size, answer)
			}
		}
	}
}

func TestManyChunksAreNoLongHead(t *testing.T) {
	text := ok + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\na\r\n", longestHead) + "0\r\n\r\n"
	answer, _, err := read(text, 1<<20, false)
	if err != nil || answer.Size != longestHead {
		t.Fatalf("%d, %v", answer.Size, err)
	}
}
