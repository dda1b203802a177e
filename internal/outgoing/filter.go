package outgoing

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// wants reports whether an event is delivered to a hook. Bots don't hear bots: two that
// answer each other would never stop.
func wants(h *policy.Hook, e *journal.Entry) bool {
	switch {
	case e.From.Bot:
		return false
	case slices.Equal(h.Events, protocol.HookEvents{protocol.HookAll}):
		return true
	case slices.Equal(h.Events, protocol.HookEvents{protocol.HookMentions}):
		body, err := e.Message()
		return e.Type == protocol.EventMessage && err == nil && mentions(body.Content, h.Name)
	}
	return slices.Contains(h.Events, string(e.Type))
}

// mentions reports whether content has an @ and then a nick, as a word. Case doesn't matter.
func mentions(content, nick string) bool {
	content, called := strings.ToLower(content), "@"+strings.ToLower(nick)
	for {
		before, rest, found := strings.Cut(content, called)
		if !found {
			return false
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(rest)
		if !isWord(last) && !isWord(next) {
			return true
		}
		content = rest
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r)) }
