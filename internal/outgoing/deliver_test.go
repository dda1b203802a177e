package outgoing

import (
	"context"
	"log/slog"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"snug/internal/journal"
	"snug/protocol"
)

// The vector of the specification's own test suites.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	w, err := standardwebhooks.NewWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("signed %s, %v; want %s", got, err, want)
	}
}

func TestWhenAFailedDeliveryIsTriedAgain(t *testing.T) {
	d := New(Options{Log: slog.New(slog.DiscardHandler), StoreEvery: time.Hour})
	c := &cursor{run: &run{Dispatcher: d, ctx: context.Background()}}
	e := &journal.Entry{Event: protocol.Event{Seq: 1}}
	last := time.Duration(0)
	for i := range 20 {
		wait := c.fail(e, result{failed: "it is broken"})
		if most := d.options.MaxBackoff; wait > most || wait < last/2 || wait < min(d.options.Backoff<<i, most)*3/4 {
			t.Errorf("after failure %d: %v, before %v", i, wait, last)
		}
		last = wait
	}
	if wait := c.fail(e, result{failed: "it is busy", retryAfter: time.Hour}); wait != time.Hour {
		t.Errorf("it asked for an hour and gets %v", wait)
	}
	if wait := c.fail(e, result{failed: "it is busy", retryAfter: 1000 * time.Hour}); wait > 25*time.Hour {
		t.Errorf("it asked for 1000 hours and gets %v: it is paused after a day", wait)
	}
}
