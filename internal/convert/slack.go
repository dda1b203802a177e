package convert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"snug/internal/emoji"
	"snug/internal/hook"
	"snug/protocol"
)

// slack converts an export of a Slack workspace
// (https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports).
type slack struct {
	*Collector
	files    fs.FS
	users    map[string]slackAuthor
	channels map[string]string // the names, by ID
}

// slackAuthor is what is known of a user.
type slackAuthor struct {
	nick       string
	guest, bot bool
}

const (
	maxSlackElement = 4 << 20 // bytes of a user, a channel or a message
	maxSlackUsers   = 1_000_000
)

// Slack converts the export of a Slack workspace: the files of its archive.
func Slack(c *Collector, files fs.FS) error {
	root, err := slackRoot(files)
	if err != nil {
		return err
	}
	s := &slack{Collector: c, files: root, users: make(map[string]slackAuthor), channels: make(map[string]string)}
	if err := s.readUsers(); err != nil {
		return err
	}
	wanted, err := s.readChannels()
	if err != nil {
		return err
	}
	for _, w := range wanted {
		if err := s.convert(w); err != nil {
			return err
		}
	}
	return c.found()
}

// slackRoot returns the directory with channels.json: the archive's root, or its only directory.
func slackRoot(files fs.FS) (fs.FS, error) {
	if _, err := fs.Stat(files, "channels.json"); err == nil {
		return files, nil
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := fs.Stat(files, path.Join(e.Name(), "channels.json")); e.IsDir() && err == nil {
			return fs.Sub(files, e.Name())
		}
	}
	return nil, errors.New("it is no export of Slack: channels.json is missing")
}

// slackElements reads a file with an array.
func slackElements[T any](s *slack, name string, visit func(line int, v *T) error) error {
	file, err := s.files.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(elements(name, s.reading(file), maxSlackElement, visit), file.Close())
}

type slackUser struct {
	ID                string `json:"id"`
	Name              string `json:"name"`
	RealName          string `json:"real_name"`
	IsBot             bool   `json:"is_bot"`
	IsRestricted      bool   `json:"is_restricted"`
	IsUltraRestricted bool   `json:"is_ultra_restricted"`
	Profile           struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
	} `json:"profile"`
}

