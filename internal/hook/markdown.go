package hook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"snug/internal/autolink"
)

// What follows writes the Markdown that the page reads (web/src/markdown): CommonMark
// without rules, HTML and entities, with ~~strikethrough~~, tables, formulas and bare addresses.
// As terminals show it as it is, nothing is escaped without need.

// plain returns Markdown that shows a text as it is, apart from lists, tables, formulas and
// addresses, which may be seen as such.
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
		escape(&b, line, ' ')
	}
	return b.String()
}

// opensBlock matches what makes a line a quote, a heading, a fence or, unlike a dash, an unlikely
// item of a list.
var opensBlock = regexp.MustCompile(`^[ \t]*(?:>|#{1,6}[ \t]|\+[ \t]|~~~)`)

// beginsBlock reports whether Markdown begins with what is a block only at the beginning of a line.
func beginsBlock(markdown string) bool {
	return opensBlock.MatchString(markdown) || anyItem.MatchString(markdown) || strings.HasPrefix(markdown, "```")
}

// inline is plain for a part of a line, in which white space of any kind is a space. The
// result may stand between marks.
func inline(s string) string {
	var b strings.Builder
	escape(&b, oneLine(s), anyMark)
	return b.String()
}

// anyMark stands for a mark beside a text.
const anyMark = '*'

// escape appends a text with a backslash before each character that would be taken for
// markup. edge is what precedes and follows the text.
func escape(b *strings.Builder, s string, edge rune) {
	before := edge
	for i := 0; i < len(s); {
		if n := autolink.At(s, i); n > 0 {
			b.WriteString(s[i : i+n])
			before, _ = utf8.DecodeLastRuneInString(s[:i+n])
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if means(r, before, firstRune(s[i+n:], edge)) {
			b.WriteByte('\\')
		}
		b.WriteString(s[i : i+n])
		before = r
		i += n
	}
}

// firstRune returns the first character of a text, or another if it is empty.
func firstRune(s string, otherwise rune) rune {
	if s == "" {
		return otherwise
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// means reports whether r, between two characters, is markup.
func means(r, before, after rune) bool {
	switch r {
	case '\\':
		return after < utf8.RuneSelf && (unicode.IsPunct(after) || unicode.IsSymbol(after))
	case '`':
		return true
	case '*':
		return !unicode.IsSpace(before) || !unicode.IsSpace(after)
	case '_':
		return !(isWord(before) && isWord(after)) && !(unicode.IsSpace(before) && unicode.IsSpace(after))
	case '~':
		return before == '~' || after == '~'
	case ']':
		return after == '('
	}
	return false
}

// isWord reports whether r is part of words that end at spaces. An underscore is none here.
func isWord(r rune) bool { return r != '_' && autolink.IsWordCharacter(r) }

// address matches where a link may lead. That may be more than what the page makes a link of by itself.
var address = regexp.MustCompile("^(?i:https?://[^\\s<>`]+|mailto:[\\w.+-]+@[\\w.-]+)")

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
	if !balanced(label) {
		label = escapeBrackets.Replace(label)
	}
	return "[" + label + "](" + escapeAddress.Replace(to) + ")"
}

// balanced reports whether each bracket of a text, other than escaped ones, has its partner.
func balanced(markdown string) bool {
	depth := 0
	for i := 0; i < len(markdown) && depth >= 0; i++ {
		switch markdown[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			depth--
		}
	}
	return depth == 0
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
