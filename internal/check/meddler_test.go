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

// meddler stands between clients and a real server and does to their frames what
// a server must not.
type meddler struct {
	t     testing.TB
	url   string // for clients
	to    string // the server's
	does  mischief
	left  atomic.Int64 // how often it still does it
	done  atomic.Int64 // how often it has
	pumps sync.WaitGroup
}

// mischief is what a meddler does wrong. Each function returns the frames to pass on
// in place of the one it gets; nil passes all.
type mischief struct {
	event   func(l *link, frame []byte, e *protocol.Event) [][]byte   // to a client
	history func(l *link, frame []byte, e *protocol.History) [][]byte // to a client
	refusal func(e *protocol.Error)                                   // to a client; always passed on
	send    func(l *link, frame []byte, c protocol.Command) [][]byte  // to the server
}

// link is one connection through the meddler.
type link struct {
	*meddler
	near, far *websocket.Conn
	member    string // whose it is
	head      uint64 // that the replay ends at
	held      []byte // a frame that waits for the next
	deaf      bool   // it is given no more events
}

// meddle stands in front of a server and does the fault so often.
func meddle(t testing.TB, server string, times int64, f mischief) *meddler {
	t.Helper()
	m := &meddler{t: t, to: server, does: f}
	m.left.Store(times)
	front := httptest.NewServer(m)
	m.url = front.URL
	t.Cleanup(func() {
		front.Close()
		m.pumps.Wait()
	})
	return m
}

func (m *meddler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.pumps.Add(1)
	defer m.pumps.Done()
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
	far.SetReadLimit(mostBytes)
	l := &link{meddler: m, near: near, far: far}
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
		if l.does.event != nil {
			return l.does.event(l, frame, e)
		}
	case *protocol.Error:
		if l.does.refusal != nil {
			l.does.refusal(e)
		}
	case *protocol.History:
		if l.does.history != nil {
			return l.does.history(l, frame, e)
		}
	}
	return [][]byte{frame}
}

func (l *link) toServer(frame []byte) [][]byte {
	c, err := protocol.DecodeCommand(frame)
	if err != nil {
		l.t.Errorf("a client sent %s: %v", frame, err)
	}
	if c.Type == protocol.CommandSend && l.does.send != nil {
		return l.does.send(l, frame, c)
	}
	return [][]byte{frame}
}

// now reports whether it is time to do wrong, and counts it.
func (m *meddler) now() bool {
	if m.left.Add(-1) < 0 {
		return false
	}
	m.done.Add(1)
	return true
}

// pair makes a fault of what is done with two live events of others that follow
// each other in one connection, neither of which is the client's own.
func pair(do func(l *link, first, second []byte) [][]byte) mischief {
	return mischief{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		usable := e.Seq > l.head && e.From.Member != l.member
		if held := l.held; held != nil {
			l.held = nil
			if usable && l.now() {
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

// single makes a fault of what is done with one live event of another's.
func single(do func(l *link, frame []byte, e *protocol.Event) [][]byte) mischief {
	return mischief{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		if e.Seq > l.head && e.From.Member != l.member && l.now() {
			return do(l, frame, e)
		}
		return [][]byte{frame}
	}}
}

// sending makes a fault of what is done with a message on its way to the server.
func sending(do func(l *link, frame []byte, c protocol.Command) [][]byte) mischief {
	return mischief{send: func(l *link, frame []byte, c protocol.Command) [][]byte {
		if l.now() {
			return do(l, frame, c)
		}
		return [][]byte{frame}
	}}
}

// reading makes a fault of what is done with a page of the log.
func reading(do func(page *protocol.History)) mischief {
	return mischief{history: func(l *link, frame []byte, h *protocol.History) [][]byte {
		if len(h.Events) < 10 || !l.now() {
			return [][]byte{frame}
		}
		do(h)
		return [][]byte{protocol.AppendHistory(nil, h.Ref, h.Events, h.More)}
	}}
}

// tell tells the client something of the meddler's own.
func (l *link) tell(frame []byte) {
	_ = l.near.Write(context.Background(), websocket.MessageText, frame) // a client that is gone is told nothing
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
