package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"snug/protocol"
)

// client is one that joins and counts what it is replayed; it looks at no message
// more closely than it must.
type client struct {
	ws      *websocket.Conn
	welcome protocol.Welcome
}

// dialer takes few bytes for a connection.
var dialer = websocket.Dialer{
	ReadBufferSize: 4096, WriteBufferSize: 512, Subprotocols: []string{protocol.Subprotocol},
	HandshakeTimeout: time.Minute,
	NetDial:          func(network, addr string) (net.Conn, error) { return net.DialTimeout(network, addr, time.Minute) },
}

// join joins a room and returns when it is welcomed. since may be nil.
func join(addr, room string, since *protocol.Position, history int) (*client, error) {
	ws, _, err := dialer.Dial("ws://"+addr+"/ws?roomCode="+room, nil)
	if err != nil {
		return nil, err
	}
	c := &client{ws: ws}
	q, err := json.Marshal(protocol.Command{Type: protocol.CommandJoin, Nick: "c", Since: since, History: &history})
	if err == nil {
		err = ws.WriteMessage(websocket.TextMessage, q)
	}
	for err == nil && c.welcome.Epoch == "" {
		var frame []byte
		if _, frame, err = ws.ReadMessage(); err == nil {
			err = json.Unmarshal(frame, &c.welcome)
		}
	}
	if err != nil {
		ws.Close()
		return nil, err
	}
	return c, nil
}

// read reads log events until it has n of them.
func (c *client) read(n int) error {
	for n > 0 {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		if bytes.HasPrefix(frame, []byte(`{"type":"message"`)) {
			n--
		}
	}
	return nil
}

// page asks for a page of history and waits for it.
func (c *client) page(before uint64) error {
	ask := fmt.Sprintf(`{"type":"history","ref":"p","before":%d,"limit":50}`, before)
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(ask)); err != nil {
		return err
	}
	for {
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		if bytes.HasPrefix(frame, []byte(`{"type":"history"`)) {
			return nil
		}
	}
}
