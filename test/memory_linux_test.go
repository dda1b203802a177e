package test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stream is what a client sends without end: a beginning, and then the same bytes over and
// over.
type stream struct {
	name         string
	operator     bool // to the operator's port
	begin, again string
	refused      bool // the server has to end the connection, and not read on
	costly       bool // the server does something for every few bytes
}

// offered is how many bytes each of some connections offers.
func (c stream) offered() int64 {
	if c.costly {
		return streamOffered / 32
	}
	return streamOffered
}

const (
	streamAtOnce  = 8        // connections
	streamOffered = 24 << 20 // bytes in each of these, or in as many, one after another, as that takes…
	streamTries   = 40       // …or this many
	// A connection whose client is refused takes what the kernel buffers on both sides, and
	// no more.
	mostAfterRefusal = 20 << 20
)

// rawFrame is a client's frame, masked with zeros, with any first byte.
func rawFrame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n <= 125:
		head = append(head, 0x80|byte(n))
	case n <= 0xffff:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	return string(head) + "\x00\x00\x00\x00" + payload
}

// TestMemoryIsBoundedWhateverIsSent: on every way into the server, clients send without
// end. Its memory grows by a small part of what they send, however much that is, and a
// client that is refused is not read on.
func TestMemoryIsBoundedWhateverIsSent(t *testing.T) {
	const host = "Host: snug\r\n"
	upgrade := "GET /ws?roomCode=room HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	v1 := upgrade + "Sec-WebSocket-Protocol: snug.v1\r\n\r\n"
	plain := upgrade + "\r\n"
	kib := strings.Repeat("x", 1024)
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	multipart := "Content-Type: multipart/form-data; boundary=b\r\n"
	huge := fmt.Sprintf("Content-Length: %d\r\n\r\n", int64(1)<<40)
	chunks := "Transfer-Encoding: chunked\r\n\r\n"
	chunk := "400\r\n" + kib + "\r\n"

	for _, c := range []stream{
		{name: "after a refused frame", begin: v1 + "\xff\xff", again: kib, refused: true},
		{name: "the payload of a frame that is too large", begin: v1 + "\x82\xff\x3f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", again: kib, refused: true},
		{name: "after text that is not UTF-8", begin: v1 + rawFrame(0x81, "\xff"), again: rawFrame(0x81, kib), refused: true},
		{name: "after a close", begin: v1 + rawFrame(0x88, "\x03\xe8"), again: rawFrame(0x81, kib), refused: true},
		{name: "fragments of one message", begin: v1 + rawFrame(0x01, "x"), again: rawFrame(0x00, kib), refused: true},
		{name: "fragments of no bytes", begin: v1 + rawFrame(0x01, ""), again: rawFrame(0x00, ""), costly: true},
		{name: "noise as frames", begin: plain, again: "\x93\x17\xe4\x00\xff\x81\x7f\xfe\x02", refused: true},
		{name: "binary messages", begin: v1, again: rawFrame(0x82, kib), refused: true},
		{name: "messages that are no JSON", begin: v1, again: rawFrame(0x81, kib), refused: true},
		{name: "plain messages that are no JSON", begin: plain, again: rawFrame(0x81, kib), refused: true},
		{name: "plain messages", begin: plain, again: rawFrame(0x81, `{"Author":"a","Content":"`+contents+`"}`), refused: true},
		{name: "pings", begin: v1, again: rawFrame(0x89, kib[:100]), costly: true},
		{name: "a request line", begin: "GET /", again: kib, refused: true},
		{name: "a header", begin: "GET / HTTP/1.1\r\n" + host + "X: ", again: kib, refused: true},
		{name: "headers", begin: "GET /ws?roomCode=room HTTP/1.1\r\n" + host, again: "X: y\r\n", refused: true},
		{name: "noise as a request", begin: "", again: "\x16\x03\x01\xff\x00\r\n\x00", refused: true},
		{name: "a body to the page", begin: "POST / HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
		{name: "a body in chunks to the page", begin: "POST /r/room HTTP/1.1\r\n" + host + chunks, again: chunk, refused: true},
		{name: "a body to the WebSocket", begin: "GET /ws?roomCode=room HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
		{name: "chunks to the WebSocket", begin: upgrade + chunks, again: chunk, refused: true},
		{name: "one chunk's extension", begin: "POST / HTTP/1.1\r\n" + host + chunks + "1;", again: kib, refused: true},
		{name: "a body to a hook", begin: "POST /hooks/none HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
		{name: "chunks to a hook", begin: "POST /hooks/none HTTP/1.1\r\n" + host + chunks, again: chunk, refused: true},
		{name: "a join over HTTP", begin: "POST /r/room/events HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
		{name: "a command over HTTP", begin: "POST /r/room/commands HTTP/1.1\r\n" + host + "Snug-Seat: x\r\n" + chunks, again: chunk, refused: true},
		{name: "what follows the request for a stream", begin: "GET /r/room/events HTTP/1.1\r\n" + host + "\r\n", again: kib, refused: true},
		{name: "messages over HTTP", begin: "", again: "POST /r/room HTTP/1.1\r\n" + host + "Content-Length: 1\r\n\r\nx", costly: true},
		{name: "requests", begin: "", again: "GET /healthz HTTP/1.1\r\n" + host + "\r\n", costly: true},

		{name: "a body to the operator's port", operator: true, begin: "POST /prune HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
		{name: "a form to the operator's port", operator: true, begin: "POST /prune HTTP/1.1\r\n" + host + form + huge, again: "a=" + kib + "&", refused: true},
		{name: "a form in chunks to the operator's port", operator: true, begin: "POST /erase HTTP/1.1\r\n" + host + form + chunks, again: chunk, refused: true},
		{name: "a file to the operator's port", operator: true, begin: "POST /prune HTTP/1.1\r\n" + host + multipart + huge + "--b\r\nContent-Disposition: form-data; name=\"keep\"\r\n\r\n", again: kib, refused: true},
		{name: "a header to the operator's port", operator: true, begin: "GET /metrics HTTP/1.1\r\n" + host + "X: ", again: kib, refused: true},
		{name: "a body to the metrics", operator: true, begin: "GET /metrics HTTP/1.1\r\n" + host + huge, again: kib, refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "--admin=127.0.0.1:0")
			s.broken = true // what it logs of this is not the subject
			p := s.start()
			addr := s.address()
			if c.operator {
				addr = strings.TrimPrefix(p.operator(t), "http://")
			}
			s.enter(t, "room") // what the first client takes is not what is measured
			c.pour(t, addr)    // nor what is made once
			before := peak(t, p)
			var sent int64
			for range 2 {
				sent += c.pour(t, addr)
			}
			grown := peak(t, p) - before
			t.Logf("%d MiB sent, %d KiB more memory", sent>>20, grown>>10)
			if grown > max(sent, 64<<20)/4 {
				t.Errorf("for %d MiB that are sent, the memory grows by %d MiB", sent>>20, grown>>20)
			}
			var l line
			eventually(t, "somebody else connects, once so many connections from this address are no longer too many", func() bool {
				var err error
				l, err = s.dial(within(t), "another")
				return err == nil
			})
			s.join(t, l)
		})
	}
}

// pour sends the stream over several connections, and returns how much was taken.
func (c stream) pour(t *testing.T, addr string) (sent int64) {
	t.Helper()
	var all sync.WaitGroup
	var total atomic.Int64
	for range streamAtOnce {
		all.Go(func() {
			for offered, tries := int64(0), 0; offered < c.offered() && tries < streamTries; tries++ {
				n, ended, err := c.pourOnce(addr, c.offered()-offered)
				if err != nil {
					t.Error(err)
					return
				}
				if c.refused && n > mostAfterRefusal && !ended {
					t.Errorf("after %d MiB the server still reads", n>>20)
					return
				}
				offered += n
				total.Add(n)
			}
		})
	}
	all.Wait()
	return total.Load()
}

// pourOnce sends the stream over a connection until so much is sent, or the server closes
// it or takes no more, and discards what comes back.
func (c stream) pourOnce(addr string, most int64) (sent int64, ended bool, err error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return 0, false, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, false, err
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }() // ends with the connection
	if _, err := io.WriteString(conn, c.begin); err != nil {
		return 0, true, nil // the server may have closed it already
	}
	block := []byte(strings.Repeat(c.again, 1+(64<<10)/len(c.again)))
	for sent < most {
		n, err := conn.Write(block)
		sent += int64(n)
		if err != nil {
			return sent, true, nil // the server has closed it
		}
	}
	return sent, false, nil
}

// peak returns the most memory in bytes that the process has had resident since it was
// asked before.
func peak(t *testing.T, p *process) int64 {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	var kib int64
	if _, err := fmt.Sscan(string(after), &kib); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"clear_refs", []byte("5"), 0); err != nil {
		t.Skipf("NOT TESTED: the server's memory: its peak can't be reset: %v", err)
	}
	return kib << 10
}
