package hook

import (
	"strconv"
	"strings"

	"snug/internal/emoji"
)

// slackBlock is a block of Slack's Block Kit (https://docs.slack.dev/reference/block-kit/blocks).
// Which fields it has depends on its type; those of other types are empty.
type slackBlock struct {
	Type      text               `json:"type"`
	Text      blockText          `json:"text"`
	Fields    list[blockText]    `json:"fields"`
	Title     blockText          `json:"title"`
	AltText   text               `json:"alt_text"`
	ImageURL  text               `json:"image_url"`
	TitleURL  text               `json:"title_url"`
	Accessory blockElement       `json:"accessory"`
	Elements  list[blockElement] `json:"elements"`
}

// blockText is a text object: mrkdwn, or plain_text. Some senders write a mere string.
type blockText struct {
	kind, text text
}

func (t *blockText) UnmarshalJSON(b []byte) error {
	*t = blockText{}
	if b[0] != '{' {
		return t.text.UnmarshalJSON(b)
	}
	var object struct {
		Type text `json:"type"`
		Text text `json:"text"`
	}
	read(b, &object)
	t.kind, t.text = object.Type, object.Text
	return nil
}

// blockElement is an element of a block: a text, a button, an image, or a part of a rich
// text.
type blockElement struct {
	Type     text              `json:"type"`
	Text     blockText         `json:"text"`
	URL      text              `json:"url"`
	AltText  text              `json:"alt_text"`
	ImageURL text              `json:"image_url"`
	Style    text              `json:"style"`  // of a list
	Indent   text              `json:"indent"` // of a list
	Elements list[richElement] `json:"elements"`
}

func slackBlocks(blocks []slackBlock) string {
	var parts []string
	for _, b := range blocks {
		parts = append(parts, b.markdown())
	}
	return join("\n", parts...)
}

func (b slackBlock) markdown() string {
	switch b.Type {
	case "header":
		return bold(inline(withEmoji(string(b.Text.text))))
	case "markdown": // standard Markdown
		return lines(string(b.Text.text))
	case "image", "video":
		return link(first(b.Title.text, b.AltText, "Image"), first(b.TitleURL, b.ImageURL))
	case "context", "actions":
		var parts []string
		for _, e := range b.Elements {
			parts = append(parts, e.markdown())
		}
		return join(" · ", parts...)
	case "rich_text":
		var parts []string
		for _, e := range b.Elements {
			parts = append(parts, e.richText())
		}
		return join("\n", parts...)
	}
	parts := []string{b.Text.markdown()}
	for _, f := range b.Fields {
		parts = append(parts, f.markdown())
	}
	return join("\n", append(parts, b.Accessory.markdown())...)
}

func (t blockText) markdown() string {
	if t.kind == "plain_text" {
		return plain(withEmoji(string(t.text)))
	}
	return mrkdwn(string(t.text))
}

// markdown returns an element of a context, a row of actions or a section. Of what can be
// clicked, only links are left.
func (e blockElement) markdown() string {
	switch e.Type {
	case "mrkdwn", "plain_text":
		return blockText{kind: e.Type, text: e.Text.text}.markdown()
	}
	if e.URL == "" {
		return ""
	}
	return link(withEmoji(string(e.Text.text)), string(e.URL))
}

// richElement is what a section, list, quote or code block of a rich text consists of:
// spans, or, in a list, sections.
type richElement struct {
	richSpan
	Elements list[richSpan] `json:"elements"`
}

type richSpan struct {
	Type      text      `json:"type"`
	Text      text      `json:"text"`
	URL       text      `json:"url"`
	Name      text      `json:"name"` // of an emoji
	UserID    text      `json:"user_id"`
	ChannelID text      `json:"channel_id"`
	Range     text      `json:"range"`    // here, channel or everyone
	Fallback  text      `json:"fallback"` // of a date
	Style     richStyle `json:"style"`
}

type richStyle struct {
	Bold   text `json:"bold"`
	Italic text `json:"italic"`
	Strike text `json:"strike"`
	Code   text `json:"code"`
}

func (e blockElement) richText() string {
	switch e.Type {
	case "rich_text_list":
		return e.richList()
	case "rich_text_preformatted":
		var b strings.Builder
		for _, p := range e.Elements {
			b.WriteString(first(p.Text, p.URL))
		}
		return codeBlock(b.String(), "")
	case "rich_text_quote":
		return "> " + strings.ReplaceAll(strings.Trim(e.section(), "\n"), "\n", "\n> ") + "\n"
	}
	return e.section()
}

func (e blockElement) richList() string {
	const deepest = 8
	indent, _ := strconv.Atoi(string(e.Indent))
	margin := strings.Repeat("   ", min(max(indent, 0), deepest))
	var items []string
	for i, item := range e.Elements {
		mark := "- "
		if e.Style == "ordered" {
			mark = strconv.Itoa(i+1) + ". "
		}
		items = append(items, margin+mark+oneLine(spans(item.Elements)))
	}
	return strings.Join(items, "\n")
}

func (e blockElement) section() string {
	var b strings.Builder
	for _, p := range e.Elements {
		b.WriteString(p.markdown())
	}
	return b.String()
}

func spans(elements []richSpan) string {
	var b strings.Builder
	for _, e := range elements {
		b.WriteString(e.markdown())
	}
	return b.String()
}

func (e richSpan) markdown() string {
	switch e.Type {
	case "link":
		return link(string(e.Text), string(e.URL))
	case "emoji":
		if found := emoji.Named(string(e.Name)); found != "" {
			return found
		}
		return ":" + inline(string(e.Name)) + ":"
	case "user":
		return "@" + inline(string(e.UserID))
	case "channel":
		return "#" + inline(string(e.ChannelID))
	case "broadcast":
		return "@" + inline(string(e.Range))
	case "date":
		return inline(string(e.Fallback))
	}
	return e.Style.apply(string(e.Text))
}

// apply marks a text up. White space at its ends stays outside the marks, or they would be
// none.
func (s richStyle) apply(written string) string {
	inside := strings.TrimSpace(written)
	if inside == "" || strings.Contains(inside, "\n") {
		return plain(written)
	}
	start := strings.Index(written, inside)
	before, after := written[:start], written[start+len(inside):]
	if s.Code == "true" {
		return before + codeSpan(inside) + after
	}
	inside = plain(inside)
	for _, m := range [...]struct {
		on   text
		mark string
	}{{s.Strike, "~~"}, {s.Italic, "_"}, {s.Bold, "**"}} {
		if m.on == "true" {
			inside = m.mark + inside + m.mark
		}
	}
	return before + inside + after
}
