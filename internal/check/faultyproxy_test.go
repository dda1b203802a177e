package check

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

// faultyProxy forwards frames between clients and a real server, and injects faults
// that a server must not have.
type faultyProxy struct {
	t      testing.TB
	url    string // for clients
	to     string // the server's
	faults injections
	left   atomic.Int64 // how many faults it will still inject
	done   atomic.Int64 // how many it has injected
	client *http.Client // for the requests of clients that use HTTP
	pumps  sync.WaitGroup
}

// injections are the faults of a faultyProxy. Each function returns the frames to
// forward in place of the one that it gets; a nil function forwards all.
type injections struct {
	event   func(l *link, frame []byte, e *protocol.Event) [][]byte   // to a client
	history func(l *link, frame []byte, e *protocol.History) [][]byte // to a client
	refusal func(e *protocol.Error)                                   // to a client; always forwarded
	send    func(l *link, frame []byte, c protocol.Command) [][]byte  // to the server
}

// link is one connection through a faultyProxy.
type link struct {
	*faultyProxy
	near, far *websocket.Conn
	answer    http.ResponseWriter // instead of near and far, over HTTP
	member    string              // the client's
	head      uint64              // the last event of the replay
	held      []byte              // a frame that waits for the next one
	deaf      bool                // it gets no more events
}

// newFaultyProxy starts a proxy in front of a server and does the fault so often.
func newFaultyProxy(t testing.TB, server string, times int64, f injections) *faultyProxy {
	t.Helper()
	m := &faultyProxy{t: t, to: server, faults: f, client: &http.Client{Transport: new(http.Transport)}}
	m.left.Store(times)
	front := httptest.NewServer(m)
	m.url = front.URL
	t.Cleanup(func() {
		front.Close()
		m.pumps.Wait()
		m.client.CloseIdleConnections()
	})
	return m
}

func (m *faultyProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.pumps.Add(1)
	defer m.pumps.Done()
	if r.Method == http.MethodPost {
		m.forward(w, r)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	far, _, err := websocket.Dial(ctx, m.to+r.URL.RequestURI(), &websocket.DialOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		http.Error(w, "the server is away", http.StatusBadGateway)
		return
	}
	defer func() { _ = far.CloseNow() }()
	near, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	defer func() { _ = near.CloseNow() }()
	far.SetReadLimit(maxFrameBytes)
	l := &link{faultyProxy: m, near: near, far: far}
	up := make(chan struct{})
	go func() {
		defer close(up)
		defer cancel()
		pump(ctx, near, far, l.toServer)
	}()
	pump(ctx, far, near, l.toClient)
	cancel()
	<-up
}

// pump passes frames on until either side ends.
func pump(ctx context.Context, from, to *websocket.Conn, change func([]byte) [][]byte) {
	for {
		_, frame, err := from.Read(ctx)
		if err != nil {
			return
		}
		for _, f := range change(frame) {
			if to.Write(ctx, websocket.MessageText, f) != nil {
				return
			}
		}
	}
}

func (l *link) toClient(frame []byte) [][]byte {
	e, err := protocol.DecodeEvent(frame)
	if err != nil {
		l.t.Errorf("the server sent %s: %v", frame, err)
	}
	switch e := e.(type) {
	case *protocol.Welcome:
		l.member, l.head = e.You.Member.Member, e.Head
	case *protocol.Event:
		if l.faults.event != nil {
			return l.faults.event(l, frame, e)
		}
	case *protocol.Error:
		if l.faults.refusal != nil {
			l.faults.refusal(e)
		}
	case *protocol.History:
		if l.faults.history != nil {
			return l.faults.history(l, frame, e)
		}
	}
	return [][]byte{frame}
}

func (l *link) toServer(frame []byte) [][]byte {
	c, err := protocol.DecodeCommand(frame)
	if err != nil {
		l.t.Errorf("a client sent %s: %v", frame, err)
	}
	if c.Type == protocol.CommandSend && l.faults.send != nil {
		return l.faults.send(l, frame, c)
	}
	return [][]byte{frame}
}

// inject reports whether to inject a fault now, and counts it.
func (m *faultyProxy) inject() bool {
	if m.left.Add(-1) < 0 {
		return false
	}
	m.done.Add(1)
	return true
}

// pair returns a fault in two consecutive live events on one connection, both from
// other members.
func pair(do func(l *link, first, second []byte) [][]byte) injections {
	return injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		usable := e.Seq > l.head && e.From.Member != l.member
		if held := l.held; held != nil {
			l.held = nil
			if usable && l.inject() {
				return do(l, held, frame)
			}
			return [][]byte{held, frame}
		}
		if usable && l.left.Load() > 0 {
			l.held = frame
			return nil
		}
		return [][]byte{frame}
	}}
}

// single returns a fault in one live event from another member.
func single(do func(l *link, frame []byte, e *protocol.Event) [][]byte) injections {
	return injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		if e.Seq > l.head && e.From.Member != l.member && l.inject() {
			return do(l, frame, e)
		}
		return [][]byte{frame}
	}}
}

// sending returns a fault in a message to the server.
func sending(do func(l *link, frame []byte, c protocol.Command) [][]byte) injections {
	return injections{send: func(l *link, frame []byte, c protocol.Command) [][]byte {
		if l.inject() {
			return do(l, frame, c)
		}
		return [][]byte{frame}
	}}
}

// reading returns a fault in a page of the log.
func reading(do func(page *protocol.History)) injections {
	return injections{history: func(l *link, frame []byte, h *protocol.History) [][]byte {
		if len(h.Events) < 10 || !l.inject() {
			return [][]byte{frame}
		}
		do(h)
		return [][]byte{protocol.AppendHistory(nil, h.Ref, h.Events, h.More)}
	}}
}

// send sends the client a frame of the proxy itself.
func (l *link) send(frame []byte) {
	if l.answer != nil {
		_, _ = l.answer.Write(frame) // the client may be gone
		return
	}
	_ = l.near.Write(context.Background(), websocket.MessageText, frame) // the client may be gone
}

func spoil(frame []byte) []byte {
	return bytes.Replace(frame, []byte(`"content":"check `), []byte(`"content":"chekc `), 1)
}

func renumber(t testing.TB, frame []byte, seq uint64) []byte {
	t.Helper()
	var e protocol.Event
	if err := json.Unmarshal(frame, &e); err != nil {
		t.Error(err)
	}
	e.Seq = seq
	return e.AppendJSON(nil)
}

func seqOf(t testing.TB, frame []byte) uint64 {
	t.Helper()
	var e protocol.Event
	if err := json.Unmarshal(frame, &e); err != nil {
		t.Error(err)
	}
	return e.Seq
}

func encoded(t testing.TB, c protocol.Command) []byte {
	t.Helper()
	frame, err := json.Marshal(c)
	if err != nil {
		t.Error(err)
	}
	return frame
}
