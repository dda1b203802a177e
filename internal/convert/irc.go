package convert

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"snug/internal/hook"
)

// IRC converts logs of IRC clients: those of WeeChat, those of irssi, and those of ZNC, which has
// the format of energymech.
type IRC struct {
	*Collector
	zone     *time.Location
	network  string
	channel  string // whose logs all files are; empty if the files' names say it
	channels map[string]*ircChannel
	strange  string // the first line in no known format
}

// ircChannel is a channel, and the directory of its files.
type ircChannel struct {
	*channel
	directory string
}

// NewIRC returns a converter of logs, in which times are those of a zone unless they say otherwise.
// The name of the network tells its channels from those of other networks; it may be empty. If the
// name of a channel isn't, all files are logs of that channel.
func NewIRC(c *Collector, zone *time.Location, network, channel string) *IRC {
	return &IRC{Collector: c, zone: zone, network: network, channel: channel, channels: make(map[string]*ircChannel)}
}

// Remarks returns what isn't as it was in the logs, for people.
func (c *IRC) Remarks() []string {
	remarks := c.Collector.Remarks()
	if c.strange != "" {
		remarks = append(remarks, "the first line in no known format is "+c.strange)
	}
	return remarks
}

// maxIRCLine bounds a line, in bytes. Lines of IRC have 512, or some thousand with IRCv3.
const maxIRCLine = 64 << 10

// File converts a file, whose name has slashes.
func (c *IRC) File(name string, in io.Reader) error {
	about := ircNamed(name)
	about.network = cmp.Or(c.network, about.network)
	about.channel = cmp.Or(c.channel, about.channel)
	ch, err := c.find(name, about)
	if err != nil {
		return err
	}
	f := &ircFile{irc: c, channel: ch, network: about.network, name: name, day: about.day}
	return eachLine(name, c.reading(in), maxIRCLine, f.line)
}

// find returns the channel that a file is a log of.
func (c *IRC) find(name string, about ircName) (*channel, error) {
	id := strings.ToLower(strings.TrimSpace(about.network + " " + about.channel))
	known := c.channels[id]
	if known == nil {
		ch, err := c.add("irc", id, about.channel, about.network)
		if err != nil {
			return nil, err
		}
		known = &ircChannel{ch, path.Dir(name)}
		c.channels[id] = known
	}
	if c.channel == "" && known.directory != path.Dir(name) {
		return nil, &FileError{File: name, Why: fmt.Sprintf(
			"another file of a channel %s is in %s: if they are one channel, convert its files with --channel %s, and else each on its own, with --network",
			about.channel, known.directory, about.channel)}
	}
	return known.channel, nil
}

// ircName is what the name of a file says.
type ircName struct {
	network, channel string
	day              ircDay
}

// ircDay is a day of the calendar; the zero ircDay is unknown.
type ircDay struct {
	year  int
	month time.Month
	day   int
}

var (
	ircExtension = regexp.MustCompile(`(?i)\.(?:log|txt|weechatlog)$`)
	ircDate      = regexp.MustCompile(`[._-]?(\d{4})-?(\d\d)-?(\d\d)$`)
)

// ircNamed reads the name of a file, such as irc.libera.#snug.weechatlog, #snug.log,
// #snug/2026-03-01.log or libera_#snug_20260301.log.
func ircNamed(name string) (n ircName) {
	base := ircExtension.ReplaceAllString(path.Base(name), "")
	if m := ircDate.FindStringSubmatch(base); m != nil {
		if at, err := time.Parse("20060102", m[1]+m[2]+m[3]); err == nil {
			n.day = dayOf(at)
			base = strings.TrimSuffix(base, m[0])
		}
	}
	parent := path.Base(path.Dir(name))
	if at := strings.IndexAny(base, "#&"); at >= 0 {
		n.network = strings.Trim(strings.TrimPrefix(base[:at], "irc."), "._- ")
		n.channel = base[at:]
	} else if base == "" || strings.HasPrefix(parent, "#") {
		n.channel = parent
	} else {
		n.channel = base
	}
	return n
}

func dayOf(t time.Time) ircDay {
	y, m, d := t.Date()
	return ircDay{y, m, d}
}

// ircFile is a file that is being converted.
type ircFile struct {
	irc     *IRC
	channel *channel
	network string
	name    string
	day     ircDay    // of the next line
	last    time.Time // of the line before
	count   uint64    // of the messages in the same second as that
	known   bool      // a line in a known format was there
}

