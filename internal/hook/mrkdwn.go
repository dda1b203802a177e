package hook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"snug/internal/emoji"
)

// mrkdwn converts Slack's markup to Markdown: *bold*, _italic_, ~struck~, `code`, fences,
// quotes, <links|with text>, :emoji: and the entities &lt; &gt; &amp;. What many senders
// mix in from Markdown (**bold**, [text](address), lists) stays. Marks that mark up
// nothing in Slack are escaped.
// (https://docs.slack.dev/messaging/formatting-message-text)
func mrkdwn(s string) string { return fenced(s, fenceLanguage, mrkdwnLines, unmark) }

// fenceLanguage matches the language of a fence. Slack has none, and would show it as code,
// so that only what is hardly a line of code counts as one.
var fenceLanguage = regexp.MustCompile(`^(?:bash|c|console|cpp|css|diff|go|html|java|javascript|js|json|log|php|plaintext|python|ruby|rust|sh|shell|sql|text|toml|ts|txt|typescript|xml|yaml|yml)\n`)

// mrkdwnLines converts text without fences.
func mrkdwnLines(s string) string {
	var b strings.Builder
	all := false // >>> quotes all that follows
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		rest, quote := cutQuote(line)
		if quote {
			line = rest
			for range 2 {
				if rest, all = cutQuote(line); !all {
					break
				}
				line = rest
			}
		}
		if quote || all {
			b.WriteString("> ")
		}
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
		case *end == 0 && standard != "" && !isWord(before) && !unicode.IsSpace(after) && !exhausted[t.mark][t.count]:
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
		if t.mark != tokens[i].mark || t.count != tokens[i].count || unicode.IsSpace(tokens[j-1].last) {
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
		if found, n := emoji.At(s); n > 0 && !isWord(before) {
			return token{markdown: found}, n
		}
	case '&':
		for _, e := range entities {
			if strings.HasPrefix(s, e.written) {
				return token{markdown: e.means}, len(e.written)
			}
		}
	}
	if n := addressWithEntities(s, before); n > 0 {
		return token{markdown: unescapeEntities.Replace(s[:n])}, n
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == '\\' && means(r, before, firstRune(s[n:], ' ')) || r == '`' {
		return token{markdown: `\` + s[:n]}, n
	}
	if next := strings.IndexAny(s[n:], special); next >= 0 {
		n += next
	} else {
		n = len(s)
	}
	return token{markdown: s[:n]}, n
}

// addressWithEntities returns the length of the address at the beginning of s, a text in which & < and > are
// entities; 0 where there is none. It may be longer than what the page makes a link of.
func addressWithEntities(s string, before rune) int {
	if !strings.ContainsRune("hHmM", rune(s[0])) || isWord(before) {
		return 0
	}
	return len(address.FindString(s))
}

// special is what a token may begin with that isn't ordinary text.
const special = "*_~<`:&\\]hHmM"
