package convert

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"snug/internal/archive"
	"snug/internal/room"
	"snug/protocol"
)

// fuzzed runs a conversion, and fails the test if what it writes can't be imported.
func fuzzed(t *testing.T, run func(*Collector) error) {
	t.Helper()
	const chars = 200
	directory := t.TempDir()
	c, err := NewCollector(t.Context(), directory, Options{MaxChars: chars})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	if run(c) != nil {
		return
	}
	files, err := c.Write(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if code, err := room.ParseCode(strings.TrimSuffix(f.File, ".jsonl")); err != nil || string(code)+".jsonl" != f.File {
			t.Errorf("%q is named after no room: %v", f.File, err)
		}
		file, err := os.Open(filepath.Join(directory, f.File))
		if err != nil {
			t.Fatal(err)
		}
		readable(t, file, f, chars)
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

// readable reads a file as the import does.
func readable(t *testing.T, in io.Reader, about Written, chars int) {
	t.Helper()
	r := archive.NewReader(in)
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e := &item.Event
		if n, err := room.ParseNick(e.From.Nick); err != nil || n.Shown != e.From.Nick {
			t.Errorf("%q is no nick: %v", e.From.Nick, err)
		}
		switch e.Type {
		case protocol.EventMessage:
			about.Messages--
			body, err := e.Message()
			if n := utf8.RuneCountInString(body.Content); err != nil || n == 0 || n > chars {
				t.Errorf("the message has %d characters: %v", n, err)
			}
			if e.At.IsZero() || item.Number >= firstChange {
				t.Errorf("the message is of %v, with number %d", e.At, item.Number)
			}
		case protocol.EventEdited, protocol.EventReacted:
			about.Changes--
			if e.Target == 0 {
				t.Error("the change has no message")
			}
		default:
			t.Errorf("the event has type %q", e.Type)
		}
	}
	if !r.Complete() || about.Messages != 0 || about.Changes != 0 {
		t.Errorf("the file isn't whole: %+v", about)
	}
}

func FuzzSlack(f *testing.F) {
	for _, name := range []string{"general/2024-03-01.json", "general/2024-03-02.json"} {
		day, err := os.ReadFile(filepath.Join("testdata/slack", name))
		if err != nil {
			f.Fatal(err)
		}
		users, err := os.ReadFile("testdata/slack/users.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(users), "general", string(day))
	}
	f.Add(`[{"id":"U1","name":"a"}]`, "x", `[{"ts":"1.000001","user":"U1","text":"<@U1> :x:"},{"ts":"1.000001","text":"y"}]`)
	f.Fuzz(func(t *testing.T, users, channel, day string) {
		fuzzed(t, func(c *Collector) error {
			channels, err := encodePlainly([]slackChannel{{"C1", channel}})
			if err != nil {
				return err
			}
			return Slack(c, fstest.MapFS{
				"users.json": {Data: []byte(users)}, "channels.json": {Data: channels},
				channel + "/2024-03-01.json": {Data: []byte(day)},
			})
		})
	})
}

func FuzzMattermost(f *testing.F) {
	sample, err := os.ReadFile("testdata/mattermost.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Fuzz(func(t *testing.T, lines string) {
		fuzzed(t, func(c *Collector) error { return Mattermost(c, "import.jsonl", strings.NewReader(lines)) })
	})
}

func FuzzIRC(f *testing.F) {
	for _, name := range []string{"irc.libera.#snug.weechatlog", "#ops.log", "znc/#snug/2024-03-01.log"} {
		log, err := os.ReadFile(filepath.Join("testdata/irc", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, string(log))
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, lines string) {
		fuzzed(t, func(c *Collector) error { return NewIRC(c, berlin, "", "").File(name, strings.NewReader(lines)) })
	})
}
