// Package emoji knows emoji by the names that people write between colons.
package emoji

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"go.mau.fi/util/emojishortcodes"

	"snug/protocol"
)

// aliases are names that senders use beside those of the table.
var aliases = map[string]string{
	"thumbsup": "+1", "thumbsdown": "-1", "poop": "hankey", "collision": "boom", "heavy_exclamation_mark": "exclamation",
	"green_circle": "large_green_circle", "yellow_circle": "large_yellow_circle", "orange_circle": "large_orange_circle",
	"blue_circle": "large_blue_circle", "cross_mark": "x", "check_mark": "heavy_check_mark",
}

// emojis has the emoji by their names in Slack.
var emojis = sync.OnceValue(func() map[string]string {
	table := emojishortcodes.GetMap()
	named := make(map[string]string, len(table)+len(aliases))
	for emoji, name := range table {
		named[name] = protocol.CanonicalEmoji(emoji)
	}
	for alias, name := range aliases {
		named[alias] = named[name]
	}
	return named
})

// Named returns the emoji with a name, such as smile; empty if there is none.
func Named(name string) string { return emojis()[name] }

// At returns the emoji whose name stands between colons at the beginning of s, and
// the length of that; 0 where there is none. s begins with a colon.
func At(s string) (emoji string, length int) {
	const longest = 64
	end := strings.IndexByte(s[1:min(len(s), longest)], ':')
	if end <= 0 {
		return "", 0
	}
	emoji = Named(s[1 : 1+end])
	if emoji == "" {
		return "", 0
	}
	return emoji, end + 2
}

// Names returns the names that begin like this, the shortest first.
func Names(begin string) (names []string) {
	for name := range emojis() {
		if strings.HasPrefix(name, begin) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return names
}
