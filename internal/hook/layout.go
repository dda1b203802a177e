package hook

import (
	"regexp"
	"strings"
)

// fieldLines are the fields of an attachment: a line each, short ones side by side.
type fieldLines struct {
	lines []string
	short bool // the last line is of short fields
}

func (l *fieldLines) add(label, value string, short bool) {
	field := labelled(label, value)
	short = short && !strings.Contains(field, "\n")
	if last := len(l.lines) - 1; short && l.short && field != "" {
		l.lines[last] += " · " + field
		return
	}
	l.lines = append(l.lines, field)
	l.short = short && field != ""
}

func (l *fieldLines) markdown() string { return join("\n", l.lines...) }

// labelled returns a label in bold and a value, which goes below it if it has several lines
// or begins a block.
func labelled(label, value string) string {
	label = strings.TrimSuffix(strings.TrimSpace(label), ":")
	value = strings.TrimRight(strings.TrimLeft(value, "\n"), " \n")
	switch {
	case label == "":
		return value
	case value == "":
		return bold(label)
	case strings.Contains(value, "\n") || opensBlock.MatchString(value) || listItem.MatchString(value):
		return bold(label+":") + "\n" + value
	}
	return bold(label+":") + " " + value
}

// fenced converts a text in which ``` begins and ends code wherever it stands, as in Slack and
// Discord, by functions for what is around code and for code. language matches the language of a
// fence, with the end of its line.
func fenced(s string, language *regexp.Regexp, prose, code func(string) string) string {
	const fence = "```"
	var parts []string
	for s = lines(s); ; {
		before, rest, found := strings.Cut(s, fence)
		inside, after, closed := strings.Cut(rest, fence)
		if !found || !closed {
			return join("\n", append(parts, prose(s))...)
		}
		name := language.FindString(inside)
		inside = strings.TrimPrefix(inside, name)
		parts = append(parts, prose(strings.Trim(before, "\n")), codeBlock(code(inside), strings.TrimSpace(name)))
		s = strings.TrimLeft(after, "\n")
	}
}

// join puts parts that aren't empty after each other.
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

// joinParts puts the parts of a message below each other, with an empty line around those
// that have several lines.
func joinParts(parts []string) string {
	var b strings.Builder
	large := false
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if large || strings.Contains(p, "\n") {
				b.WriteByte('\n')
			}
		}
		large = strings.Contains(p, "\n")
		b.WriteString(p)
	}
	return b.String()
}

// endBlocks ends each list and each quote with an empty line, for senders for whom a line is
// in it or isn't. In Markdown, the next line would go on with it.
func endBlocks(s string) string {
	var b strings.Builder
	var code fences
	quoted, listed := false, false // what the line before is in
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		quote, item, empty := strings.HasPrefix(line, ">"), anyItem.MatchString(line), strings.TrimSpace(line) == ""
		indented := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
		if !code.enclose(line) && !quote && !item && !empty && (quoted || listed && !indented) {
			b.WriteByte('\n')
		}
		quoted = quote
		listed = item || listed && indented
		b.WriteString(line)
	}
	return b.String()
}

// anyItem matches the beginning of a list's item.
var anyItem = regexp.MustCompile(`^[ \t]*(?:[*+-]|\d{1,9}[.)])[ \t]`)

// fences keeps track of code blocks, line by line.
type fences struct{ open string }

// enclose reports whether the next line is part of a code block.
func (f *fences) enclose(line string) bool {
	fence := line[:len(line)-len(strings.TrimLeft(line, "`"))]
	switch {
	case f.open == "":
		if len(fence) < 3 {
			return false
		}
		f.open = fence
	case len(fence) >= len(f.open) && strings.TrimSpace(line) == fence:
		f.open = ""
	}
	return true
}
