package check

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"

	"snug/protocol"
)

// connection is a connection that has sent its join. One goroutine reads, and one writes.
type connection interface {
	// read reads the next event. It returns nil for one of an unknown type.
	read(ctx context.Context) (any, error)
	// write sends a command. If the answer is no event of the connection, write waits for
	// it, and returns it.
	write(ctx context.Context, c protocol.Command) (answer any, err error)
	// close cuts the connection. It is called when nobody reads any more.
	close()
}

// webSocket is a connection over a WebSocket.
type webSocket struct{ conn *websocket.Conn }

func (w webSocket) read(ctx context.Context) (any, error) {
	_, frame, err := w.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	return decode(frame)
}

func (w webSocket) write(ctx context.Context, c protocol.Command) (any, error) {
	frame, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return nil, w.conn.Write(ctx, websocket.MessageText, frame)
}

func (w webSocket) close() { _ = w.conn.CloseNow() } // without a close frame: the server must cope with that

func decode(data []byte) (any, error) {
	e, err := protocol.DecodeEvent(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return e, nil
}
