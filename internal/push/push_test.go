package push

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"testing"
	"time"

	"snug/internal/auth"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestWhoIsTold(t *testing.T) {
	for name, engine := range map[string]func() Journal{"memory": onMemory, "disk": func() Journal { return onDisk(t) }} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, engine())
			f.say(ann, calls("before the devices"))
			all, mentions, other := f.device(bob.Member, protocol.PushAll), f.device(bob.Member, protocol.PushMentions), f.device(cat.Member, protocol.PushMentions)
			f.run()
			for _, step := range []struct {
				what  string
				from  protocol.Member
				body  protocol.MessageBody
				told  why // the device of all; empty for not told
				other why // that of mentions
			}{
				{"a message", ann, hello("one"), whyMessage, ""},
				{"a mention", ann, calls("two"), whyMention, whyMention},
				{"an own message", bob, hello("three"), "", ""},
				{"a reply to it", ann, protocol.MessageBody{Content: "four", ReplyTo: 5}, whyReply, whyReply},
				{"a reply to another", cat, protocol.MessageBody{Content: "five", ReplyTo: 3}, whyMessage, ""},
				{"an own message with the own nick", bob, calls("six"), "", ""},
				{"a bot's message", protocol.Member{Member: "bot", Nick: "Bot", Bot: true}, hello("seven"), whyMessage, ""},
				{"an imported message", ann, protocol.MessageBody{Content: "eight", Mentions: []string{bob.Member}, SentAt: new(time.Now())}, "", ""},
				{"a file", ann, protocol.MessageBody{Files: []protocol.File{{ID: "a", Name: "a.png"}}}, whyMessage, ""},
			} {
				seq := f.say(step.from, step.body)
				for b, want := range map[*pushtestBrowser]why{all: step.told, mentions: step.other} {
					if want == "" {
						continue
					}
					m := told(t, b)
					if m != (message{"lobby", "", f.snapshot().Epoch, seq, want, step.from.Nick, step.body.Content, len(step.body.Files)}) {
						t.Errorf("%s: %+v", step.what, m)
					}
				}
				f.settle()
				if all.Waiting()+mentions.Waiting()+other.Waiting() != 0 {
					t.Fatalf("%s was told to who shouldn't be", step.what)
				}
			}
		})
	}
}

func TestAPushSaysHowUrgentItIs(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	f.run(func(o *Options) { o.Contact = "mailto:ops@example.com" })
	f.say(ann, hello("one"))
	message := b.Next()
	f.say(ann, calls("two"))
	mention := b.Next()
	f.say(ann, calls("three"))
	again := b.Next()
	key := base64.RawURLEncoding.EncodeToString(auth.NewPushKey([]byte("key")).PublicKey().Bytes())
	for _, p := range []struct{ what, got, want string }{
		{"urgency of a message", message.Urgency, "normal"}, {"urgency of a mention", mention.Urgency, "high"},
		{"contact", message.Contact, "mailto:ops@example.com"}, {"key", mention.Key, key},
		{"topic of two mentions", again.Topic, mention.Topic}, {"size", fmt.Sprint(message.Bytes), fmt.Sprint(recordBytes)},
	} {
		if p.got != p.want {
			t.Errorf("%s: %q, want %q", p.what, p.got, p.want)
		}
	}
	if seconds, err := strconv.Atoi(message.TTL); err != nil || seconds > 86400 || seconds < 86000 {
		t.Errorf("it may be delivered for %q more seconds: what is left of a day", message.TTL)
	}
	if message.Topic == mention.Topic || message.Topic == "" {
		t.Errorf("a message replaces a mention: topics %q and %q", message.Topic, mention.Topic)
	}
}

// Without a contact, push services are told where the device was registered.
func TestTheContactIsKnownWithoutAnOption(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll, func(d *policy.Device) { d.Site = "https://chat.example/" })
	local := f.device(bob.Member, protocol.PushAll)
	f.run()
	f.say(ann, hello("one"))
	if got, other := b.Next().Contact, local.Next().Contact; got != "https://chat.example/" || other != "https://localhost" {
		t.Errorf("the contacts are %q and %q", got, other)
	}
}

