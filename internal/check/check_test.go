package check

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug"
	"snug/internal/servertest"
	"snug/protocol"
)

func TestAServerThatKeepsItsPromisesHasNoFindings(t *testing.T) {
	t.Parallel()
	for _, journal := range []string{"memory:", "sqlite:"} {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			r := judge(t, busy(t, servertest.Start(t, journal).URL), func(r Report) bool { return r.Cuts > 0 })
			finds(t, r, counts{})
			if r.Cuts == 0 || r.Drops > 0 || r.Unsettled > 0 || r.Refused > 0 || r.Confirmed != r.Sent {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Clients that move between two ways to one server find nothing; between two servers
// that have nothing to do with each other they find that out.
func TestNodesAreOneServer(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "memory:")
	other := httptest.NewServer(s)
	t.Cleanup(other.Close)
	o := busy(t, s.URL)
	o.Nodes = []string{other.URL}
	finds(t, judge(t, o, nil), counts{})

	o.Nodes, o.Patience = []string{servertest.Start(t, "memory:").URL}, 3*time.Second
	if r, err := Run(t.Context(), o); err == nil && r.Faults() == 0 {
		t.Errorf("two servers pass for one: %+v", r)
	}
}

// midway returns a Progress that does something once, when some messages are
// confirmed.
func midway(do func()) func(Report) {
	done := false
	return func(r Report) {
		if !done && r.Confirmed >= 20 {
			done = true
			do()
		}
	}
}

// restartMidway checks s, restarts it when 20 messages are confirmed, and goes on until as many
// more are.
func restartMidway(t *testing.T, s *servertest.Server) Report {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := busy(t, s.URL)
	o.Duration, o.CutEvery = time.Hour, 0 // all are connected when the server stops
	var before uint64
	o.Progress = func(r Report) {
		switch {
		case before == 0 && r.Confirmed >= 20:
			before = r.Confirmed
			s.Stop()
			s.Start()
		case before > 0 && r.Confirmed >= before+20:
			cancel()
		}
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARestartInTheMiddleIsNoFault(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "sqlite:")
	r := restartMidway(t, s)
	finds(t, r, counts{})
	if r.Drops == 0 || r.Unsettled > 0 || r.Epochs > 0 {
		t.Errorf("%+v", r)
	}
}

func TestALogThatIsBegunAnewHasLostWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "memory:")
	r := restartMidway(t, s)
	if r.Epochs != 1 || r.Counts[Lost] < 20 || r.Counts[Lost] >= r.Confirmed || r.Confirmed+r.Unsettled != r.Sent ||
		len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "begun anew") {
		t.Errorf("%+v", r)
	}
	finds(t, r, counts{Lost: r.Counts[Lost]})
}

func TestWhatIsNoLongerKeptIsNotLost(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := busy(t, servertest.Start(t, "memory:").URL) // it keeps 1,000 events
	o.Rate, o.Duration = 200, time.Minute
	o.Progress = func(r Report) {
		if r.Confirmed > 1200 {
			cancel()
		}
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	finds(t, r, counts{})
	if r.Unkept == 0 || r.Unkept >= r.Confirmed {
		t.Errorf("%d of %d confirmed messages are no longer kept", r.Unkept, r.Confirmed)
	}
}

func TestARoomThatIsClosedEndsTheCheckAndIsNoFault(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "sqlite:")
	ws, _, err := websocket.Dial(t.Context(), s.URL+"/ws?roomCode=lobby", &websocket.DialOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	say := func(frame string) {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
			t.Error(err)
		}
	}
	say(`{"type":"join","nick":"zoe"}`)
	if _, _, err := ws.Read(t.Context()); err != nil { // its welcome: it owns the room
		t.Fatal(err)
	}
	o := busy(t, s.URL)
	o.Room, o.Duration = "lobby", 10*time.Second
	o.Progress = midway(func() { say(`{"type":"close","id":"c"}`) })
	r, err := Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "the room was closed, and its log is erased") {
		t.Errorf("the check ends with %v", err)
	}
	finds(t, r, counts{})
	if _, err = Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "the room was closed, and its log is erased") {
		t.Errorf("another check ends with %v", err)
	}
}

