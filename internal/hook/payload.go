package hook

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"snug/internal/charset"
)

// payload is the body of a request, out of its packaging.
type payload struct {
	kind   string                     // the media type
	body   []byte                     // as it was sent
	text   string                     // the body, if it is no JSON
	json   json.RawMessage            // the body, if it is an object or an array
	fields map[string]json.RawMessage // of an object
	isJSON bool                       // the sender says that it is JSON
}

// readPayload finds JSON in a body: as it is, or in the field "payload" of a form. A body
// that is JSON but isn't labelled so is JSON too, since curl calls everything a form.
func readPayload(header http.Header, body []byte) (_ payload, err error) {
	kind, parameters, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		return readMultipart(body, parameters["boundary"])
	}
	p := payload{
		kind:   kind,
		body:   body,
		isJSON: kind == "application/json" || strings.HasSuffix(kind, "+json"),
	}
	if p.text, err = decodeText(body); err != nil {
		if kind == "application/octet-stream" && header.Get("Ce-Type") != "" { // the data of an event
			return p, nil
		}
		return payload{}, err
	}
	if form, ok := formPayload(p.text); ok && !p.isJSON {
		if form, err = decodeText([]byte(form)); err != nil {
			return payload{}, err
		}
		p.isJSON = true
		return p, p.parse(form, strings.TrimPrefix(p.text, "payload="))
	}
	err = p.parse(p.text)
	if !p.isJSON {
		err = nil
	}
	return p, err
}

// decodeText returns what was sent as a text.
func decodeText(b []byte) (string, error) {
	text, ok := charset.Decode(b)
	if !ok {
		return "", refuse(invalidPayload, "what was sent isn't text in UTF-8: text in another encoding must be converted, and files aren't accepted here")
	}
	return string(text), nil
}

// readMultipart finds JSON in a form as Discord's clients send it along with files, which
// are passed over, and the text in one as curl -F sends it.
func readMultipart(body []byte, boundary string) (payload, error) {
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := form.NextPart()
		if err != nil {
			return payload{}, refuse(noText, `the form has none of the fields "payload_json", "payload", "content" and "text", or ends too early`)
		}
		value, err := io.ReadAll(part) // it is in memory already
		if err != nil {
			return payload{}, refuse(invalidPayload, "the form can't be read: %v", err)
		}
		p := payload{body: value}
		switch name := part.FormName(); name {
		case "payload_json", "payload", "content", "text":
			if p.text, err = decodeText(value); err != nil || name == "content" || name == "text" {
				return p, err
			}
			p.isJSON = true
			return p, p.parse(p.text)
		}
	}
}

// parse takes the first candidate that is JSON.
func (p *payload) parse(candidates ...string) error {
	var err error
	for _, s := range candidates {
		raw := escapeControls(bytes.TrimSpace([]byte(s)))
		var v json.RawMessage
		if e := json.Unmarshal(raw, &v); e != nil {
			if err == nil {
				err = refuse(invalidPayload, "the body is not JSON: %v", e)
			}
			continue
		}
		if raw[0] == '{' || raw[0] == '[' {
			p.json = raw
		}
		if raw[0] == '{' {
			read(raw, &p.fields)
		}
		return nil
	}
	return err
}

// formPayload returns the field "payload" of a form that begins with it. What isn't encoded
// well stays as it is.
func formPayload(body string) (value string, ok bool) {
	if value, ok = strings.CutPrefix(body, "payload="); !ok {
		return "", false
	}
	value, _, _ = strings.Cut(value, "&")
	if s, err := url.QueryUnescape(value); err == nil {
		return s, true
	}
	return value, true
}

// escapeControls escapes control characters in the strings of a JSON text, which is how
// templates that are filled in without an encoder make them: a line break in an alert's
// description, for example.
func escapeControls(b []byte) []byte {
	if bytes.IndexFunc(b, func(r rune) bool { return r < ' ' }) < 0 {
		return b
	}
	const hex = "0123456789abcdef"
	out := make([]byte, 0, len(b)+len(b)/8)
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			inString = !inString
			out = append(out, c)
		case inString && c == '\\' && i+1 < len(b) && b[i+1] >= ' ':
			i++
			out = append(out, c, b[i])
		case inString && c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return out
}
