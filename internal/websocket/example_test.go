package websocket_test

import (
	"fmt"

	"snug/internal/websocket"
)

// Several frames in one slice can be sent by one write.
func ExampleAppendFrame() {
	frames := websocket.AppendFrame(nil, websocket.OpText, []byte(`{"type":"pong"}`))
	frames = websocket.AppendClose(frames, 1001, "")
	fmt.Printf("%q\n", frames)
	// Output:
	// "\x81\x0f{\"type\":\"pong\"}\x88\x02\x03\xe9"
}
