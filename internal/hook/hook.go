// Package hook reads what programs post to an incoming hook: the bodies of Slack,
// Discord, GitHub, GitLab, Gitea, Alertmanager, Grafana, CloudEvents and ntfy, and plain
// text. Each becomes one message in the Markdown that the page shows.
//
// Its functions are pure and safe for concurrent use. Work and memory grow linearly with
// the length of the body, which the caller bounds. No input makes them panic.
package hook

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Message is what a sender's request becomes.
type Message struct {
	// As is the sender's own name, as in Slack's and Discord's "username": one line, not
	// yet checked as a nick, and empty where the sender gave none.
	As string
	// Content is Markdown: UTF-8, not empty, without control characters other than
	// newline and tab, and of at most as many characters as the caller allows.
	Content string
}

// Refusal says why a request can't become a message.
type Refusal struct { //nolint:errname // it is what a sender is answered, with one of Slack's words
	Word   string // one of Slack's: no_text, invalid_payload, action_prohibited
	Detail string // what is wrong, and what would be right
}

func (r *Refusal) Error() string { return r.Word + ": " + r.Detail }

// The words that Slack answers with.
const (
	noText           = "no_text"
	invalidPayload   = "invalid_payload"
	actionProhibited = "action_prohibited"
)

func refuse(word, format string, args ...any) error {
	return &Refusal{Word: word, Detail: fmt.Sprintf(format, args...)}
}

// Decode reads the body of a request. header gives its content type and what some senders
// say in headers: the kind of an event, a title, a signature. If secret isn't empty, the
// request must prove that its sender knows it, in whatever format it is (see [verify]).
// A longer text than maxChars is cut, and says so; 0 is no limit. The error is a *Refusal.
func Decode(header http.Header, body []byte, secret string, maxChars int) (Message, error) {
	if err := verify(header, body, secret); err != nil {
		return Message{}, err
	}
	m, err := decode(header, body)
	if err != nil {
		return Message{}, err
	}
	m.As = oneLine(m.As)
	if m.Content = shorten(clean(m.Content), maxChars); m.Content == "" {
		return Message{}, refuse(noText, "the message has no text to show")
	}
	return m, nil
}

// decode recognises the format. Slack and Discord come first, as Gitea's hooks of these
// types also send the headers of its events.
func decode(header http.Header, body []byte) (Message, error) {
	p, err := readPayload(header, body)
	if err != nil {
		return Message{}, err
	}
	if p.has("text", "attachments") || p.has("blocks") && !p.has("alerts") {
		return decodeSlack(p.json)
	}
	if p.has("content", "embeds") {
		return decodeDiscord(p.json)
	}
	if event, line := forgeEvent(header); line != nil {
		if p.fields == nil {
			return Message{}, refuse(invalidPayload, "the body of event %q is no JSON object", event)
		}
		return Message{Content: line(p.json, event)}, nil
	}
	if p.has("alerts") {
		return decodeAlerts(p.json)
	}
	if header.Get("Ce-Type") != "" {
		return decodeBinaryCloudEvent(header, p)
	}
	if p.has("specversion") || p.kind == "application/cloudevents-batch+json" && p.json != nil {
		return decodeCloudEvents(p.json)
	}
	if p.has("topic") {
		return decodeNtfy(p.json)
	}
	if m, ok := ntfyHeaders(header, p.text); ok {
		return m.decode()
	}
	if p.isJSON {
		return Message{}, p.unknown()
	}
	return Message{Content: p.text}, nil
}

// has reports whether the payload is an object with one of the fields, be it null.
func (p payload) has(fields ...string) bool {
	for _, f := range fields {
		if _, ok := p.fields[f]; ok {
			return true
		}
	}
	return false
}

func (p payload) unknown() error {
	if p.fields == nil {
		return refuse(invalidPayload, `the body is JSON but no object: it needs to be one such as {"text": "hello"}`)
	}
	return refuse(noText, `the object has no field that holds a message: it needs "text", as in {"text": "hello"}, or "attachments", "blocks", "content", "embeds", "alerts", "specversion" or "topic"`)
}

// read fills in v, a pointer to a struct, from an object. Fields of another type than
// expected stay empty.
func read(object json.RawMessage, v any) {
	_ = json.Unmarshal(object, v) // valid JSON, so this is about types: the rest is read all the same
}
