package convert

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"snug/internal/hook"
)

// messageText returns a text so that it is shown as what its sender does, if it is an action, and else
// isn't taken for one.
func messageText(s string, isAction bool) string {
	switch {
	case isAction && s != "":
		return "/me " + s
	case strings.HasPrefix(s, "/me "):
		return `\` + s
	}
	return s
}

// fileLine is what stands for a file: a link to it, or its name.
func fileLine(name, address string) string {
	shown := hook.Link(name, address)
	if !strings.HasPrefix(shown, "[") {
		return "[" + shown + "]"
	}
	return shown
}

// markdownWithEmoji replaces the :names: of emoji in Markdown by emoji, but not in code and
// addresses.
func markdownWithEmoji(s string) string {
	var b strings.Builder
	fence := ""
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			b.WriteString(line)
		case strings.HasPrefix(trimmed, "```"):
			fence = "```"
			b.WriteString(line)
		default:
			lineWithEmoji(&b, line)
		}
	}
	return b.String()
}

// lineWithEmoji is markdownWithEmoji for a line.
func lineWithEmoji(b *strings.Builder, line string) {
	for {
		before, rest, found := strings.Cut(line, "`")
		if !found {
			proseWithEmoji(b, line)
			return
		}
		ticks := "`" + rest[:len(rest)-len(strings.TrimLeft(rest, "`"))]
		code := rest[len(ticks)-1:]
		end := strings.Index(code, ticks)
		if end < 0 { // it is no code
			proseWithEmoji(b, line)
			return
		}
		proseWithEmoji(b, before)
		b.WriteString(ticks + code[:end+len(ticks)])
		line = code[end+len(ticks):]
	}
}

// address matches an address in a text, or where a link leads. In the latter, the name of an emoji must not
// be replaced behind the end of what the page makes a link of by itself, either.
var address = regexp.MustCompile(`(?i)(?:https?://|mailto:)\S+`)

// proseWithEmoji is markdownWithEmoji for what isn't code.
func proseWithEmoji(b *strings.Builder, s string) {
	end := 0
	for _, at := range address.FindAllStringIndex(s, -1) {
		b.WriteString(hook.WithEmoji(s[end:at[0]]) + s[at[0]:at[1]])
		end = at[1]
	}
	b.WriteString(hook.WithEmoji(s[end:]))
}

// encodePlainly returns v as JSON, in which < and > stay as they are.
func encodePlainly(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
