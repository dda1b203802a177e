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
	Short bool `json:"short"`
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
	dot := ""
	for _, a := range mergeLines(m.Attachments) {
		before := dot
		if dot = dotOf(string(a.Color)); dot == before {
			a.Color = "" // one dot is enough for a row of them
		}
		parts = append(parts, a.markdown())
	}
	content = joinParts(parts)
	if content == "" {
		return Message{}, refuse(noText, `"text", "attachments" and "blocks" have no text to show: one of them needs some`)
	}
	return Message{As: string(m.Username), Content: endBlocks(content)}, nil
}

// mergeLines makes one attachment of those that follow each other with nothing but a text
// and the same colour: Shoutrrr sends each line of a message as one.
func mergeLines(attachments []slackAttachment) []slackAttachment {
	var merged []slackAttachment
	var texts []string // of the last one
	flush := func() {
		if len(texts) > 0 {
			merged[len(merged)-1].Text = text(strings.Join(texts, "\n"))
		}
		texts = nil
	}
	for _, a := range attachments {
		if a.hasTextAlone() && len(texts) > 0 && merged[len(merged)-1].Color == a.Color {
			texts = append(texts, string(a.Text))
			continue
		}
		flush()
		merged = append(merged, a)
		if a.hasTextAlone() {
			texts = append(texts, string(a.Text))
		}
	}
	flush()
	return merged
}

func (a slackAttachment) hasTextAlone() bool {
	return a.Pretext+a.AuthorName+a.Title+a.ImageURL+a.Footer == "" && len(a.Fields) == 0 && len(a.Actions) == 0 && len(a.Blocks) == 0
}

func (a slackAttachment) markdown() string {
	var fields fieldLines
	for _, f := range a.Fields {
		fields.add(mrkdwnPlain(string(f.Title)), mrkdwn(string(f.Value)), f.Short)
	}
	var actions []string
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
		fields.markdown(),
		image,
		mrkdwnPlain(string(a.Footer)),
		strings.Join(actions, " · "),
	)
	pretext := mrkdwn(string(a.Pretext))
	if body == "" && pretext == "" {
		body = mrkdwn(string(a.Fallback))
	}
	return join("\n", pretext, withDot(dotOf(string(a.Color)), body))
}

// titleLink makes a title, which is Markdown, a link where there is an address.
func titleLink(title, to string) string {
	if title == "" || title == to || address.FindString(to) != to || to == "" || strings.Contains(title, "](") {
		return title
	}
	return linkMarkdown(title, to)
}
