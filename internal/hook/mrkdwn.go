package hook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mrkdwn converts Slack's markup to Markdown: *bold*, _italic_, ~struck~, `code`, fences,
// quotes, <links|with text>, :emoji: and the entities &lt; &gt; &amp;. What many senders
// mix in from Markdown (**bold**, [text](address), lists) stays. Marks that mark up
// nothing in Slack are escaped.
// (https://docs.slack.dev/messaging/formatting-message-text)
func mrkdwn(s string) string {
	const fence = "```"
	var parts []string
	s = lines(s)
	for {
		before, rest, found := strings.Cut(s, fence)
		code, after, closed := strings.Cut(rest, fence)
		if !found || !closed {
			parts = append(parts, mrkdwnLines(s))
			return join("\n", parts...)
		}
		parts = append(parts, mrkdwnLines(strings.Trim(before, "\n")), codeBlock(unmark(code), ""))
		s = strings.TrimLeft(after, "\n")
	}
}

// mrkdwnLines converts text without fences. An empty line ends a quote, which in Markdown
// would go on.
func mrkdwnLines(s string) string {
	var b strings.Builder
	quoted, all := false, false // whether the line before is a quote; whether all that follow are
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		quote := all
		if rest, ok := cutQuote(line); ok {
			quote, line = true, rest
			for range 2 { // >>> quotes what follows
				if rest, ok = cutQuote(line); ok {
					line = rest
				}
			}
			all = all || ok
		}
		switch {
		case quote:
			b.WriteString("> ")
		case quoted && strings.TrimSpace(line) != "":
			b.WriteByte('\n')
		}
		quoted = quote
		item := listItem.FindString(line)
		b.WriteString(item)
		mrkdwnLine(&b, line[len(item):])
	}
	return b.String()
}

func cutQuote(line string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(line, "&gt;"); !ok {
		rest, ok = strings.CutPrefix(line, ">")
	}
	return strings.TrimPrefix(rest, " "), ok
}

// listItem matches the mark of a list's item that both Slack's users and Markdown know.
var listItem = regexp.MustCompile(`^[ \t]*[*-][ \t]+`)

// token is a part of a line: marks of one kind, or Markdown that is ready.
type token struct {
	mark        byte // *, _ or ~; 0 for Markdown
	count       int  // of marks
	markdown    string
	first, last rune // of what the sender wrote
}

func mrkdwnLine(b *strings.Builder, line string) {
	tokens := tokenize(line)
	var closing [128]int       // by mark: the token that ends what is open
	var exhausted [128][3]bool // by mark and count: nothing further in the line ends it
	for i, t := range tokens {
		if t.mark == 0 {
			b.WriteString(t.markdown)
			continue
		}
		before, after := ' ', ' '
		if i > 0 {
			before = tokens[i-1].last
		}
		if i+1 < len(tokens) {
			after = tokens[i+1].first
		}
		standard := t.markdownMark()
		end := &closing[t.mark]
		switch {
		case *end == i && i > 0:
			*end = 0
			b.WriteString(standard)
			continue
		case *end == 0 && standard != "" && !isWord(before) && !isSpace(after) && !exhausted[t.mark][t.count]:
			if *end = closingToken(tokens, i); *end > 0 {
				b.WriteString(standard)
				continue
			}
			exhausted[t.mark][t.count] = true
		}
		for range t.count {
			if t.count > 1 || means(rune(t.mark), before, after) {
				b.WriteByte('\\')
			}
			b.WriteByte(t.mark)
		}
	}
}

// markdownMark returns what Markdown has for a mark of Slack's, or for one of its own;
// empty if it is neither.
func (t token) markdownMark() string {
	switch {
	case t.mark == '_' && t.count == 1:
		return "_"
	case t.mark == '*' && t.count <= 2:
		return "**"
	case t.mark == '~' && t.count <= 2:
		return "~~"
	}
	return ""
}

// closingToken finds the mark that ends what token i begins; 0 if there is none.
func closingToken(tokens []token, i int) int {
	for j := i + 2; j < len(tokens); j++ {
		t := tokens[j]
		if t.mark != tokens[i].mark || t.count != tokens[i].count || isSpace(tokens[j-1].last) {
			continue
		}
		if j+1 == len(tokens) || !isWord(tokens[j+1].first) {
			return j
		}
	}
	return 0
}

// tokenize splits a line. The parts in which marks mean nothing are ready in the tokens.
func tokenize(line string) []token {
	var tokens []token
	last := ' '
	for start := 0; start < len(line); {
		t, n := nextToken(line[start:], last)
		t.first, _ = utf8.DecodeRuneInString(line[start:])
		t.last, _ = utf8.DecodeLastRuneInString(line[start : start+n])
		last = t.last
		tokens = append(tokens, t)
		start += n
	}
	return tokens
}

// nextToken returns the token that s begins with, which is not empty, and its length.
func nextToken(s string, before rune) (token, int) {
	switch s[0] {
	case '*', '_', '~':
		n := len(s) - len(strings.TrimLeft(s, s[:1]))
		return token{mark: s[0], count: n}, n
	case '<':
		if end := strings.IndexAny(s[1:], "<>") + 1; end > 1 && s[end] == '>' {
			if markdown, ok := control(s[1:end]); ok {
				return token{markdown: markdown}, end + 1
			}
		}
	case '`':
		if end := strings.IndexByte(s[1:], '`') + 1; end > 1 {
			return token{markdown: codeSpan(unmark(s[1:end]))}, end + 1
		}
	case ':':
		if emoji, n := emojiAt(s); n > 0 && !isWord(before) {
			return token{markdown: emoji}, n
		}
	case '&':
		for _, e := range entities {
			if strings.HasPrefix(s, e.written) {
				return token{markdown: e.means}, len(e.written)
			}
		}
	}
	if n := addressAt(s, before); n > 0 {
		return token{markdown: unescapeEntities.Replace(s[:n])}, n
	}
	r, n := utf8.DecodeRuneInString(s)
	after, _ := utf8.DecodeRuneInString(s[n:])
	if r == '\\' && means(r, before, after) || r == '`' {
		return token{markdown: `\` + s[:n]}, n
	}
	return token{markdown: s[:n]}, n
}

var entities = [...]struct{ written, means string }{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}

var unescapeEntities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// control converts what stands between angle brackets: an address, a channel, a user, or a
// special mention. Anything else, such as HTML, is not Slack's.
func control(s string) (markdown string, ok bool) {
	target, label, labelled := strings.Cut(s, "|")
	target, label = unescapeEntities.Replace(target), unescapeEntities.Replace(label)
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
		return "@" + inline(strings.TrimPrefix(label, "@")), labelled
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

var controls = regexp.MustCompile("<(?:(?i:https?://|mailto:)|[#@][CUW][A-Z0-9]|!date\\^)[^<>]*>")

// mrkdwnPlain converts a text in which Slack knows links and emoji, but no marks, as in the
// title of an attachment.
func mrkdwnPlain(s string) string {
	var b strings.Builder
	before := ' '
	s = oneLine(s)
	for s != "" {
		t, n := nextToken(s, before)
		after, _ := utf8.DecodeRuneInString(s[n:])
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
			if emoji, n := emojiAt(s[i:]); n > 0 {
				b.WriteString(emoji)
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
