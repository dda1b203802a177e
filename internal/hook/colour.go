package hook

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// withDot puts a coloured dot before a text, as for some senders colour alone tells a
// failure from a success. A text that begins with such a sign already gets none.
func withDot(dot, markdown string) string {
	begin, _ := utf8.DecodeRuneInString(strings.TrimLeft(markdown, "*[ "))
	switch {
	case markdown == "" || dot == "" || strings.ContainsRune("🔴🟠🟡🟢🔵🟣⚪❌✅⚠🚨🔥", begin):
		return markdown
	case beginsBlock(markdown):
		return dot + "\n" + markdown
	}
	return dot + " " + markdown
}

// dotOf returns the dot whose colour is most like a colour of Slack's: a name, or
// hexadecimal, with # or without.
func dotOf(colour string) string {
	switch colour = strings.ToLower(strings.TrimSpace(colour)); colour {
	case "good":
		return "🟢"
	case "warning":
		return "🟠"
	case "danger":
		return "🔴"
	}
	colour = strings.TrimPrefix(colour, "#")
	if len(colour) == 3 { // #f00 is #ff0000
		colour = strings.Repeat(colour[:1], 2) + strings.Repeat(colour[1:2], 2) + strings.Repeat(colour[2:], 2)
	}
	n, err := strconv.ParseUint(colour, 16, 24)
	if err != nil || len(colour) != 6 {
		return ""
	}
	return dotOfRGB(int(n>>16), int(n>>8&0xff), int(n&0xff))
}

// dotOfRGB returns the dot of the nearest hue; none for what is nearly grey.
func dotOfRGB(r, g, b int) string {
	most, least := max(r, g, b), min(r, g, b)
	spread := most - least
	if spread < 48 {
		return ""
	}
	var hue int // in degrees
	switch most {
	case r:
		hue = (60*(g-b)/spread + 360) % 360
	case g:
		hue = 60*(b-r)/spread + 120
	default:
		hue = 60*(r-g)/spread + 240
	}
	switch {
	case hue < 20 || hue >= 330:
		return "🔴"
	case hue < 45:
		return "🟠"
	case hue < 70:
		return "🟡"
	case hue < 175:
		return "🟢"
	case hue < 255:
		return "🔵"
	}
	return "🟣"
}
