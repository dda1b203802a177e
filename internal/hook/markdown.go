package hook

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What follows writes the Markdown that the page reads (web/src/markdown): CommonMark
// without headings, rules, HTML and entities, with ~~strikethrough~~ and bare addresses.
// As terminals show it as it is, nothing is escaped without need.

// plain returns Markdown that shows a text as it is, apart from lists and addresses, which
// may be seen as such.
func plain(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(lines(s), "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if opensBlock.MatchString(line) {
			line = strings.TrimLeft(line, " \t")
			b.WriteByte('\\')
			b.WriteByte(line[0])
			line = line[1:]
		}
		escape(&b, line)
	}
	return b.String()
}

// opensBlock matches what makes a line a quote, a fence or, unlike a dash, an unlikely item
// of a list.
var opensBlock = regexp.MustCompile("^[ \t]*(?:>|\\+[ \t]|~~~)")

// inline is plain for a single line, in which white space of any kind is a space.
func inline(s string) string {
	var b strings.Builder
	escape(&b, oneLine(s))
	return b.String()
}

// escape appends a part of a line with a backslash before each character that would be
// taken for markup.
func escape(b *strings.Builder, s string) {
	before := ' '
	for i := 0; i < len(s); {
		if n := addressAt(s[i:], before); n > 0 {
			b.WriteString(s[i : i+n])
			before, _ = utf8.DecodeLastRuneInString(s[:i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		after, _ := utf8.DecodeRuneInString(s[i+n:])
		if means(r, before, after) {
			b.WriteByte('\\')
		}
		b.WriteString(s[i : i+n])
		before = r
		i += n
	}
}

// means reports whether r, between two characters, is markup. At the end of a text, after
// is utf8.RuneError.
func means(r, before, after rune) bool {
	switch r {
	case '\\':
		return after < utf8.RuneSelf && (unicode.IsPunct(after) || unicode.IsSymbol(after))
	case '`':
		return true
	case '*':
		return !isSpace(before) || !isSpace(after)
	case '_':
		return !(isWord(before) && isWord(after)) && !(isSpace(before) && isSpace(after))
	case '~':
		return before == '~' || after == '~'
	case ']':
		return after == '('
	}
	return false
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

func isSpace(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) }

var address = regexp.MustCompile("^(?i:https?://|mailto:)[^\\s<>`]+")

// addressAt returns the length of the address at the beginning of s, which the page takes
// as a whole; 0 where there is none.
func addressAt(s string, before rune) int {
	if s == "" || !strings.ContainsRune("hHmM", rune(s[0])) || isWord(before) {
		return 0
	}
	return len(address.FindString(s))
}

// link returns a link with a text, or the text alone where the address is none that may be
// followed. Without a text, the address is shown.
func link(label, to string) string {
	label, to = oneLine(label), strings.TrimSpace(to)
	if address.FindString(to) != to || to == "" {
		return inline(first(label, to))
	}
	if label == "" || label == to {
		return to
	}
	return linkMarkdown(inline(label), to)
}

// linkMarkdown is link for a text that is Markdown already, and an address that is valid.
func linkMarkdown(label, to string) string {
	if strings.Count(label, "[") != strings.Count(label, "]") {
		label = escapeBrackets.Replace(label)
	}
	return "[" + label + "](" + escapeAddress.Replace(to) + ")"
}

var (
	escapeBrackets = strings.NewReplacer(`\\`, `\\`, `\[`, `\[`, `\]`, `\]`, `[`, `\[`, `]`, `\]`)
	escapeAddress  = strings.NewReplacer("(", "%28", ")", "%29", `\`, "%5C")
)

// bold returns Markdown in bold type. It must stand between white space.
func bold(markdown string) string {
	if markdown == "" {
		return ""
	}
	return "**" + markdown + "**"
}

// codeBlock returns a text as a fenced block.
func codeBlock(s, language string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.Trim(lines(s), "\n") + "\n" + fence
}

// codeSpan returns a text as code within a line.
func codeSpan(s string) string {
	s = oneLine(s)
	if s == "" {
		return ""
	}
	tick := "`"
	for strings.Contains(s, tick) {
		tick += "`"
	}
	if len(tick) > 1 {
		s = " " + s + " "
	}
	return tick + s + tick
}

// oneLine makes all white space and control characters single spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// lines makes all line breaks newlines.
func lines(s string) string {
	return lineBreaks.Replace(s)
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// join puts parts that aren't empty below each other.
func join(separator string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if strings.TrimSpace(p) == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(p)
	}
	return b.String()
}

// clean drops control characters, white space around the text, and more than one empty
// line in a row.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(lines(s), "\ufffd"))
	return emptyLines.ReplaceAllString(strings.TrimSpace(s), "\n\n")
}

var emptyLines = regexp.MustCompile(`\n[ \t]*\n(?:[ \t]*\n)+`)

// shorten cuts a text that has more than limit characters, between words if that is
// possible, and says so at its end. 0 is no limit.
func shorten(s string, limit int) string {
	count := utf8.RuneCountInString(s)
	if limit <= 0 || count <= limit {
		return s
	}
	notice := fmt.Sprintf("\n… (shortened: the whole message has %d characters)", count)
	const closing = "\n```"
	room := limit - utf8.RuneCountInString(notice) - len(closing)
	if room < limit/2 { // the limit is tiny
		notice, room = "…", limit-1
	}
	kept := s
	for i := range s {
		if room--; room < 0 {
			kept = s[:i]
			break
		}
	}
	if i := strings.LastIndexAny(kept, " \n"); i > len(kept)*3/4 {
		kept = kept[:i]
	}
	kept = strings.TrimSpace(kept)
	if fence := openFence(kept); fence != "" && notice != "…" {
		kept += "\n" + fence
	}
	return kept + notice
}

// openFence returns the fence of the code block that a text leaves open; empty if there is
// none.
func openFence(s string) string {
	open := ""
	for line := range strings.SplitSeq(s, "\n") {
		fence := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case len(fence) < 3:
		case open == "":
			open = fence
		case len(fence) >= len(open) && strings.TrimSpace(line) == fence:
			open = ""
		}
	}
	return open
}
