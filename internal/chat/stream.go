package chat

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"snug/internal/auth"
	"snug/internal/eventstream"
	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// stream is the language of connections that are the response to an HTTP request: v1 as
// server-sent events. Their clients send nothing; their commands come as requests of
// their own.
type stream struct{}

func (stream) command([]byte) error { return nil } // discard lets none through

func (s stream) refused(e *protocol.Error) []byte {
	return eventstream.Append(nil, eventstream.Event{Type: string(protocol.EventError), Data: protocol.AppendError(nil, e)})
}

func (stream) event(typ protocol.EventType, fields any) []byte {
	return eventstream.Append(nil, eventstream.Event{Type: string(typ), Data: protocol.AppendEvent(nil, typ, fields)})
}

func (stream) ping() []byte { return []byte(eventstream.Heartbeat) }

func (stream) closing(e *ending) []byte { return e.frames }

// streamRetry is how long browsers wait before they open a stream again that was cut.
const streamRetry = "retry: 1000\n\n"

// serveStream answers a request with a stream of the room's events, as which the request
// becomes a connection. welcome makes the first event of how the room was found. The error
// says why there is no stream; then nothing was written.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, h handshake, q room.Request, holder *auth.Holder, welcome func(protocol.Welcome) any) error {
	if status, wait, reason := s.accept(&h); reason != "" {
		e := protocol.Errorf(protocol.TooMany, "%s", reason)
		if status == http.StatusServiceUnavailable {
			e.Code = protocol.Unavailable
		}
		e.RetryAfter = wait
		return e
	}
	c := newConn(s, h)
	c.writing.Lock() // nothing is written before the head of the response
	found, err := c.enter(q, holder)
	if err != nil {
		c.abandon()
		return err
	}
	header := w.Header()
	header.Set("Content-Type", eventstream.ContentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would collect events
	conn, head, pump, err := takeOver(w, r)
	if err != nil {
		c.abandon()
		return err
	}
	first := eventstream.AppendAt(append(head, streamRetry...), found.Epoch, c.me.Cursor.Started(), eventstream.Event{
		Type: string(protocol.EventWelcome), Data: protocol.AppendEvent(nil, protocol.EventWelcome, welcome(found)),
	})
	c.open(websocket.Upgraded{Conn: conn})
	c.out.attach(c.me, first)
	c.writing.Unlock()
	c.start(nil)
	pump()
	return nil
}

// takeOver returns the connection that a response is written to: that of the request, to
// which head has to be written first, or one whose bytes pump writes to w until either
// end has closed. The caller calls pump in the end, also where it does nothing.
func takeOver(w http.ResponseWriter, r *http.Request) (conn net.Conn, head []byte, pump func(), err error) {
	control := http.NewResponseController(w)
	if r.ProtoMajor == 1 {
		if conn, _, err := control.Hijack(); err == nil {
			_ = conn.SetDeadline(time.Time{}) // what net/http has set; fails only on a closed connection
			return conn, responseHead(w.Header()), func() {}, nil
		}
	}
	for _, set := range []func(time.Time) error{control.SetReadDeadline, control.SetWriteDeadline} {
		_ = set(time.Time{}) // where there are no deadlines, none has to be removed
	}
	w.WriteHeader(http.StatusOK)
	if err := control.Flush(); err != nil {
		return nil, nil, nil, err
	}
	near, far := net.Pipe()
	p := &streamPipe{Conn: near, response: control}
	return p, nil, func() {
		defer p.answered()
		copyFlushing(r.Context(), w, control, far)
	}, nil
}

// responseHead returns the head of a response that ends with its connection (RFC 9112,
// section 6.3).
func responseHead(h http.Header) []byte {
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\nDate: " + time.Now().UTC().Format(http.TimeFormat) + "\r\n")
	_ = h.Write(&head) // a buffer takes everything
	head.WriteString("\r\n")
	return head.Bytes()
}

// copyFlushing copies what is written to the other end of a pipe, without delay, until an
// end closes or ctx ends.
func copyFlushing(ctx context.Context, w io.Writer, control *http.ResponseController, from net.Conn) {
	defer from.Close()
	stop := context.AfterFunc(ctx, func() { _ = from.Close() }) // never fails
	defer stop()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return
		}
		if err := control.Flush(); err != nil {
			return
		}
	}
}

// streamPipe is a pipe to a response. One direction can be closed, as that of a socket: the
// other has no use.
type streamPipe struct {
	net.Conn

	mu       sync.Mutex
	response *http.ResponseController // nil once the request has ended
}

// CloseWrite closes the pipe. What was written to it has been read.
func (p *streamPipe) CloseWrite() error { return p.Close() }

// Close closes the pipe. What was read from it is written for a moment more: a client that
// reads nothing would have the request last forever.
func (p *streamPipe) Close() error {
	err := p.Conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.response != nil {
		_ = p.response.SetWriteDeadline(time.Now().Add(lingerTime)) // as in takeOver
	}
	return err
}

// answered notes that the request has ended: its response may not be used any more.
func (p *streamPipe) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.response = nil
}
