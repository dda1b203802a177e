package convert

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"path"
	"strings"
	"time"

	"snug/internal/emoji"
	"snug/internal/hook"
	"snug/protocol"
)

// mattermost converts a bulk export of Mattermost
// (https://docs.mattermost.com/administration-guide/manage/bulk-export-tool.html).
type mattermost struct {
	*Collector
	channels map[[2]string]*channel // by team and name; nil for those that aren't wanted
	file     string
	line     int
}

// maxMattermostLine bounds a line, in bytes: a post is one with all its replies.
const maxMattermostLine = 32 << 20

// Mattermost converts the bulk export of a Mattermost server: its file of JSON Lines, which has a
// name for errors.
func Mattermost(c *Collector, name string, in io.Reader) error {
	m := &mattermost{Collector: c, channels: make(map[[2]string]*channel), file: name}
	begun := false
	err := eachLine(name, c.reading(in), maxMattermostLine, func(number int, line []byte) error {
		m.line = number
		if line = bytes.TrimSpace(line); len(line) == 0 {
			return nil
		}
		var l mattermostLine
		if err := json.Unmarshal(line, &l); err != nil {
			return m.wrong("it is no line of a Mattermost bulk export: %v", err)
		}
		if !begun && l.Type != "version" {
			return m.wrong(`it is no Mattermost bulk export: its first line has no "type":"version"`)
		}
		if begun = true; l.Type == "version" && l.Version != 1 {
			return m.wrong("the export has version %d, and only version 1 is known", l.Version)
		}
		return m.read(&l)
	})
	switch {
	case err != nil:
		return err
	case !begun:
		return &FileError{File: name, Why: "it is empty"}
	}
	return c.found()
}

func (m *mattermost) wrong(format string, args ...any) error {
	return &FileError{m.file, m.line, fmt.Sprintf(format, args...)}
}

// mattermostLine is a line of an export. Which fields it has depends on its type.
type mattermostLine struct {
	Type    string             `json:"type"`
	Version int                `json:"version"`
	Channel *mattermostChannel `json:"channel"`
	Post    *mattermostPost    `json:"post"`
}

type mattermostChannel struct {
	Team string `json:"team"`
	Name string `json:"name"`
}

// mattermostPost is a post, or a reply to one.
type mattermostPost struct {
	Team        string          `json:"team"`
	Channel     string          `json:"channel"`
	User        string          `json:"user"`
	Type        string          `json:"type"`
	Message     string          `json:"message"`
	CreateAt    int64           `json:"create_at"` // in milliseconds since 1970
	EditAt      int64           `json:"edit_at"`
	Props       json.RawMessage `json:"props"`
	Reactions   json.RawMessage `json:"reactions"`
	Replies     json.RawMessage `json:"replies"`
	Attachments json.RawMessage `json:"attachments"`
}

type mattermostReaction struct {
	User      string `json:"user"`
	EmojiName string `json:"emoji_name"`
}

func (m *mattermost) read(l *mattermostLine) error {
	switch {
	case l.Type == "channel" && l.Channel != nil:
		_, err := m.channel(l.Channel.Team, l.Channel.Name)
		return err
	case l.Type == "post" && l.Post != nil:
		ch, err := m.channel(l.Post.Team, l.Post.Channel)
		if err != nil || ch == nil {
			return err
		}
		return m.post(ch, l.Post, 0)
	case l.Type == "direct_post":
		m.skip("direct messages, with their replies")
	}
	return nil
}

// channel returns a channel; nil if it isn't wanted.
func (m *mattermost) channel(team, name string) (*channel, error) {
	key := [2]string{team, name}
	ch, known := m.channels[key]
	switch {
	case known:
		return ch, nil
	case team == "" || name == "":
		return nil, m.wrong(`the team or the name of the channel is missing`)
	case len(m.channels) == maxChannels:
		return nil, m.wrong("there are more than %d channels", maxChannels)
	}
	var err error
	if m.wants(name) {
		ch, err = m.add("mattermost", team+"/"+name, name, team)
	}
	m.channels[key] = ch
	return ch, err
}