// readUsers reads who the IDs of users are. Of two with the same nick, the second also has its name
// in Slack, which is unique.
func (s *slack) readUsers() error {
	nicks := make(map[string]bool)
	name := "users.json"
	if _, err := fs.Stat(s.files, name); err != nil {
		name = "org_users.json" // of an Enterprise Grid organisation
	}
	err := slackElements(s, name, func(line int, u *slackUser) error {
		if len(s.users) == maxSlackUsers {
			return &FileError{name, line, fmt.Sprintf("there are more than %d users", maxSlackUsers)}
		}
		m := author("slack "+u.ID, u.Profile.DisplayName, u.RealName, u.Profile.RealName, u.Name)
		if nicks[strings.ToLower(m.Nick)] && u.Name != "" {
			if nick := fitNickWith(m.Nick, u.Name); nick != "" {
				m.Nick = nick
			}
		}
		nicks[strings.ToLower(m.Nick)] = true
		s.users[u.ID] = slackAuthor{m.Nick, u.IsRestricted || u.IsUltraRestricted, u.IsBot}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("it is no export of Slack: users.json is missing")
	}
	return err
}

type slackChannel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// readChannels reads which channels there are, and returns those to convert.
func (s *slack) readChannels() ([]slackChannel, error) {
	var wanted []slackChannel
	for _, name := range []string{"channels.json", "groups.json"} { // those of groups are private
		err := slackElements(s, name, func(line int, c *slackChannel) error {
			switch {
			case c.ID == "" || c.Name == "":
				return &FileError{name, line, `the channel has no "id" or no "name"`}
			case !fs.ValidPath(c.Name) || strings.Contains(c.Name, "/"):
				return &FileError{name, line, fmt.Sprintf("the channel's name is %q, which is no name of a directory", c.Name)}
			case len(s.channels) == maxChannels:
				return &FileError{name, line, fmt.Sprintf("there are more than %d channels", maxChannels)}
			}
			if _, known := s.channels[c.ID]; known {
				return nil
			}
			s.channels[c.ID] = c.Name
			if s.wants(c.Name) {
				wanted = append(wanted, *c)
			}
			return nil
		})
		if err != nil && (name == "channels.json" || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
	}
	for _, name := range []string{"dms.json", "mpims.json"} {
		err := slackElements(s, name, func(int, *struct{}) error {
			s.skip("conversations of direct messages")
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return wanted, nil
}

// slackDay matches the name of a file with the messages of a day.
var slackDay = regexp.MustCompile(`^\d{4}-\d\d-\d\d\.json$`)

func (s *slack) convert(c slackChannel) error {
	ch, err := s.add("slack", c.ID, c.Name, c.ID)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(s.files, c.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a channel in which nothing was said has no directory
		return err
	}
	for _, e := range entries {
		if !slackDay.MatchString(e.Name()) {
			continue
		}
		name := path.Join(c.Name, e.Name())
		if err := slackElements(s, name, func(line int, m *slackMessage) error {
			return s.message(ch, name, line, m)
		}); err != nil {
			return err
		}
	}
	return nil
}

// slackMessage is a message as an export has it
// (https://docs.slack.dev/reference/events/message).
type slackMessage struct {
	Type        string            `json:"type"`
	Subtype     string            `json:"subtype"`
	TS          string            `json:"ts"`
	ThreadTS    string            `json:"thread_ts"`
	User        string            `json:"user"`
	BotID       string            `json:"bot_id"`
	Username    string            `json:"username"`
	Text        string            `json:"text"`
	Blocks      json.RawMessage   `json:"blocks"`
	Attachments []json.RawMessage `json:"attachments"`
	Files       []slackFile       `json:"files"`
	Edited      *struct {
		TS string `json:"ts"`
	} `json:"edited"`
	Reactions []struct {
		Name  string   `json:"name"`
		Users []string `json:"users"`
	} `json:"reactions"`
	BotProfile struct {
		Name string `json:"name"`
	} `json:"bot_profile"`
	UserProfile struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
		Name        string `json:"name"`
	} `json:"user_profile"`
}

type slackFile struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Permalink string `json:"permalink"`
}

// slackSaid are the subtypes of messages that somebody has said. The others are what Slack says of
// joins, topics and the like.
var slackSaid = map[string]bool{
	"": true, "bot_message": true, "me_message": true, "thread_broadcast": true, "reply_broadcast": true,
	"file_share": true, "slackbot_response": true,
}

func (s *slack) message(ch *channel, file string, line int, m *slackMessage) error {
	if m.Type != "message" && m.Type != "" || !slackSaid[m.Subtype] {
		s.skip(fmt.Sprintf("messages of Slack itself (%s)", firstRunes(cmp.Or(m.Subtype, m.Type), 40)))
		return nil
	}
	number, at, err := slackTime(m.TS)
	if err != nil {
		return &FileError{file, line, fmt.Sprintf(`"ts" is %q: %v`, firstRunes(m.TS, 40), err)}
	}
	out := message{number: number, at: at, from: s.author(m), text: s.text(m)}
	if out.text == "" {
		s.skip("messages without a text")
		return nil
	}
	if m.ThreadTS != m.TS {
		if thread, _, err := slackTime(m.ThreadTS); err == nil {
			out.replyTo = thread
		}
	}
	if m.Edited != nil {
		out.edited = m.Edited.TS
	}
	for _, r := range m.Reactions {
		shown := slackEmoji(r.Name)
		for _, user := range r.Users {
			if shown == "" {
				s.skip("reactions with an emoji of the workspace's own")
				continue
			}
			out.reactions = append(out.reactions, reaction{shown, s.user(user)})
		}
	}
	return s.put(ch, &out)
}

// slackTime reads a time, which is also what names a message: seconds since 1970, and six digits.
func slackTime(ts string) (number uint64, at time.Time, err error) {
	seconds, micros, _ := strings.Cut(ts, ".")
	whole, err := strconv.ParseUint(seconds, 10, 40)
	if err != nil || len(micros) > 6 {
		return 0, at, errors.New("it is no time such as 1512085950.000216")
	}
	part, err := strconv.ParseUint((micros + "000000")[:6], 10, 32)
	if number = whole*1_000_000 + part; err != nil || number == 0 || number > maxNumber {
		return 0, at, errors.New("it is no time such as 1512085950.000216")
	}
	return number, time.UnixMicro(int64(number)).UTC(), nil
}

func (s *slack) author(m *slackMessage) protocol.Member {
	bot := cmp.Or(m.BotID, m.Username)
	switch {
	case m.User == "USLACKBOT":
		a := author("slack USLACKBOT", "Slackbot")
		a.Bot = true
		return a
	case m.Subtype == "bot_message" || m.User == "":
		a := author("slack "+bot+" "+m.Username, m.Username, m.BotProfile.Name, bot)
		a.Bot = true
		return a
	}
	if _, known := s.users[m.User]; known {
		return s.user(m.User)
	}
	a := author("slack "+m.User, m.UserProfile.DisplayName, m.UserProfile.RealName, m.UserProfile.Name, m.Username, m.BotProfile.Name, m.User)
	a.Bot = m.BotID != ""
	return a
}

// user returns a user as who has sent something.
func (s *slack) user(id string) protocol.Member {
	u, known := s.users[id]
	if !known {
		return author("slack "+id, id)
	}
	m := author("slack "+id, u.nick)
	m.Guest, m.Bot = u.guest, u.bot
	return m
}

// text returns a message as Markdown.
func (s *slack) text(m *slackMessage) string {
	shown := struct {
		Text        string            `json:"text,omitempty"`
		Blocks      json.RawMessage   `json:"blocks,omitempty"`
		Attachments []json.RawMessage `json:"attachments,omitempty"`
	}{Text: m.Text}
	if m.Text == "" { // else the blocks say the same
		shown.Blocks = m.Blocks
	}
	for _, a := range m.Attachments {
		var preview struct { // of a page that the text links to
			FromURL string `json:"from_url"`
		}
		if json.Unmarshal(a, &preview) != nil || preview.FromURL == "" {
			shown.Attachments = append(shown.Attachments, a)
		}
	}
	var text string
	if raw, err := encodePlainly(shown); err == nil {
		text = hook.Slack(slackNamed.ReplaceAllFunc(raw, s.named))
	}
	text = messageText(text, m.Subtype == "me_message")
	var parts []string
	if text != "" {
		parts = append(parts, text)
	}
	for _, f := range m.Files {
		parts = append(parts, fileLine(cmp.Or(f.Name, f.Title, "a file that Slack no longer has"), f.Permalink))
	}
	return strings.Join(parts, "\n")
}

// slackNamed matches the mentions of a user or a channel in JSON.
var slackNamed = regexp.MustCompile(`<([@#])([A-Z0-9]+)(?:\|[^<>"\\]*)?>`)

// named gives a mention the name of whom or what it mentions.
func (s *slack) named(mention []byte) []byte {
	m := slackNamed.FindSubmatch(mention)
	id := string(m[2])
	name := s.channels[id]
	if m[1][0] == '@' {
		name = s.users[id].nick
	}
	if name == "" {
		return mention
	}
	quoted, err := encodePlainly(slackEscape.Replace(name))
	if err != nil {
		return mention
	}
	return []byte("<" + string(m[1]) + id + "|" + strings.Trim(string(quoted), `"`) + ">")
}

var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "", `"`, "", `\`, "")

// slackEmoji returns an emoji by its name, which may be followed by that of a skin tone; empty for
// one of the workspace's own.
func slackEmoji(name string) string {
	name, tone, toned := strings.Cut(name, "::skin-tone-")
	shown := emoji.Named(name)
	if shown == "" || !toned {
		return shown
	}
	if n, err := strconv.Atoi(tone); err == nil && n >= 2 && n <= 6 {
		shown = protocol.CanonicalEmoji(strings.TrimSuffix(shown, "\uFE0F") + string(rune(0x1F3FB+n-2)))
	}
	return shown
}
