package client

import (
	"context"
	"fmt"

	"github.com/coder/websocket"

	"snug/internal/endpoint"
	"snug/protocol"
)

// webSocket is a link over a WebSocket.
type webSocket struct {
	conn  *websocket.Conn
	alive func() // called when anything was received
}

// dialWebSocket opens a WebSocket and joins. It gives up when ctx ends.
func (d *dialer) dialWebSocket(ctx context.Context, join *command, alive func()) (link, error) {
	ws, resp, err := websocket.Dial(ctx, d.server.RoomURL(d.code).String(), &websocket.DialOptions{ //nolint:bodyclose // Dial has closed it
		HTTPClient:     d.client,
		HTTPHeader:     d.header,
		Subprotocols:   []string{protocol.Subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { alive(); return true },
	})
	switch {
	case err == nil && ws.Subprotocol() == protocol.Subprotocol:
	case err == nil:
		_ = ws.CloseNow() // it is of no use
		return nil, fmt.Errorf("%s doesn't speak %s: is it a Snug server, and a recent one?", d.server, protocol.Subprotocol)
	case resp != nil:
		return nil, refusedError(endpoint.ReadRefusal(resp))
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect to %s: %w", d.server, context.Cause(ctx))
	default:
		return nil, endpoint.Unreachable(d.server, err)
	}
	ws.SetReadLimit(readLimitBeforeWelcome)
	w := &webSocket{ws, alive}
	if _, err := w.write(ctx, join); err != nil {
		w.hangUp()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, explainLoss(err)
	}
	return w, nil
}

func (w *webSocket) next(ctx context.Context) (any, error) {
	_, frame, err := w.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	w.alive()
	return decode(frame)
}

func (w *webSocket) write(ctx context.Context, c *command) (any, error) {
	return nil, w.conn.Write(ctx, websocket.MessageText, c.frame)
}

func (w *webSocket) duplex() bool { return true }

func (w *webSocket) setLimits(l protocol.Limits) {
	w.conn.SetReadLimit(min(max(readLimitBeforeWelcome, int64(l.EventBytes)), maxReadLimit))
}

func (w *webSocket) leave() { _ = w.conn.Close(websocket.StatusNormalClosure, "") } // an error means that it is lost anyway

func (w *webSocket) hangUp() { _ = w.conn.CloseNow() } // it may have ended already
