package hook

import "encoding/json"

// What follows is for archives of other chats, whose messages have the same markup as what is
// posted to hooks.

// Slack returns the text of a message in Slack's form as Markdown: that of its "text",
// "attachments" and "blocks". It is empty if there is none, and isn't cut.
func Slack(message json.RawMessage) string {
	m, err := decodeSlack(message)
	if err != nil {
		return ""
	}
	return clean(m.Content)
}

// Plain returns Markdown that shows a text as it is, apart from lists, tables, formulas and
// addresses, which may be seen as such.
func Plain(s string) string { return clean(plain(s)) }

// Link returns a link with a text, or the text alone where the address is none that may be
// followed.
func Link(label, to string) string { return link(label, to) }

// WithEmoji replaces the :names: of emoji in a text by emoji.
func WithEmoji(s string) string { return withEmoji(s) }

// Clean drops control characters, white space around a text and at the ends of its lines, and more
// than one empty line in a row. What isn't UTF-8 is replaced.
func Clean(s string) string { return clean(s) }