// post converts a post of a channel, or a reply to another post.
func (m *mattermost) post(ch *channel, p *mattermostPost, replyTo uint64) error {
	if p.CreateAt <= 0 || p.CreateAt > maxNumber/1000-1 {
		return m.wrong(`"create_at" is %d: it is no time in milliseconds`, p.CreateAt)
	}
	if p.User == "" {
		return m.wrong(`"user" is missing: who has posted it`)
	}
	number := mattermostNumber(p)
	text, from := m.text(p)
	switch {
	case strings.HasPrefix(p.Type, "system_"):
		m.skip(fmt.Sprintf("posts of Mattermost itself (%s)", firstRunes(p.Type, 40)))
	case text == "":
		m.skip("posts without a text")
	default:
		out := message{number: number, at: time.UnixMilli(p.CreateAt).UTC(), from: from, text: text, replyTo: replyTo}
		if p.EditAt > 0 {
			out.edited = fmt.Sprint(p.EditAt)
		}
		if err := m.each(p.Reactions, func(raw json.RawMessage) error { return m.reaction(&out, raw) }); err != nil {
			return err
		}
		if err := m.put(ch, &out); err != nil {
			return err
		}
	}
	return m.each(p.Replies, func(raw json.RawMessage) error {
		var reply mattermostPost
		if err := json.Unmarshal(raw, &reply); err != nil {
			return m.wrong("a reply: %v", err)
		}
		reply.Replies = nil // only posts have some
		return m.post(ch, &reply, number)
	})
}

// mattermostNumber returns the number of a post. An export has no IDs of posts: within a millisecond,
// who has posted tells them apart.
func mattermostNumber(p *mattermostPost) uint64 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(p.User)) // it takes everything
	return uint64(p.CreateAt)*1000 + uint64(hash.Sum32()%1000)
}

// each passes the elements of an array to visit, one at a time: many small ones need much more
// memory than their JSON.
func (m *mattermost) each(array json.RawMessage, visit func(json.RawMessage) error) error {
	if len(array) == 0 || string(array) == "null" {
		return nil
	}
	err := elements(m.file, bytes.NewReader(array), len(array), func(_ int, raw *json.RawMessage) error { return visit(*raw) })
	var wrong *FileError
	if errors.As(err, &wrong) && wrong.File == m.file && wrong.Line < m.line {
		return m.wrong("%s", wrong.Why) // the line within the array is none of the file
	}
	return err
}

func (m *mattermost) reaction(to *message, raw json.RawMessage) error {
	var r mattermostReaction
	if err := json.Unmarshal(raw, &r); err != nil || r.User == "" {
		return m.wrong(`a reaction has no "user" and "emoji_name"`)
	}
	shown := emoji.Named(r.EmojiName)
	if shown == "" {
		m.skip("reactions with an emoji of the server's own")
		return nil
	}
	to.reactions = append(to.reactions, reaction{shown, mattermostAuthor(r.User)})
	return nil
}

func mattermostAuthor(user string) protocol.Member { return author("mattermost "+user, user) }

// mattermostProps is what integrations add to a post.
type mattermostProps struct {
	FromWebhook      string `json:"from_webhook"`
	FromBot          string `json:"from_bot"`
	OverrideUsername string `json:"override_username"`
	Attachments      []struct {
		Fallback  string `json:"fallback"`
		Pretext   string `json:"pretext"`
		Title     string `json:"title"`
		TitleLink string `json:"title_link"`
		Text      string `json:"text"`
	} `json:"attachments"`
}

// text returns a post as Markdown, and who has sent it.
func (m *mattermost) text(p *mattermostPost) (string, protocol.Member) {
	var props mattermostProps
	_ = json.Unmarshal(p.Props, &props) // without those of a known form, the post is an ordinary one
	from := mattermostAuthor(p.User)
	from.Bot = props.FromBot == "true" || props.FromWebhook == "true"
	if from.Bot && props.OverrideUsername != "" {
		from = author("mattermost "+p.User+" "+props.OverrideUsername, props.OverrideUsername, p.User)
		from.Bot = true
	}
	text := p.Message
	if p.Type == "me" {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "*"), "*")
	}
	parts := []string{text}
	for _, a := range props.Attachments {
		title := a.Title
		if title != "" {
			title = "**" + hook.Link(title, a.TitleLink) + "**"
		}
		before := len(parts)
		for _, part := range []string{a.Pretext, title, a.Text} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		if len(parts) == before {
			parts = append(parts, a.Fallback)
		}
	}
	text = messageText(hook.Clean(markdownWithEmoji(strings.Join(parts, "\n"))), p.Type == "me")
	_ = m.each(p.Attachments, func(raw json.RawMessage) error {
		var file struct {
			Path string `json:"path"`
		}
		if json.Unmarshal(raw, &file) == nil && file.Path != "" {
			text += "\n" + fileLine(cmp.Or(path.Base(strings.ReplaceAll(file.Path, `\`, "/")), "a file"), "")
		}
		return nil
	}) // what is no list of files names none
	return strings.TrimPrefix(text, "\n"), from
}
