package push

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"snug/internal/journal"
	"snug/protocol"
)

// message is what a push tells a browser: docs/protocol.md, "Push".
type message struct {
	Room  string `json:"room"`
	Name  string `json:"name,omitempty"`
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Why   why    `json:"why"`
	From  string `json:"from"`
	Text  string `json:"text,omitempty"`
	Files int    `json:"files,omitempty"`
}

// maxTextChars is how much of a message is pushed.
const maxTextChars = 500

// message returns what is told of an entry.
func (c *cursor) message(e *journal.Entry, body *protocol.MessageBody, w why) message {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	return message{
		Room: c.room, Name: c.name, Epoch: c.epoch, Seq: e.Seq, Why: w,
		From: e.From.Nick, Text: body.Content, Files: len(body.Files),
	}
}

// encode returns m as JSON, with as much of its text as fits into a number of bytes.
func (m message) encode(most int) []byte {
	for chars := maxTextChars; ; chars /= 2 {
		cut := m
		cut.Text = shorten(m.Text, chars)
		var data bytes.Buffer
		encoder := json.NewEncoder(&data)
		encoder.SetEscapeHTML(false) // the page reads it by JSON.parse
		if err := encoder.Encode(cut); err != nil {
			panic("push: encode a message: " + err.Error()) // only for values that JSON doesn't have
		}
		if data.Len() <= most || chars == 0 {
			return bytes.TrimSuffix(data.Bytes(), []byte("\n"))
		}
	}
}

// shorten cuts a text to a number of characters, and shows that.
func shorten(s string, most int) string {
	switch {
	case most == 0:
		return ""
	case utf8.RuneCountInString(s) <= most:
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
