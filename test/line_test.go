package test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
)

// event is any frame from the server, read without the server's own types: a
// fault in those would hide itself.
type event struct {
	Type string `json:"type"`

	Seq     uint64 `json:"seq"`
	ID      string `json:"id"`
	At      string `json:"at"`
	From    member `json:"from"`
	Content string `json:"content"`
	As      string `json:"as"`
	URL     string `json:"url"`
	Member  string `json:"member"`
	Seat    string `json:"seat"`

	Nick    string `json:"nick"`
	Epoch   string `json:"epoch"`
	Head    uint64 `json:"head"`
	Resumed bool   `json:"resumed"`
	You     member `json:"you"`
	Limits  struct {
		ContentChars int     `json:"content_chars"`
		MessageRate  float64 `json:"message_rate"`
	} `json:"limits"`

	Ref    string  `json:"ref"`
	Events []event `json:"events"`
	More   bool    `json:"more"`

	Code             string `json:"code"`
	Message          string `json:"message"`
	ReconnectAfterMS int64  `json:"reconnect_after_ms"`
}

type member struct {
	Member string `json:"member"`
	Nick   string `json:"nick"`
	Seat   string `json:"seat"`
	Role   string `json:"role"`
}

// fields are a command.
type fields map[string]any

// line is a connection: frames in and out, and nothing kept.
type line struct{ ws *websocket.Conn }

// dial connects to a room as a v1 client.
func (s *site) dial(ctx context.Context, room string) (line, error) {
	ws, _, err := websocket.Dial(ctx, "ws://"+s.address()+"/ws?roomCode="+room,
		&websocket.DialOptions{Subprotocols: []string{"snug.v1"}, HTTPClient: s.web})
	if err != nil {
		return line{}, err
	}
	ws.SetReadLimit(-1)
	return line{ws}, nil
}

// cut ends the connection without a word.
func (l line) cut() { _ = l.ws.CloseNow() } // it may have ended

func (l line) send(ctx context.Context, command fields) error {
	frame, err := json.Marshal(command)
	if err != nil {
		return err
	}
	return l.ws.Write(ctx, websocket.MessageText, frame)
}

func (l line) next(ctx context.Context) (event, error) {
	var e event
	_, frame, err := l.ws.Read(ctx)
	if err == nil {
		err = json.Unmarshal(frame, &e)
	}
	return e, err
}

// await returns the next event of a type, passing over the others.
func (l line) await(ctx context.Context, typ string) (event, error) {
	for {
		e, err := l.next(ctx)
		if err != nil || e.Type == typ {
			return e, err
		}
		if e.Type == "error" {
			return e, fmt.Errorf("refused: %s: %s", e.Code, e.Message)
		}
	}
}
