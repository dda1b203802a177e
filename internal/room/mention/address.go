package mention

import (
	"bytes"

	"snug/internal/autolink"
)

// beginsAddress reports whether a text begins as an address does that the page makes a link
// of.
func beginsAddress(text []byte) bool {
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if len(text) >= len(scheme) && bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
			return true
		}
	}
	return false
}

// hideAddresses returns a text in which addresses have no @.
func hideAddresses(content string) []byte {
	text := []byte(content)
	for begin, end := range autolink.All(content) {
		for i := begin; i < end; i++ {
			if text[i] == '@' {
				text[i] = '.'
			}
		}
	}
	return text
}
