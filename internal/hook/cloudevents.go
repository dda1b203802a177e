package hook

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cloudEvent is an event in the structured mode of CloudEvents 1.0
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
type cloudEvent struct {
	Type       text            `json:"type"`
	Source     text            `json:"source"`
	Subject    text            `json:"subject"`
	Data       json.RawMessage `json:"data"`
	DataBase64 text            `json:"data_base64"`
}

// decodeCloudEvents decodes one event, or a batch of them.
func decodeCloudEvents(body json.RawMessage) (Message, error) {
	var events list[cloudEvent]
	_ = events.UnmarshalJSON(body)
	var parts []string
	for _, e := range events {
		if e.Type == "" {
			return Message{}, refuse(invalidPayload, `the event has no "type": it needs one such as "com.example.backup.done"`)
		}
		parts = append(parts, e.markdown(e.dataBlock()))
	}
	if len(parts) == 0 {
		return Message{}, refuse(noText, "the batch has no events")
	}
	return Message{Content: strings.Join(parts, "\n")}, nil
}

// decodeBinaryCloudEvent decodes an event whose attributes are headers, and whose data is
// the body (section 3.1 of the HTTP binding).
func decodeBinaryCloudEvent(header http.Header, p payload) (Message, error) {
	attribute := func(name string) text {
		value := header.Get(name)
		if s, err := url.PathUnescape(value); err == nil {
			value = s
		}
		return text(strings.ToValidUTF8(value, "\ufffd"))
	}
	e := cloudEvent{Type: attribute("Ce-Type"), Source: attribute("Ce-Source"), Subject: attribute("Ce-Subject")}
	if e.Type == "" {
		return Message{}, refuse(invalidPayload, "the event has no ce-type: it needs one such as com.example.backup.done")
	}
	data := ""
	switch kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); {
	case p.json != nil:
		data = jsonBlock(p.json)
	case kind == "application/octet-stream":
		data = binary(p.body)
	case strings.TrimSpace(p.text) != "":
		data = codeBlock(p.text, "")
	}
	return Message{Content: e.markdown(data)}, nil
}

func (e cloudEvent) markdown(data string) string {
	line := bold(inline(string(e.Type)))
	if e.Subject != "" {
		line += " " + inline(string(e.Subject))
	}
	if e.Source != "" {
		line += " (" + inline(string(e.Source)) + ")"
	}
	return join("\n", line, data)
}

func (e cloudEvent) dataBlock() string {
	if e.DataBase64 != "" {
		data, err := base64.StdEncoding.DecodeString(string(e.DataBase64))
		if err != nil {
			return ""
		}
		return binary(data)
	}
	switch data := bytes.TrimSpace(e.Data); {
	case len(data) == 0, string(data) == "null":
		return ""
	case data[0] == '"':
		var s text
		_ = s.UnmarshalJSON(data)
		return codeBlock(string(s), "")
	default:
		return jsonBlock(data)
	}
}

// binary returns data that may be text.
func binary(data []byte) string {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return "(" + strconv.Itoa(len(data)) + " bytes)"
	}
	return codeBlock(string(data), "")
}

// jsonBlock returns JSON as a code block, indented unless it is nested so deeply that the
// indentation would be most of it.
func jsonBlock(raw json.RawMessage) string {
	const deepest = 16
	depth, most := 0, 0
	for _, c := range raw { // brackets in strings count too: it is a bound
		switch c {
		case '{', '[':
			depth++
			most = max(most, depth)
		case '}', ']':
			depth--
		}
	}
	var b bytes.Buffer
	if most > deepest || json.Indent(&b, raw, "", "  ") != nil {
		return codeBlock(string(raw), "json")
	}
	return codeBlock(b.String(), "json")
}
