package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"snug/internal/websocket"
	"snug/protocol"
)

// stalledBuffer is the size of the receive buffer of a member that reads nothing, in
// bytes.
const stalledBuffer = 4 << 10

// open connects and joins. Unless the member is stalled, its receiver runs afterwards.
func (m *member) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	dialect := m.scanner.dialect
	conn, early, err := m.dialer.dial(ctx, m.from, func(conn net.Conn) ([]byte, error) { return m.request(ctx, conn) })
	if err != nil {
		return err
	}
	m.rest = early
	if tcp, ok := conn.(*net.TCPConn); ok && m.stalled {
		_ = tcp.SetReadBuffer(stalledBuffer) // with a small buffer the server soon has to wait
	}
	if dialect == protocol.V1 {
		err = m.join(ctx, conn)
	}
	if err == nil && m.sender != nil {
		m.sender.message, err = newMessage(m.run.options.Size, dialect, m.sender.number, m.nick)
	}
	if err != nil {
		_ = conn.Close() // the error to return is err
		return err
	}
	m.conn = conn
	if m.stalled {
		m.present.Store(true)
		return nil
	}
	m.run.receiving.Go(m.receive) // now, because the server may expect pongs
	return nil
}

// request asks for what the member reads: a WebSocket, or a stream of events, with which it
// has joined. early is what the server has sent directly after the head of its response.
func (m *member) request(ctx context.Context, conn net.Conn) (early []byte, err error) {
	if m.scanner.dialect != protocol.Stream {
		return m.dialer.handshake(ctx, conn, m.code, m.scanner.dialect)
	}
	join, err := m.encodeJoin()
	if err != nil {
		return nil, err
	}
	return m.dialer.openStream(ctx, conn, m.code, join)
}

// encodeJoin returns the command that joins without history.
func (m *member) encodeJoin() ([]byte, error) {
	none := 0
	join, err := json.Marshal(protocol.Command{Type: protocol.CommandJoin, Nick: m.nick, Token: m.run.options.Token, History: &none})
	if err != nil {
		return nil, fmt.Errorf("write the join: %w", err)
	}
	return join, nil
}

// join joins without history, and waits for the welcome.
func (m *member) join(ctx context.Context, conn net.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // reads and writes fail at once
	defer stop()
	join, err := m.encodeJoin()
	if err != nil {
		return err
	}
	if _, err := conn.Write(websocket.AppendMasked(nil, websocket.OpText, controlMask, join)); err != nil {
		return err
	}
	data, buf := m.rest, make([]byte, 4<<10)
	for {
		f, size, err := cutFrame(data)
		if err != nil {
			return err
		}
		if size > len(data) {
			n, err := conn.Read(buf)
			if err != nil {
				return err
			}
			data = append(data, buf[:n]...)
			continue
		}
		data = data[size:]
		switch f.op {
		case websocket.OpClose:
			return errors.New("the server closed the connection before its welcome")
		case websocket.OpText:
			e, err := protocol.DecodeEvent(f.payload)
			if err != nil {
				return err
			}
			switch e := e.(type) {
			case *protocol.Error:
				return e
			case *protocol.Welcome:
				m.rest = bytes.Clone(data)
				m.messageRate = e.Limits.MessageRate
				return nil
			}
		}
	}
}
