package test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
)

// handshake returns a connection that is upgraded to v1 and no more, with a small
// buffer: what a client of no library's would have.
func handshake(addr, room string) (*net.TCPConn, error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	conn := c.(*net.TCPConn)
	if err := conn.SetReadBuffer(4096); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /ws?roomCode=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: snug.v1\r\n\r\n", room, addr)
	if err != nil {
		return nil, err
	}
	// A byte at a time, so that nothing after the head is taken.
	resp, err := http.ReadResponse(bufio.NewReaderSize(oneByte{conn}, 16), nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("the upgrade was answered with %s", resp.Status)
	}
	return conn, nil
}

type oneByte struct{ net.Conn }

func (o oneByte) Read(b []byte) (int, error) { return o.Conn.Read(b[:1]) }

// masked is text as a client's frame (RFC 6455, section 5.2), masked with zeros.
func masked(text string) []byte {
	frame := []byte{0x81}
	if len(text) <= 125 {
		frame = append(frame, 0x80|byte(len(text)))
	} else {
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(len(text)))
	}
	frame = append(frame, 0, 0, 0, 0)
	return append(frame, text...)
}

// frame reads what the server sends next (RFC 6455, section 5.2).
func frame(in io.Reader) (opcode byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	if long := map[byte]int{126: 2, 127: 8}[head[1]]; long > 0 {
		more := make([]byte, 8)
		if _, err := io.ReadFull(in, more[8-long:]); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(more)
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(in, payload)
	return head[0] & 0xf, payload, err
}

// nextOf reads events until one of a type comes. Pings aren't answered.
func nextOf(in io.Reader, typ string) (e event, err error) {
	for err == nil && e.Type != typ {
		var opcode byte
		var payload []byte
		if opcode, payload, err = frame(in); err == nil && opcode == 1 {
			e = event{}
			err = json.Unmarshal(payload, &e)
		}
	}
	return e, err
}
