package push

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"snug/internal/auth"
	"snug/internal/room/policy"
	"snug/protocol"
)

// What a client may register can be pushed to: encrypting and addressing it don't fail.
func FuzzRegistrations(f *testing.F) {
	const key, secret = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg"
	f.Add("https://push.example/abc", key, secret, "mentions", "22:00", "07:00", "Europe/Berlin", "hello")
	f.Add("https://[::1]:99/%zz?a=b#c", key, secret, "all", "00:00", "23:59", "UTC", "\x00\xff")
	f.Add("http://user@push.example", key+"=", "", "none", "", "", "Local", "")
	s := New(Options{Journal: onMemory(), Log: slog.New(slog.DiscardHandler), Key: auth.NewPushKey([]byte("key"))})
	ended, cancel := context.WithCancel(context.Background())
	cancel() // nothing is connected to
	f.Fuzz(func(t *testing.T, endpoint, p256dh, authSecret, level, from, to, zone, text string) {
		frame, err := json.Marshal(protocol.Command{
			Type: protocol.CommandPush, Ref: "p", Endpoint: endpoint, P256DH: p256dh, AuthSecret: authSecret, Level: protocol.PushLevel(level),
			Quiet: &protocol.Quiet{From: from, To: to, Zone: zone},
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd, err := protocol.DecodeCommand(frame)
		if err != nil {
			return
		}
		p, err := policy.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		if cmd.Level == protocol.PushNone {
			if _, ok := p.Unregister("lobby", "m1", cmd.Endpoint); ok {
				t.Error("there was a device")
			}
			return
		}
		_ = cmd.Quiet.Contains(time.Now())
		device := policy.Device{Member: "m1", Endpoint: cmd.Endpoint, P256DH: cmd.P256DH, Auth: cmd.AuthSecret, Level: cmd.Level, Quiet: cmd.Quiet, Nick: "bob"}
		draft, ok, err := p.Register("lobby", device, 0, 1, time.Now())
		if err != nil || !ok {
			t.Fatalf("it isn't registered: %v, %v", ok, err)
		}
		if err := p.Change(draft.State); err != nil {
			t.Fatal(err)
		}
		all := p.Devices(time.Now())
		if len(all) != 1 || all[0].Endpoint != cmd.Endpoint || all[0].Member != "m1" {
			t.Fatalf("the devices are %+v", all)
		}
		result := s.send(ended, &all[0], &push{"lobby", message{Room: "lobby", Text: text}, whyMention, TTL})
		if result.outcome != failed || result.reason != context.Canceled.Error() {
			t.Errorf("%q: %+v", frame, result)
		}
	})
}
