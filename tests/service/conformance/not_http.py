"""Requests that are no HTTP, and requests that two servers in a row could read in two ways."""

GET = b"GET /api/v1/items/1 HTTP/1.1\r\nHost: service\r\n"
POST = b"POST /api/v1/login HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n"
SMUGGLED = b"GET /api/v1/items/2 HTTP/1.1\r\nHost: service\r\n\r\n"

NOT_HTTP = {
    "a word": b"hello\r\n\r\n",
    "no version": b"GET /live\r\n\r\n",
    "another protocol": b"GET /live FTP/1.0\r\nHost: service\r\n\r\n",
    "version 3.1": b"GET /live HTTP/3.1\r\nHost: service\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a space in a header's name": GET + b"X Y: z\r\n\r\n",
    "a space before the colon": GET + b"Content-Length : 0\r\n\r\n",
    "a header without a name": GET + b": x\r\n\r\n",
    "a header without a colon": GET + b"nonsense\r\n\r\n",
    "a NUL in a header": GET + b"X-Y: a\x00b\r\n\r\n",
    "a line end in a header": GET + b"X-Y: a\rb\r\n\r\n",
}

TWO_WAYS = {
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "no length": POST + b"Content-Length: x\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "an unknown transfer coding": POST + b"Transfer-Encoding: nonsense\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked, but not at last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a length and chunks": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
}
