package hook

import (
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"snug/internal/emoji"
)

// ntfyMessage is a message to ntfy (https://docs.ntfy.sh/publish/), as JSON or from headers.
type ntfyMessage struct {
	Title    text       `json:"title"`
	Message  text       `json:"message"`
	Tags     list[text] `json:"tags"`
	Priority text       `json:"priority"`
	Click    text       `json:"click"`
	Attach   text       `json:"attach"`
	Filename text       `json:"filename"`
	Markdown text       `json:"markdown"`
	Actions  list[struct {
		Action text `json:"action"`
		Label  text `json:"label"`
		URL    text `json:"url"`
	}] `json:"actions"`
}

// ntfyHeaders reads ntfy's headers, each of which has short names; ok is false if there are
// none.
func ntfyHeaders(header http.Header, body string) (m ntfyMessage, ok bool) {
	m = ntfyMessage{
		Title:    headerText(header, "X-Title", "Title", "Ti", "T"),
		Priority: headerText(header, "X-Priority", "Priority", "Prio", "P"),
		Click:    headerText(header, "X-Click", "Click"),
		Attach:   headerText(header, "X-Attach", "Attach", "A"),
		Filename: headerText(header, "X-Filename", "Filename", "File", "F"),
		Markdown: headerText(header, "X-Markdown", "Markdown", "Md"),
	}
	if httpPriority.MatchString(string(m.Priority)) {
		m.Priority = ""
	}
	tags := headerText(header, "X-Tags", "Tags", "Tag", "Ta")
	for t := range strings.SplitSeq(string(tags), ",") {
		m.Tags = append(m.Tags, text(strings.TrimSpace(t)))
	}
	ok = m.Title+m.Priority+m.Click+m.Attach+m.Markdown+tags != ""
	if m.Message = text(body); strings.TrimSpace(body) == "" {
		m.Message = headerText(header, "X-Message", "Message", "M")
	}
	if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind == "text/markdown" {
		m.Markdown = "yes"
	}
	return m, ok
}

// httpPriority matches what HTTP itself uses the header Priority for (RFC 9218).
var httpPriority = regexp.MustCompile(`^(?:u=\d.*|i)$`)

// headerText returns the first of the headers that is there, decoded as RFC 2047 says. What isn't UTF-8 is ISO 8859-1,
// as HTTP has had it (RFC 9110, section 5.5), and as Python's clients send it.
func headerText(header http.Header, names ...string) text {
	for _, name := range names {
		value := header.Get(name)
		if value == "" {
			continue
		}
		var decoder mime.WordDecoder
		if decoded, err := decoder.DecodeHeader(value); err == nil {
			value = decoded
		}
		if !utf8.ValidString(value) {
			var runes []rune
			for _, b := range []byte(value) {
				runes = append(runes, rune(b))
			}
			value = string(runes)
		}
		return text(value)
	}
	return ""
}

func decodeNtfy(body json.RawMessage) (Message, error) {
	var m ntfyMessage
	read(body, &m)
	return m.decode()
}

func (m ntfyMessage) decode() (Message, error) {
	var symbols, words []string
	for _, t := range m.Tags {
		if found := emoji.Named(string(t)); found != "" {
			symbols = append(symbols, found)
		} else if t = text(oneLine(string(t))); t != "" {
			words = append(words, codeSpan(string(t)))
		}
	}
	switch m.Priority {
	case "5", "max", "urgent":
		symbols = append([]string{"‼️"}, symbols...)
	case "4", "high":
		symbols = append([]string{"❗"}, symbols...)
	}
	message := endBlocks(plain(string(m.Message)))
	if isTrue(m.Markdown) {
		message = lines(string(m.Message)) + "\n" // what follows is not of its last list
	}
	if strings.TrimSpace(message) == "" && m.Title == "" && m.Attach == "" {
		return Message{}, refuse(noText, "the message is empty: it needs a body, or a title")
	}
	heading := bold(inline(string(m.Title)))
	if heading == "" && !beginsBlock(message) {
		heading, message = message, ""
	}
	links := []string{}
	if m.Click != "" {
		links = append(links, link("", string(m.Click)))
	}
	if m.Attach != "" {
		links = append(links, link(first(m.Filename, "Attachment"), string(m.Attach)))
	}
	for _, a := range m.Actions {
		if a.Action == "view" {
			links = append(links, link(string(a.Label), string(a.URL)))
		}
	}
	return Message{Content: join("\n",
		join(" ", strings.Join(symbols, " "), heading),
		message,
		join(" · ", links...),
		strings.Join(words, " "),
	)}, nil
}

// isTrue reports whether ntfy takes a value for true.
func isTrue(t text) bool {
	switch strings.ToLower(string(t)) {
	case "yes", "true", "1":
		return true
	}
	return false
}