func TestNothingIsPushedInQuietTimes(t *testing.T) {
	f := newFixture(t, onMemory())
	now := time.Now().UTC()
	quiet := func(from, to time.Duration) func(*policy.Device) {
		return func(d *policy.Device) {
			d.Quiet = &protocol.Quiet{From: now.Add(from).Format(protocol.QuietTime), To: now.Add(to).Format(protocol.QuietTime), Zone: "UTC"}
		}
	}
	quietNow, quietLater := f.device(bob.Member, protocol.PushAll, quiet(-6*time.Hour, 6*time.Hour)), f.device(bob.Member, protocol.PushAll, quiet(6*time.Hour, 12*time.Hour))
	f.run()
	f.say(ann, calls("one"))
	expect(t, quietLater, "one")
	f.settle()
	expect(t, quietNow)
}

func TestNothingIsPushedToWhoSeesTheRoom(t *testing.T) {
	f := newFixture(t, onMemory())
	b, other := f.device(bob.Member, protocol.PushAll), f.device(cat.Member, protocol.PushAll)
	f.run()
	f.see(bob.Member)
	f.say(ann, calls("one"))
	expect(t, other, "one")
	f.settle()
	expect(t, b)
	f.see()
	f.say(ann, calls("two"))
	expect(t, b, "two")
}

func TestALevelIsChangedAndTakenBack(t *testing.T) {
	f := newFixture(t, onMemory())
	f.run()
	b, other := f.device(bob.Member, protocol.PushAll), f.device(cat.Member, protocol.PushAll)
	f.say(ann, hello("one"))
	expect(t, b, "one")
	f.register(bob.Member, b, protocol.PushMentions)
	f.say(ann, hello("two"))
	f.say(ann, calls("three"))
	expect(t, b, "three")
	p := f.policy()
	d, _ := p.Unregister("lobby", bob.Member, b.Endpoint)
	f.append(d)
	f.say(ann, calls("four"))
	for told(t, other).Text != "four" {
	}
	f.settle()
	expect(t, b)
}

// Devices end with what they stand on: their seat, their member's place in the room, the room.
func TestDevicesAreToldNothingAfterTheirEnd(t *testing.T) {
	for name, end := range map[string]func(*fixture){
		"banned":  func(f *fixture) { f.order(protocol.ActionBan, bob) },
		"kicked":  func(f *fixture) { f.order(protocol.ActionKick, bob) },
		"revoked": func(f *fixture) { f.order(protocol.ActionRevoke, bob) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, onMemory())
			b, other := f.device(bob.Member, protocol.PushAll), f.device(cat.Member, protocol.PushAll)
			f.run()
			f.say(ann, calls("one"))
			expect(t, b, "one")
			end(f)
			f.say(ann, calls("two"))
			for told(t, other).Text != "two" {
			}
			f.settle()
			expect(t, b)
		})
	}
}

func TestAClosedRoomIsForgotten(t *testing.T) {
	f := newFixture(t, onDisk(t))
	b := f.device(bob.Member, protocol.PushAll)
	f.service.Answer(failFirst(1 << 30))
	f.run()
	f.say(ann, calls("one"))
	eventually(t, "the push is tried", func() bool { return b.Tries() > 0 })
	f.order(protocol.ActionClose, protocol.Member{})
	eventually(t, "it isn't tried any more", func() bool {
		tries := b.Tries()
		time.Sleep(50 * time.Millisecond) // several times as long as it waits before it tries again
		return b.Tries() == tries
	})
	if n := f.registered(); n != 0 {
		t.Errorf("the closed room has %d devices", n)
	}
	f.service.Answer(nil)
	expect(t, b)
}

func TestTheRoomsNameIsPushed(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	f.run()
	name := "Tea room"
	f.order(protocol.ActionSet, protocol.Member{}, func(o *policy.Order) { o.Settings = protocol.SettingsChange{Name: &name} })
	f.say(ann, hello("one"))
	if m := told(t, b); m.Name != name {
		t.Errorf("pushed: %+v", m)
	}
}

// That a ban is over is no event: it is noticed in time, also while the room is busy.
func TestDevicesAreToldAgainAfterABan(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	f.run(func(o *Options) { o.Forget = 10 * time.Millisecond })
	f.order(protocol.ActionBan, bob, func(o *policy.Order) { o.For = time.Second })
	eventually(t, "bob is told again", func() bool {
		f.say(ann, hello("are you back?"))
		return b.Waiting() > 0
	})
	p := f.policy()
	if len(p.Devices(time.Now())) != 1 {
		t.Error("bob was told while he was banned")
	}
}
