package bench

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"snug/internal/websocket"
	"snug/protocol"
)

// message is a sender's message as a frame, encoded once. From one message to the next
// only the digits of its stamp and its id differ. All messages of a sender have the same
// masking key: masking protects proxies from scripts in a browser (RFC 6455, section
// 10.3), and there are none here.
type message struct {
	frame   []byte
	key     [4]byte
	payload int // offset of the payload in frame
	due     int // offset of the stamp's due time in frame
	id      int // offset of the id in frame; 0 in plain, which has no ids
}

const idDigits = 12

func newMessage(size int, dialect protocol.Dialect, sender int, nick string) (message, error) {
	content := stamp{sender: sender}.append(nil)
	for i := len(content); i < size; i++ {
		content = append(content, byte('a'+i%26))
	}
	id := string(appendDigits(nil, 0, idDigits))
	var payload []byte
	if dialect == protocol.V1 {
		var err error
		payload, err = json.Marshal(protocol.Command{Type: protocol.CommandSend, ID: id, Content: string(content)})
		if err != nil {
			return message{}, fmt.Errorf("encode a message: %w", err)
		}
	} else {
		payload = protocol.AppendPlain(nil, protocol.PlainMessage{Author: nick, Content: string(content)})
	}
	var m message
	_, _ = rand.Read(m.key[:]) // it never fails
	m.frame = websocket.AppendMasked(nil, websocket.OpText, m.key, payload)
	m.payload = len(m.frame) - len(payload)
	m.due = m.payload + bytes.Index(payload, content) + 1
	if dialect == protocol.V1 {
		m.id = m.payload + bytes.Index(payload, []byte(id))
	}
	return m, nil
}

// append appends the frame of the message that was due at due. id counts the sender's
// messages.
func (m *message) append(dst []byte, due int64, id uint64) []byte {
	at := len(dst)
	dst = append(dst, m.frame...)
	frame := dst[at:]
	m.set(frame, m.due, uint64(due), dueDigits)
	if m.id > 0 {
		m.set(frame, m.id, id, idDigits)
	}
	return dst
}

// set writes the last n decimal digits of v at offset at, masked.
func (m *message) set(frame []byte, at int, v uint64, n int) {
	for i := at + n - 1; i >= at; i-- {
		frame[i] = byte('0'+v%10) ^ m.key[(i-m.payload)&3]
		v /= 10
	}
}
