package archive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"snug/internal/archive"
	"snug/protocol"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// log is a log in memory.
type log struct {
	events []protocol.Event
	broken uint64 // the seq from which on it can't be read; 0 for none
	reads  int
}

func (l *log) ReadAfter(_ context.Context, after uint64, limit int) (page protocol.History, err error) {
	l.reads++
	for _, e := range l.events {
		if l.broken != 0 && e.Seq >= l.broken && e.Seq > after && len(page.Events) == 0 {
			return page, errors.New("the disk is broken")
		}
		if e.Seq > after && len(page.Events) < limit && (l.broken == 0 || e.Seq < l.broken) {
			page.Events = append(page.Events, e)
		}
	}
	return page, nil
}

// add adds an event of nick's.
func (l *log) add(typ protocol.EventType, nick string, target uint64, body json.RawMessage) uint64 {
	seq := uint64(len(l.events) + 1)
	l.events = append(l.events, protocol.Event{
		Type: typ, Seq: seq, ID: fmt.Sprint("i", seq), At: noon.Add(time.Duration(seq) * time.Minute),
		From: protocol.Member{Member: "m-" + nick, Nick: nick, Role: protocol.RoleMember}, Target: target, Body: body,
	})
	return seq
}

func (l *log) say(nick, content string, replyTo uint64) uint64 {
	return l.add(protocol.EventMessage, nick, 0, protocol.MessageBody{Content: content, ReplyTo: replyTo}.Encode())
}

func (l *log) edit(nick string, target uint64, content string) {
	l.add(protocol.EventEdited, nick, target, protocol.EditedBody{Content: content}.Encode())
}

func (l *log) react(nick string, target uint64, emoji string, remove bool) {
	l.add(protocol.EventReacted, nick, target, protocol.ReactedBody{Emoji: emoji, Remove: remove}.Encode())
}

func write(t *testing.T, f archive.Format, l *log) (string, error) {
	t.Helper()
	var b bytes.Buffer
	room := archive.Room{Code: "lobby", Name: "The <Lobby>", Epoch: "Zk3f", First: 1, Head: uint64(len(l.events))}
	if len(l.events) > 0 {
		room.First = l.events[0].Seq
		room.Head = l.events[len(l.events)-1].Seq
	}
	err := archive.Write(t.Context(), &b, f, room, l, noon, func() error { return nil })
	return b.String(), err
}

// conversation has one of each.
func conversation() *log {
	l := new(log)
	hi := l.say("ada", "hi <script>alert(1)</script>", 0)
	l.say("bob", "ho & \x1b[2J", hi)
	gone := l.add(protocol.EventMessage, "eve", 0, protocol.MessageBody{Deleted: true}.Encode())
	l.edit("ada", hi, "hello <b>")
	l.react("bob", hi, "👍", false)
	l.react("eve", hi, "👍", false)
	l.react("eve", hi, "👍", true)
	l.say("zoe", "what was that?", gone)
	l.say("zoe", "/me waves", 0)
	l.add(protocol.EventModerated, "ada", 0, protocol.ModeratedBody{Action: protocol.ActionKick, Member: "m-eve", Nick: "eve", Reason: "spam"}.Encode())
	until := time.Date(2026, 3, 2, 12, 0, 0, 0, time.FixedZone("elsewhere", 3600))
	l.add(protocol.EventModerated, "ada", 0, protocol.ModeratedBody{Action: protocol.ActionBan, Member: "m-eve", Nick: "eve", Until: &until}.Encode())
	old := time.Date(2019, 7, 20, 20, 17, 0, 0, time.UTC)
	l.add(protocol.EventMessage, "neil", 0, protocol.MessageBody{Content: "long ago", SentAt: &old}.Encode())
	return l
}

func TestJSONLinesHaveTheEventsAndSayThatTheyAreComplete(t *testing.T) {
	l := conversation()
	text, err := write(t, archive.JSONLines, l)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != len(l.events)+2 {
		t.Fatalf("%d lines of %d events", len(lines), len(l.events))
	}
	if want := `{"export":{"version":1,"room":"lobby","name":"The \u003cLobby\u003e","epoch":"Zk3f","first":1,"head":12,"at":"2026-03-01T12:00:00.000Z","server":"snug `; !strings.HasPrefix(lines[0], want) {
		t.Errorf("begins with %s, want %s", lines[0], want)
	}
	for i := range l.events {
		if want := string(l.events[i].AppendJSON(nil)); lines[i+1] != want {
			t.Errorf("%s, want %s", lines[i+1], want)
		}
	}
	if last := lines[len(lines)-1]; last != `{"end":{"events":12}}` {
		t.Errorf("ends with %s", last)
	}
}