func TestOthersMayTalkInTheRoom(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "sqlite:")
	o := busy(t, s.URL)
	o.Room = "lobby"
	ws, _, err := websocket.Dial(t.Context(), s.URL+"/ws?roomCode=lobby", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	var said atomic.Int64
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		for ws.Write(ctx, websocket.MessageText, []byte(`{"Author":"bob","Content":"check this out"}`)) == nil {
			if _, _, err := ws.Read(ctx); err != nil { // any message sets the pace
				break
			}
			said.Add(1)
		}
	}()
	r := judge(t, o, func(Report) bool { return said.Load() >= 10 })
	cancel()
	<-ended
	if said.Load() < 10 || r.Delivered < r.Confirmed*uint64(r.Clients) {
		t.Errorf("%d were said beside %+v", said.Load(), r)
	}
	finds(t, r, counts{})
}

func TestItStaysWithinTheServersLimitsUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	strict := func(o *snug.Options) { o.Limits.Off, o.Limits.MessageRate, o.Limits.MessageBurst = false, 4, 2 }
	for _, c := range []struct {
		name    string
		rate    float64
		refused bool
	}{
		{"as it likes", 0, false},
		{"too fast", 40, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var refusals atomic.Int64
			m := newFaultyProxy(t, servertest.Start(t, "memory:", strict).URL, 0, injections{refusal: func(e *protocol.Error) {
				if e.Code == protocol.RateLimited {
					refusals.Add(1)
				}
			}})
			o := busy(t, m.url)
			o.Rate, o.Duration = c.rate, 2*time.Second
			r := judge(t, o, func(Report) bool { return (refusals.Load() > 0) == c.refused })
			finds(t, r, counts{})
			if (refusals.Load() > 0) != c.refused || r.Unsettled > 0 {
				t.Errorf("refused %d times: %+v", refusals.Load(), r)
			}
		})
	}
}

func TestAServerThatAsksToWaitIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "sqlite:")
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1)%4 == 1 { // the very first one, too
					w.Header().Set("Retry-After", "1")
					http.Error(w, "later", status)
					return
				}
				s.ServeHTTP(w, r)
			}))
			t.Cleanup(front.Close)
			r := judge(t, busy(t, front.URL), nil)
			finds(t, r, counts{})
		})
	}
}

func TestAServerThatStaysAwayEndsTheCheck(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "sqlite:")
	o := busy(t, s.URL)
	o.Duration, o.Patience = time.Minute, time.Second
	o.Progress = midway(s.Stop)
	r, err := Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "down for more than 1s") {
		t.Errorf("ended with %v", err)
	}
	if r.Faults() > 0 || r.Confirmed < 20 {
		t.Errorf("%+v", r)
	}
}

func TestAnInterruptedCheckJudgesWhatWasUntilThen(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := busy(t, servertest.Start(t, "sqlite:").URL)
	o.Duration = time.Hour
	o.Progress = midway(cancel)
	r, err := Run(ctx, o)
	if err != nil || r.Confirmed < 20 || r.Unsettled > 0 {
		t.Errorf("%v, %+v", err, r)
	}
	finds(t, r, counts{})
}

func TestACheckThatCannotBeDoneSaysWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t, "memory:", func(o *snug.Options) { o.Limits.MaxContent = 20 })
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	nobody := httptest.NewServer(nil)
	nobody.Close()
	for _, c := range []struct {
		name   string
		change func(*Options)
		says   string
	}{
		{"nobody there", func(o *Options) { o.Server = nobody.URL }, "does it run"},
		{"another server", func(o *Options) { o.Server = elsewhere.URL }, "HTTP status 404"},
		{"no server", func(o *Options) { o.Server = "" }, "http://localhost:8080"},
		{"a bad code", func(o *Options) { o.Room = "a b" }, "room code"},
		{"too short messages", func(*Options) {}, "a check needs 64"},
		{"no clients", func(o *Options) { o.Clients = 0 }, "from 1 to 1000"},
		{"too many clients", func(o *Options) { o.Clients = 1001 }, "from 1 to 1000"},
		{"a negative rate", func(o *Options) { o.Rate = -1 }, "messages a second"},
		{"no time", func(o *Options) { o.Duration = 0 }, "above 0"},
		{"negative cuts", func(o *Options) { o.CutEvery = -1 }, "0 to cut nothing"},
		{"everything late", func(o *Options) { o.Late = 0 }, "above 0"},
		{"no patience", func(o *Options) { o.Patience = 0 }, "above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := busy(t, s.URL)
			c.change(&o)
			_, err := Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, c.says)
			}
		})
	}
}
