package hook

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean drops control characters, white space around the text and at the ends of lines, and
// more than one empty line in a row.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(lines(s), "\ufffd"))
	s = endSpaces.ReplaceAllString(s, "\n")
	return emptyLines.ReplaceAllString(strings.TrimSpace(s), "\n\n")
}

var (
	endSpaces  = regexp.MustCompile(`[ \t]+\n`)
	emptyLines = regexp.MustCompile(`\n{3,}`)
)

// shorten cuts a text that has more than limit characters, between words if that is
// possible, and says so at its end. 0 is no limit.
func shorten(s string, limit int) string {
	count := utf8.RuneCountInString(s)
	if limit <= 0 || count <= limit {
		return s
	}
	notice := fmt.Sprintf("\n… (shortened: the whole message has %d characters)", count)
	room := limit - utf8.RuneCountInString(notice) - longestFence(s)
	if room < limit/2 { // the limit is tiny, or the fence huge
		return beginning(s, limit-1) + "…"
	}
	kept := beginning(s, room)
	if i := strings.LastIndexAny(kept, " \n"); i > len(kept)*3/4 {
		kept = kept[:i]
	}
	kept = strings.TrimSpace(kept)
	var code fences
	for line := range strings.SplitSeq(kept, "\n") {
		code.enclose(line)
	}
	if code.open != "" {
		kept += "\n" + code.open
	}
	return kept + notice
}

// beginning returns the first n characters of a text that has more.
func beginning(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// longestFence returns how many characters closing a code block may take.
func longestFence(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run+1)
	}
	return longest
}