func TestPeopleSeeTheRoomAsItIsNow(t *testing.T) {
	text, err := write(t, archive.Text, conversation())
	if err != nil {
		t.Fatal(err)
	}
	want := `The <Lobby> (lobby)
events 1 to 12, exported on 1 March 2026 12:00; times are in UTC

Sunday, 1 March 2026

12:01 ada: hello <b> (edited)
      👍 bob
12:02 > ada: hello <b>
12:02 bob: ho & \x1b[2J
12:03 eve: (erased)
12:08 > eve: erased
12:08 zoe: what was that?
12:09 * zoe waves
12:10 -- ada kicked eve: spam
12:11 -- ada banned eve until 2026-03-02 11:00:00

Saturday, 20 July 2019

20:17 neil: long ago

-- end --
`
	if text != want {
		t.Errorf("the text is\n%s\nwant\n%s", text, want)
	}
	page, err := write(t, archive.HTML, conversation())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<title>The &lt;Lobby&gt; (lobby)</title>", `<p class="said" dir="auto">hello &lt;b&gt; <small>(edited)</small></p>`, `<li title="bob">👍 1`,
		`<blockquote><a href="#m1"><bdi>ada: hello &lt;b&gt;</bdi></a></blockquote>`, `<p class="erased">erased</p>`, "<bdi>zoe</bdi> waves", "ada kicked eve: spam",
		`<time datetime="2019-07-20T20:17:00.000Z">20:17</time>`, "End of the export",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "alert(1)") {
		t.Errorf("the page has what was edited away, or a script:\n%s", page)
	}
}

func TestAnArchiveThatBreaksOffSaysSo(t *testing.T) {
	for f, says := range map[archive.Format]string{
		archive.JSONLines: `{"error":"the rest can't be read"}` + "\n", archive.Text: "INCOMPLETE: the rest can't be read", archive.HTML: "This export is incomplete:</strong> the rest can&#39;t be read",
	} {
		l := conversation()
		l.broken = 5
		text, err := write(t, f, l)
		if err == nil || !strings.Contains(text, says) || strings.Contains(text, "end") && f == archive.Text {
			t.Errorf("%s: %v, and it lacks %q:\n%s", f, err, says, text)
		}
		if strings.Contains(text, "disk") {
			t.Errorf("%s tells what is wrong with the server:\n%s", f, text)
		}
	}
}

func TestEventsThatAreNoLongerKeptAreNamed(t *testing.T) {
	l := conversation()
	l.events = append(l.events[:3], l.events[7:]...)
	for f, says := range map[archive.Format]string{
		archive.JSONLines: `{"gap":{"first":4,"last":7}}`, archive.Text: "events 4 to 7 are no longer kept", archive.HTML: "events 4 to 7 are no longer kept",
	} {
		if text, err := write(t, f, l); err != nil || !strings.Contains(text, says) {
			t.Errorf("%s: %v, and it lacks %q:\n%s", f, err, says, text)
		}
	}
}

func TestAnEmptyRoomHasAnArchive(t *testing.T) {
	for _, f := range []archive.Format{archive.JSONLines, archive.HTML, archive.Text} {
		if text, err := write(t, f, new(log)); err != nil || !strings.Contains(strings.ToLower(text), "end") {
			t.Errorf("%s: %v\n%s", f, err, text)
		}
	}
}

func TestPeopleSeeWhichFilesThereWere(t *testing.T) {
	l := &log{}
	l.add(protocol.EventMessage, "ada", 0, protocol.MessageBody{Files: []protocol.File{{ID: "A", Name: "a<b>.png", Size: 48213}}}.Encode())
	l.add(protocol.EventMessage, "ada", 0, protocol.MessageBody{Content: "look", Files: []protocol.File{{ID: "B", Name: "c.txt", Size: 5, Alt: "a <list>"}}}.Encode())
	for format, wants := range map[archive.Format][]string{
		archive.Text: {"ada: [a<b>.png, 48 kB]\n", "look\n    [c.txt, 5 B: a <list>]\n"},
		archive.HTML: {"[a&lt;b&gt;.png, 48 kB]", "look\n[c.txt, 5 B: a &lt;list&gt;]"},
	} {
		text, err := write(t, format, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q isn't in %s", want, text)
			}
		}
	}
}

// The document may be shown by a browser, and by a terminal that it is printed to.
func TestWhatOthersWriteIsShownAndNotObeyed(t *testing.T) {
	l := &log{}
	l.say("ann", "\x1b[31mred\x07\u009b2J\x7f<b> \u202edcba\u202c\r\nof\tWindows", 0)
	for f, want := range map[archive.Format]string{
		archive.HTML: "␛[31mred␇\ufffd2J␡&lt;b&gt; dcba\nof\tWindows</p>",
		archive.Text: `\x1b[31mred\a\u009b2J\x7f<b> \u202edcba\u202c` + "\n    of\tWindows\n",
	} {
		if got, err := write(t, f, l); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s, %v, has no %q:\n%s", f, err, want, got)
		}
	}
}
