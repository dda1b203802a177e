package protocol_test

import (
	"errors"
	"fmt"
	"time"

	"snug/protocol"
)

func ExampleDecodeCommand() {
	c, err := protocol.DecodeCommand([]byte(`{"type":"send","id":"m-1","content":"hello"}`))
	fmt.Println(c.Type, c.ID, c.Content, err)

	_, err = protocol.DecodeCommand([]byte(`{"type":"history","ref":"h1","limit":1000}`))
	var refused *protocol.Error
	if errors.As(err, &refused) {
		fmt.Println(string(protocol.AppendError(nil, refused)))
	}
	// Output:
	// send m-1 hello <nil>
	// {"type":"error","code":"bad-field","message":"\"limit\" is 1000: a number of events from 1 to 200","ref":"h1"}
}

func ExampleDecodePlain() {
	m, err := protocol.DecodePlain([]byte(`{"author":"client 1","content":"content1"}`))
	fmt.Println(string(protocol.AppendPlain(nil, m)), err)
	// Output:
	// {"Author":"client 1","Content":"content1"} <nil>
}

func ExampleEvent_AppendJSON() {
	e := protocol.Event{
		Type: protocol.EventMessage,
		Seq:  42,
		ID:   "m-2",
		At:   time.Date(2026, time.March, 1, 12, 0, 0, 250e6, time.UTC),
		From: protocol.Member{Member: "m1", Nick: "ada", Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: "hello back", ReplyTo: 41}.Encode(),
	}
	fmt.Println(string(e.AppendJSON(nil)))
	// Output:
	// {"type":"message","seq":42,"id":"m-2","at":"2026-03-01T12:00:00.250Z","from":{"member":"m1","nick":"ada","role":"member"},"content":"hello back","reply_to":41}
}