var (
	// WeeChat: a time, who, and what they say, between tabs.
	weechatLine = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?\t([^\t]*)\t(.*)$`)
	// irssi and ZNC: a time, and what happens.
	clockLine = regexp.MustCompile(`^\[?(\d\d):(\d\d)(?::(\d\d))?\]? (.*)$`)
	// irssi: on which day it is.
	dayLine = regexp.MustCompile(`^--- (?:Log opened|Log closed|Day changed) (.*)$`)
	dayTime = regexp.MustCompile(`^\S+ (\S+) +(\d{1,2})(?: \d\d:\d\d:\d\d)? (\d{4})$`)

	said   = regexp.MustCompile(`^<([^>]*)>(?: (.*))?$`)
	action = regexp.MustCompile(`^ ?\* (\S+)(?: (.*))?$`)

	// formatting is what IRC has for bold type, colours and the like
	// (https://modern.ircdocs.horse/formatting).
	formatting = regexp.MustCompile("\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
)

// prefixes are the marks of operators and the like before a nick.
const prefixes = " ~&@%+!"

func (f *ircFile) line(number int, raw []byte) error {
	line := string(raw)
	if !utf8.Valid(raw) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw)
		if err != nil {
			return f.wrong(number, "it is no text: %v", err)
		}
		line = string(decoded)
	}
	if strings.TrimSpace(line) == "" {
		return nil
	}
	if m := dayLine.FindStringSubmatch(line); m != nil {
		f.known = true
		return f.changeDay(number, m[1])
	}
	if m := weechatLine.FindStringSubmatch(line); m != nil {
		f.known = true
		at, err := f.time(m[1]+" "+m[2], m[3])
		if err != nil {
			return f.wrong(number, "%v", err)
		}
		return f.weechat(at, m[4], m[5])
	}
	m := clockLine.FindStringSubmatch(line)
	switch {
	case m == nil && !f.known:
		return f.wrong(number, "it is no line of WeeChat's, irssi's or ZNC's logs")
	case m == nil:
		if f.irc.strange == "" {
			f.irc.strange = (&FileError{f.name, number, firstRunes(line, 60)}).Error()
		}
		f.irc.skip("lines in no known format")
		return nil
	case f.day == ircDay{}:
		return f.wrong(number, `the day isn't known: neither the file's name has it, such as #snug.2026-03-01.log, nor a line such as "--- Day changed Sun Mar 01 2026"`)
	}
	f.known = true
	at, err := f.time(fmt.Sprintf("%04d-%02d-%02d %s:%s:%s", f.day.year, f.day.month, f.day.day, m[1], m[2], cmp.Or(m[3], "00")), "")
	if err != nil {
		return f.wrong(number, "%v", err)
	}
	if s := said.FindStringSubmatch(m[4]); s != nil {
		return f.put(at, s[1], s[2], false)
	}
	if a := action.FindStringSubmatch(m[4]); a != nil {
		return f.put(at, a[1], a[2], true)
	}
	f.skip()
	return nil
}

func (f *ircFile) wrong(number int, format string, args ...any) error {
	return &FileError{f.name, number, fmt.Sprintf(format, args...)}
}

func (f *ircFile) skip() { f.irc.skip("lines that nobody has said, such as joins and notices") }

// changeDay reads the time in a line of irssi's.
func (f *ircFile) changeDay(number int, value string) error {
	m := dayTime.FindStringSubmatch(strings.TrimSpace(value))
	if m == nil {
		return f.wrong(number, "the day can't be read: it is none such as Sun Mar 01 2026")
	}
	at, err := time.Parse("Jan 2 2006", m[1]+" "+m[2]+" "+m[3])
	if err != nil {
		return f.wrong(number, "the day can't be read: the names of months are English ones, and the day exists")
	}
	f.day = dayOf(at)
	return nil
}

// weechat converts what WeeChat has after the time.
func (f *ircFile) weechat(at time.Time, prefix, rest string) error {
	switch strings.TrimSpace(prefix) {
	case "", "--", "-->", "<--", "=!=":
		f.skip()
		return nil
	case "*":
		nick, text, _ := strings.Cut(rest, " ")
		return f.put(at, nick, text, true)
	}
	return f.put(at, prefix, rest, false)
}

// time reads a time of a zone, or of the converter's. In the hour that comes twice when clocks are
// set back, it is the first time after the line before.
func (f *ircFile) time(value, zone string) (time.Time, error) {
	if zone != "" {
		return time.Parse("2006-01-02 15:04:05Z0700", value+strings.ReplaceAll(zone, ":", ""))
	}
	at, err := time.ParseInLocation(time.DateTime, value, f.irc.zone)
	if err != nil {
		return at, err
	}
	for _, shift := range []time.Duration{-time.Hour, 0, time.Hour} {
		if t := at.Add(shift); !t.Before(f.last) && t.Format(time.DateTime) == value {
			return t, nil
		}
	}
	return at, nil
}

// mostBack is up to how far a line may seem to come before the one before it: then the clock was set,
// and the lines are in their order.
const mostBack = time.Hour

func (f *ircFile) put(at time.Time, nick, text string, isAction bool) error {
	nick = strings.TrimLeft(formatting.ReplaceAllString(nick, ""), prefixes)
	text = hook.Plain(formatting.ReplaceAllString(text, ""))
	if nick == "" || text == "" {
		f.irc.skip("messages without a nick or a text")
		return nil
	}
	if at.Before(f.last) && f.last.Sub(at) <= mostBack {
		at = f.last
	}
	if !at.Equal(f.last) {
		f.last, f.count = at, 0
	}
	if at.Unix() <= 0 || at.Unix() >= maxNumber/1_000_000 {
		return &FileError{File: f.name, Why: fmt.Sprintf("the time %v is out of range", at)}
	}
	from := author(strings.Join(strings.Fields(strings.ToLower("irc "+f.network+" "+nick)), " "), nick)
	from.Guest = true // anybody could use the nick
	m := message{number: uint64(at.Unix())*1_000_000 + f.count, at: at.UTC(), from: from, text: messageText(text, isAction)}
	f.count++
	return f.irc.put(f.channel, &m)
}
