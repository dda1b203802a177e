package hook

import (
	"encoding/json"
	"strings"
)

// slackMessage is the body of Slack's incoming webhooks, and of those who imitate them. The
// room is the hook's, so "channel" isn't read.
type slackMessage struct {
	Text        text                  `json:"text"`
	Username    text                  `json:"username"`
	Mrkdwn      text                  `json:"mrkdwn"` // "false": text has no markup
	Attachments list[slackAttachment] `json:"attachments"`
	Blocks      list[slackBlock]      `json:"blocks"`
}

// slackAttachment is a secondary part of a message
// (https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments).
type slackAttachment struct {
	Fallback   text             `json:"fallback"`
	Color      text             `json:"color"`
	Pretext    text             `json:"pretext"`
	AuthorName text             `json:"author_name"`
	AuthorLink text             `json:"author_link"`
	Title      text             `json:"title"`
	TitleLink  text             `json:"title_link"`
	Text       text             `json:"text"`
	Fields     list[slackField] `json:"fields"`
	ImageURL   text             `json:"image_url"`
	Footer     text             `json:"footer"`
	Actions    list[slackLink]  `json:"actions"`
	Blocks     list[slackBlock] `json:"blocks"`
}

type slackField struct {
	Title text `json:"title"`
	Value text `json:"value"`
}

// slackLink is a button. One without an address does nothing here.
type slackLink struct {
	Text text `json:"text"`
	URL  text `json:"url"`
}

func decodeSlack(body json.RawMessage) (Message, error) {
	var m slackMessage
	read(body, &m)
	content := slackBlocks(m.Blocks)
	if content == "" { // with blocks, the text is for notifications alone
		if content = mrkdwn(string(m.Text)); m.Mrkdwn == "false" {
			content = plain(unescapeEntities.Replace(string(m.Text)))
		}
	}
	parts := []string{content}
	for _, a := range m.Attachments {
		parts = append(parts, a.markdown())
	}
	content = joinParts(parts)
	if content == "" {
		return Message{}, refuse(noText, `"text", "attachments" and "blocks" have no text to show: one of them needs some`)
	}
	return Message{As: string(m.Username), Content: content}, nil
}

func (a slackAttachment) markdown() string {
	var fields, actions []string
	for _, f := range a.Fields {
		fields = append(fields, labelled(mrkdwnPlain(string(f.Title)), mrkdwn(string(f.Value))))
	}
	for _, l := range a.Actions {
		if l.URL != "" {
			actions = append(actions, link(string(l.Text), string(l.URL)))
		}
	}
	image := link("Image", string(a.ImageURL))
	if a.ImageURL == "" {
		image = ""
	}
	body := join("\n",
		link(string(a.AuthorName), string(a.AuthorLink)),
		bold(titleLink(mrkdwnPlain(string(a.Title)), string(a.TitleLink))),
		mrkdwn(string(a.Text)),
		slackBlocks(a.Blocks),
		join("\n", fields...),
		image,
		mrkdwnPlain(string(a.Footer)),
		strings.Join(actions, " · "),
	)
	pretext := mrkdwn(string(a.Pretext))
	if body == "" && pretext == "" {
		body = mrkdwn(string(a.Fallback))
	}
	return join("\n", pretext, withColour(string(a.Color), body))
}

// titleLink makes a title, which is Markdown, a link where there is an address.
func titleLink(title, to string) string {
	if title == "" || title == to || address.FindString(to) != to || to == "" || strings.Contains(title, "](") {
		return title
	}
	return linkMarkdown(title, to)
}

// labelled returns a label in bold and a value, which goes below it if it has several lines.
func labelled(label, value string) string {
	label = strings.TrimSuffix(strings.TrimSpace(label), ":")
	value = strings.Trim(value, "\n")
	switch {
	case label == "":
		return value
	case value == "":
		return bold(label)
	case strings.Contains(value, "\n"):
		return bold(label+":") + "\n" + value
	}
	return bold(label+":") + " " + value
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
