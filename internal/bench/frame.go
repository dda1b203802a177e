package bench

import (
	"errors"
	"fmt"

	"snug/internal/websocket"
)

// maxFrame is more than any message of a run needs, and little enough to allocate.
const maxFrame = 16 << 20

// frame is one WebSocket frame. Its payload is part of the buffer that it was read into.
type frame struct {
	op      websocket.Opcode
	final   bool
	payload []byte
}

var errOrder = errors.New("a continuation frame without a message to continue, or a new message within the fragments of another")

// cutFrame parses the frame at the start of data. size is its length in bytes. If data
// doesn't contain all of it, f is empty, and size is a lower bound above the length of data.
func cutFrame(data []byte) (f frame, size int, err error) {
	h, head, err := websocket.ParseHeader(data, websocket.FromServer)
	switch {
	case err != nil:
		return frame{}, 0, err
	case head == 0:
		return frame{}, len(data) + 1, nil
	case h.Length > maxFrame:
		return frame{}, 0, fmt.Errorf("a frame has %d bytes: at most %d are accepted", h.Length, maxFrame)
	}
	if size = head + int(h.Length); len(data) < size {
		return frame{}, size, nil
	}
	return frame{h.Opcode, h.Final, data[head:size]}, size, nil
}
