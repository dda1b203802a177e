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

// client joins a room and counts the messages that it receives, without decoding them.
type client struct {
	ws      *websocket.Conn
	welcome protocol.Welcome
}

// dialer uses little memory for a connection.
var dialer = websocket.Dialer{
	ReadBufferSize: 4096, WriteBufferSize: 512, Subprotocols: []string{protocol.Subprotocol},
	HandshakeTimeout: time.Minute,
	NetDial:          func(network, addr string) (net.Conn, error) { return net.DialTimeout(network, addr, time.Minute) },
}

// join joins a room, and returns after the welcome. since may be nil.
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

// read reads n messages.
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

// page reads a page of history.
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
