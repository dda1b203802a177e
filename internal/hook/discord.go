package hook

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// discordMessage is the body of Discord's webhooks
// (https://docs.discord.com/developers/resources/webhook#execute-webhook).
type discordMessage struct {
	Content  text               `json:"content"`
	Username text               `json:"username"`
	Embeds   list[discordEmbed] `json:"embeds"`
}

type discordEmbed struct {
	Title       text `json:"title"`
	Description text `json:"description"`
	URL         text `json:"url"`
	Color       text `json:"color"` // a decimal number
	Author      struct {
		Name text `json:"name"`
		URL  text `json:"url"`
	} `json:"author"`
	Fields list[struct {
		Name   text `json:"name"`
		Value  text `json:"value"`
		Inline bool `json:"inline"`
	}] `json:"fields"`
	Image struct {
		URL text `json:"url"`
	} `json:"image"`
	Footer struct {
		Text text `json:"text"`
	} `json:"footer"`
}

func decodeDiscord(body json.RawMessage) (Message, error) {
	var m discordMessage
	read(body, &m)
	parts := []string{discordMarkdown(string(m.Content))}
	for _, e := range m.Embeds {
		parts = append(parts, e.markdown())
	}
	content := joinParts(parts)
	if content == "" {
		return Message{}, refuse(noText, `"content" and "embeds" have no text to show: one of them needs some`)
	}
	return Message{As: string(m.Username), Content: endBlocks(content)}, nil
}

func (e discordEmbed) markdown() string {
	var fields fieldLines
	for _, f := range e.Fields {
		fields.add(discordMarkdown(oneLine(string(f.Name))), discordMarkdown(string(f.Value)), f.Inline)
	}
	title := discordMarkdown(oneLine(string(e.Title)))
	if title == "" && e.URL != "" {
		title = link("", string(e.URL))
	}
	image := ""
	if e.Image.URL != "" {
		image = link("Image", string(e.Image.URL))
	}
	content := join("\n",
		link(string(e.Author.Name), string(e.Author.URL)),
		bold(titleLink(title, string(e.URL))),
		discordMarkdown(string(e.Description)),
		fields.markdown(),
		image,
		inline(string(e.Footer.Text)),
	)
	if colour, err := strconv.ParseUint(string(e.Color), 10, 24); err == nil && colour > 0 {
		return withDot(dotOfRGB(int(colour>>16), int(colour>>8&0xff), int(colour&0xff)), content)
	}
	return content
}

// discordMarkdown returns the Markdown of the page for that of Discord, which has small print,
// code that begins and ends within a line, and angle brackets for emoji, times, mentions and
// addresses.
func discordMarkdown(s string) string {
	return fenced(s, discordLanguage, discordProse, func(code string) string { return code })
}

var discordLanguage = regexp.MustCompile(`^[\w+.#-]+\n`)

// discordProse converts text without fences.
func discordProse(s string) string {
	return discordControls.ReplaceAllStringFunc(smallPrint.ReplaceAllString(s, ""), func(c string) string {
		if c[0] == '`' {
			return c
		}
		c = c[1 : len(c)-1]
		switch {
		case strings.HasPrefix(c, "t:"):
			seconds, _ := strconv.ParseInt(strings.Split(c, ":")[1], 10, 64)
			return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04 UTC")
		case c[0] == ':' || c[0] == 'a' && c[1] == ':':
			return ":" + strings.Split(c, ":")[1] + ":"
		case c[0] == '@' || c[0] == '#':
			return c[:1] + strings.TrimLeft(c[1:], "!&")
		}
		return c
	})
}

var (
	// smallPrint matches the mark of a line in small print.
	smallPrint = regexp.MustCompile(`(?m)^-#[ \t]+`)
	// discordControls matches what stands between angle brackets, and code, in which that is text.
	discordControls = regexp.MustCompile("`[^`]+`|<(?:t:\\d{1,11}(?::[tTdDfFR])?|a?:\\w+:\\d+|@[!&]?\\d+|#\\d+|https?://[^\\s<>`]+)>")
)
