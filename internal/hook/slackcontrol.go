package hook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"snug/internal/emoji"
)

var entities = [...]struct{ written, means string }{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}

var unescapeEntities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// control converts what stands between angle brackets: an address, a channel, a user, or a
// special mention. Anything else, such as HTML, is not Slack's.
func control(s string) (markdown string, ok bool) {
	target, label, labelled := strings.Cut(s, "|")
	target, label = unescapeEntities.Replace(strings.TrimSpace(target)), unescapeEntities.Replace(strings.TrimSpace(label))
	switch {
	case address.FindString(target) == target && target != "":
		return link(label, target), true
	case strings.HasPrefix(target, "#C"), strings.HasPrefix(target, "@U"), strings.HasPrefix(target, "@W"):
		if label == "" {
			label = target[1:]
		}
		return target[:1] + inline(strings.TrimLeft(label, "#@")), true
	case strings.HasPrefix(target, "!date^"):
		return inline(label), labelled
	case strings.HasPrefix(target, "!subteam^"):
		return "@" + inline(strings.TrimPrefix(first(label, strings.TrimPrefix(target, "!subteam^")), "@")), true
	case specialMention.MatchString(target):
		return "@" + target[1:], true
	}
	return "", false
}

var specialMention = regexp.MustCompile(`^!(?:here|channel|everyone|group)$`)

// unmark returns the text of something that Slack shows as code: links and mentions are
// their text in it, and entities are what they stand for.
func unmark(s string) string {
	return unescapeEntities.Replace(controls.ReplaceAllStringFunc(s, func(c string) string {
		target, label, labelled := strings.Cut(c[1:len(c)-1], "|")
		if labelled {
			return label
		}
		return target
	}))
}

var controls = regexp.MustCompile(`<(?:(?i:https?://|mailto:)|[#@][CUW][A-Z0-9]|!date\^)[^<>]*>`)

// mrkdwnPlain converts a text in which Slack knows links and emoji, but no marks, as in the
// title of an attachment.
func mrkdwnPlain(s string) string {
	var b strings.Builder
	before := rune(anyMark)
	s = oneLine(s)
	for s != "" {
		t, n := nextToken(s, before)
		after := firstRune(s[n:], anyMark)
		switch r, size := utf8.DecodeRuneInString(s); {
		case t.mark != 0:
			for range t.count {
				if t.count > 1 || means(r, before, after) {
					b.WriteByte('\\')
				}
				b.WriteByte(t.mark)
			}
		case n == size && means(r, before, after):
			b.WriteString(`\` + s[:n])
		default:
			b.WriteString(t.markdown)
		}
		before, _ = utf8.DecodeLastRuneInString(s[:n])
		s = s[n:]
	}
	return b.String()
}

// withEmoji replaces :names: by emoji.
func withEmoji(s string) string {
	var b strings.Builder
	before := ' '
	for i := 0; i < len(s); {
		if s[i] == ':' && !isWord(before) {
			if found, n := emoji.At(s[i:]); n > 0 {
				b.WriteString(found)
				before = unicode.ReplacementChar
				i += n
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(s[i : i+n])
		before = r
		i += n
	}
	return b.String()
}
