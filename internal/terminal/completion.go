package terminal

import (
	"slices"
	"strings"

	"snug/internal/emoji"
	"snug/internal/markdown"
	"snug/internal/text"
)

// completion holds the candidates that Tab cycles through.
type completion struct {
	before string   // the text before the word
	found  []string // the candidates, each with the space or colon that follows it
	shown  []string // how they are shown; nil if that is what they are
	at     int      // the present candidate
	filled string   // the text after the last Tab
}

// complete completes the last word, or moves by step to another candidate.
func (m *model) complete(step int) {
	c := &m.completion
	written := m.composer.area.Value()
	if len(c.found) > 0 && written == c.filled {
		c.at = (c.at + step + len(c.found)) % len(c.found)
	} else if *c = m.candidates(written); len(c.found) == 0 {
		return
	} else if step < 0 {
		c.at = len(c.found) - 1
	}
	c.filled = c.before + c.found[c.at]
	m.composer.area.SetValue(c.filled)
	m.composer.area.MoveToEnd()
}

// candidates returns the completions of the last word.
func (m *model) candidates(written string) completion {
	if name, is := strings.CutPrefix(written, "/"); is && !strings.Contains(name, " ") {
		c := completion{before: "/"}
		for _, one := range commands() {
			if strings.HasPrefix(one.name, strings.ToLower(name)) {
				c.found = append(c.found, one.name+" ")
			}
		}
		return c
	}
	if nick, is := strings.CutPrefix(written, "/admit "); is {
		var waiting []string
		for _, k := range m.waiting {
			waiting = append(waiting, text.Line(k.Nick))
		}
		return completion{before: "/admit ", found: startingWith(nick, waiting)}
	}
	if code, is := strings.CutPrefix(written, "/join "); is {
		var codes []string
		for _, one := range m.rooms.all {
			if one.visit.Server == m.visit.Server { // a code alone is of this server
				codes = append(codes, text.Line(one.room))
			}
		}
		return completion{before: "/join ", found: startingWith(code, codes)}
	}
	begin := strings.LastIndexAny(written, " \n") + 1
	c := completion{before: written[:begin]}
	word, after := written[begin:], " "
	as := func(nick string) string { return nick }
	if begin == 0 {
		after = ": "
	}
	if rest, is := strings.CutPrefix(word, "@"); is {
		c.before, word, after = c.before+"@", rest, " "
		if !isCommand(written) { // which takes a nick as it is
			as = markdown.Escape
		}
	}
	if name, is := strings.CutPrefix(word, ":"); is && len(name) > 1 {
		return emojiNamed(c.before, name, written)
	}
	if word == "" && !m.wantsNick(written) {
		return completion{}
	}
	for _, one := range sorted(m.here.Members) {
		nick := text.Line(one.Nick)
		if len(nick) >= len(word) && strings.EqualFold(nick[:len(word)], word) && one.Member != m.me.Member {
			c.found = append(c.found, as(nick)+after)
		}
	}
	slices.Sort(c.found)
	return c
}

// startingWith returns those names that start like this, ignoring case, each with a space.
func startingWith(begin string, names []string) (found []string) {
	for _, name := range names {
		if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) {
			found = append(found, name+" ")
		}
	}
	return found
}

// emojiNamed returns the emoji whose names begin with name, the last word of what is written.
func emojiNamed(before, name, written string) completion {
	c := completion{before: before}
	if isSecret(written) || isLiteral(before, "") {
		return c
	}
	for _, one := range emoji.Names(strings.ToLower(name)) {
		sign := emoji.Named(one)
		c.found = append(c.found, sign+" ")
		c.shown = append(c.shown, sign+" :"+one+":")
	}
	return c
}

// wantsNick reports whether only a nick can come next.
func (m *model) wantsNick(written string) bool {
	if strings.HasSuffix(written, "@") {
		return true
	}
	return slices.ContainsFunc(commands(), func(c command) bool { return c.nicks && written == "/"+c.name+" " })
}

// words returns the candidates, for the line above the composer.
func (c *completion) words() string {
	if len(c.found) < 2 {
		return ""
	}
	all := slices.Clone(c.shown)
	if all == nil {
		for _, f := range c.found {
			all = append(all, strings.TrimRight(f, " :"))
		}
	}
	// The present candidate comes first.
	return strings.Join(append(all[c.at:len(all):len(all)], all[:c.at]...), "  ")
}
