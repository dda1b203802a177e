package outgoing

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// answers returns a receiver that answers each message with body.
func answers(t *testing.T, body string) *receiver {
	return receive(t, func(w http.ResponseWriter, _ *http.Request, _ delivery) { _, _ = w.Write([]byte(body)) })
}

func TestAnAnswerIsTheBotsReply(t *testing.T) {
	for name, answer := range map[string]string{"content": `{"content":"pong"}`, "text": ` {"text":"pong","later":1} `, "a byte order mark": "\ufeff" + `{"text":"pong"}`} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, onMemory(t))
			r := answers(t, answer)
			hook := f.hook("Echo", r.URL)
			f.run()
			seq := f.say("ping")
			eventually(t, "the reply is there", func() bool { return len(f.log(seq)) > 0 })
			e := f.log(seq)[0]
			body, err := e.Message()
			if err != nil || body.Content != "pong" || body.ReplyTo != seq || e.From.Member != hook || !e.From.Bot || e.ID != r.next().id() {
				t.Errorf("the reply is %s, %v", e.AppendJSON(nil), err)
			}
			f.say("ping")
			r.expect("ping") // and not the bot's own message
		})
	}
}

func TestAReplyToWhatIsNoMessage(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.hook("Echo", answers(t, `{"text":"seen"}`).URL, "reacted", "moderated")
	seq := f.say("one")
	f.run()
	reacted := f.about(protocol.EventReacted, seq, `{"emoji":"👍"}`)
	eventually(t, "the reply is there", func() bool { return len(f.log(reacted)) == 1 })
	f.hook("Other", "http://localhost")
	eventually(t, "the second reply is there", func() bool { return len(f.log(reacted)) == 3 })
	for i, want := range map[int]uint64{0: seq, 2: 0} {
		if body, err := f.log(reacted)[i].Message(); err != nil || body.ReplyTo != want {
			t.Errorf("the reply %d is %+v, %v; want one to %d", i, body, err, want)
		}
	}
}

// storesNothing is a journal that accepts no positions.
type storesNothing struct{ Journal }

func (j storesNothing) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	if d.StateOnly {
		done(journal.Outcome{}, journal.ErrUnavailable)
		return nil
	}
	return j.Journal.Append(ctx, d, done)
}

// An event that is delivered twice is answered twice, and has one reply: the first.
func TestARepeatedDeliveryHasOneReply(t *testing.T) {
	f := newFixture(t, storesNothing{onMemory(t)})
	var n atomic.Int32
	r := receive(t, func(w http.ResponseWriter, _ *http.Request, _ delivery) {
		_, _ = w.Write(fmt.Appendf(nil, `{"text":"answer %d"}`, n.Add(1)))
	})
	f.hook("Echo", r.URL)
	seq := f.say("ping")
	stop := f.run()
	eventually(t, "the reply is there", func() bool { return len(f.log(seq)) > 0 })
	stop() // as by a kill: no position was stored
	f.run()
	all := r.expect("ping", "ping")
	if all[0].id() != all[1].id() {
		t.Errorf("delivered under %q and %q", all[0].id(), all[1].id())
	}
	last := f.say("pong")
	r.expect("pong")
	eventually(t, "the second reply is there", func() bool { return len(f.log(last)) > 0 })
	var replies []string
	for _, e := range f.log(seq) {
		if e.From.Bot {
			replies = append(replies, string(e.Body))
		}
	}
	if len(replies) != 2 || !strings.Contains(replies[0], "answer 1") {
		t.Errorf("the replies are %q", replies)
	}
}

func TestOtherAnswersAreNoReplies(t *testing.T) {
	f := newFixture(t, onMemory(t))
	big := `{"content":"` + strings.Repeat("x", 200) + `"}`
	for name, answer := range map[string]string{
		"nothing": "", "text": "ok", "another object": `{"ok":true}`, "a list": `["x"]`, "null": "null", "a number": `{"content":7}`, "empty": `{"content":"","text":""}`, "too much": big,
		"no text": "{\"content\":\"\xff\"}",
	} {
		f.hook(name, answers(t, answer).URL, "message")
	}
	f.hook("Echo", answers(t, `{"text":"pong"}`).URL, "message")
	f.run(func(o *Options) { o.MaxAnswered = 150 })
	seq := f.say("one")
	eventually(t, "all have delivered", func() bool {
		state := f.snapshot().State
		hooks, err := policy.ReadOutgoing(state)
		if err != nil {
			t.Fatal(err)
		}
		return !slices.ContainsFunc(hooks, func(h policy.Hook) bool {
			at, ok, err := policy.ReadDelivered(state, h.Member)
			return err != nil || !ok || at.Seq < seq
		})
	})
	if page := f.log(seq); len(page) != 1 || page[0].From.Nick != "Echo" {
		t.Errorf("the replies are %+v", page)
	}
}

func TestALongAnswerIsShortened(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.hook("Echo", answers(t, `{"text":"`+strings.Repeat("é", 101)+`"}`).URL)
	f.run()
	seq := f.say("one")
	eventually(t, "the reply is there", func() bool { return len(f.log(seq)) == 1 })
	if body, err := f.log(seq)[0].Message(); err != nil || body.Content != strings.Repeat("é", 99)+"…" {
		t.Errorf("the reply is %+v, %v", body, err)
	}
}

func TestAnAnswerThatNeverEndsIsAFailure(t *testing.T) {
	f := newFixture(t, onMemory(t))
	var tries atomic.Int32
	r := receive(t, func(w http.ResponseWriter, r *http.Request, _ delivery) {
		if tries.Add(1) == 1 {
			_, _ = w.Write([]byte(`{"text":`))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	})
	f.hook("Echo", r.URL)
	f.run(func(o *Options) { o.Timeout = 100 * time.Millisecond })
	f.say("one")
	r.expect("one", "one")
}
