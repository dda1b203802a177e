package chat_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"snug/internal/chat"
)

// metric returns the value of a metric without labels.
func (h *testServer) metric(t *testing.T, name string) float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(h.Metrics()...)
	r.MustRegister(h.rooms.Metrics()...)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

// A room whose owner has only claimed it has nothing that plain shows.
func TestWhoIsShownNothingIsNotBehind(t *testing.T) {
	h := open(t, withOwners)
	h.v1(t, "room1", "ann")
	h.dial(t, "room1", "&history=50")
	waitUntil(t, "both are seated", func() bool {
		in := chat.NewWindow(h.Server).Look()
		return len(in.Rooms) == 1 && in.Rooms[0].Clients == 2
	})
	waitUntil(t, "nobody is catching up", func() bool {
		return h.metric(t, "snug_catching_up_connections") == 0 && h.metric(t, "snug_lag_max_events") == 0
	})
}

func TestMetricsCountWhatHappens(t *testing.T) {
	h := open(t)
	ann, bob := h.v1(t, "room1", "ann"), h.plain(t, "room1")
	for i := range 10 {
		ann.send(fmt.Sprint(i), "hi")
	}
	ann.send("x", "")
	ann.say(`{"type":"nothing"}`)
	for range 10 {
		bob.next()
	}
	for got := map[string]int{}; got["message"] < 11 || got["error"] < 2; { // with bob's hello
		got[ann.next().Type]++
	}
	waitUntil(t, "what was written is counted", func() bool { return h.metric(t, "snug_deliveries_total") == 22 })
	for name, want := range map[string]float64{
		"snug_connections": 2, "snug_rooms": 1, "snug_messages_total": 11, "snug_lag_max_events": 0, "snug_catching_up_connections": 0,
	} {
		if got := h.metric(t, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	sent, received := h.metric(t, "snug_sent_bytes_total"), h.metric(t, "snug_received_bytes_total")
	if sent < 2000 || sent > 10_000 || received < 400 || received > 2000 {
		t.Errorf("%v bytes were sent and %v received", sent, received)
	}
	h.refusals(t, "empty", 1)
	h.refusals(t, "unknown-type", 1)

	_, _ = ann.ws.CloseNow(), bob.ws.CloseNow() // they are gone either way
	waitUntil(t, "they are gone", func() bool { return h.Connections() == 0 })
	if got := h.metric(t, "snug_deliveries_total"); got != 22 {
		t.Errorf("after they have gone there were %v deliveries", got)
	}
	if got := h.metric(t, "snug_sent_bytes_total"); got < sent {
		t.Errorf("after they have gone %v bytes were sent, before %v", got, sent)
	}
}

// refusals checks how many there were of a code.
func (h *testServer) refusals(t *testing.T, code string, want float64) {
	t.Helper()
	if got := h.labelled(t, "snug_refusals_total", code); got != want {
		t.Errorf("of %s there were %v, want %v", code, got, want)
	}
}

func (h *testServer) labelled(t *testing.T, name, value string) float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(h.Metrics()...)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetValue() == value {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestRefusedHandshakesAreCounted(t *testing.T) {
	h := open(t)
	if status, _ := h.request(t, "GET /ws?roomCode= HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); status.StatusCode != http.StatusBadRequest {
		t.Fatalf("it answers %s", status.Status)
	}
	if got := h.labelled(t, "snug_handshake_refusals_total", "400"); got != 1 {
		t.Errorf("it counts %v", got)
	}
}

func TestMetricsAreNamedAsIsUsual(t *testing.T) {
	h := open(t)
	h.v1(t, "room1", "ann").say(`{"type":"nothing"}`)
	waitUntil(t, "it is refused", func() bool { return h.labelled(t, "snug_refusals_total", "unknown-type") == 1 })
	for _, c := range append(h.Metrics(), h.rooms.Metrics()...) {
		problems, err := testutil.CollectAndLint(c)
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// One client reads nothing. Whoever looks inside sees which, and how far behind.
func TestTheSlowClientIsSeen(t *testing.T) {
	h := open(t, func(s *setup) { s.buffers = smallBuffer })
	slow := h.connectRaw(t, "room1", "snug.v1")
	slow.buffer(smallBuffer)
	slow.say(`{"type":"join","nick":"slow"}`)
	fast := h.v1(t, "room1", "fast")
	const n = 3000
	content := strings.Repeat("x", 1000)
	for i := range n {
		fast.send(fmt.Sprint(i), content)
		fast.until("message")
	}
	window := chat.NewWindow(h.Server)
	in := window.Look()
	if len(in.Rooms) != 1 || in.Rooms[0].Clients != 2 || in.Rooms[0].Head != n {
		t.Fatalf("it shows %+v", in)
	}
	first := in.Rooms[0].Shown[0]
	if first.Nick != "slow" || first.Lag < n/2 || first.Lag > n || in.Rooms[0].Behind != first.Lag {
		t.Errorf("the first is %+v", first)
	}
	if len(in.Furthest) == 0 || in.Furthest[0] != first {
		t.Errorf("the furthest behind are %+v", in.Furthest)
	}
	if lag := h.metric(t, "snug_lag_max_events"); lag < n/2 {
		t.Errorf("the metric says %v", lag)
	}
	if second := in.Rooms[0].Shown[1]; second.Nick != "fast" || second.Lag > 1 {
		t.Errorf("the second is %+v", second)
	}
}

func TestTheBusiestRoomsAreShown(t *testing.T) {
	h := open(t)
	talkers := map[string]*client{}
	for i := range 70 {
		code := fmt.Sprint("room", i)
		talkers[code] = h.v1(t, code, "ann")
	}
	window := chat.NewWindow(h.Server)
	was := window.Look()
	if len(was.Rooms) != 60 || was.OpenRooms != 70 || was.Connections != 70 {
		t.Errorf("it shows %d rooms of %d, and %d connections", len(was.Rooms), was.OpenRooms, was.Connections)
	}
	for i := range 20 {
		for _, code := range []string{"room3", "room69"} {
			talkers[code].send(fmt.Sprint(i), "hi")
			talkers[code].until("message")
			if code == "room3" && i >= 10 {
				break
			}
		}
	}
	waitUntil(t, "there is something new to see", func() bool { return window.Look().At != was.At })
	now := window.Look()
	if a, b := now.Rooms[0].Code, now.Rooms[1].Code; a+b != "room3room69" {
		t.Errorf("the busiest are %s and %s", a, b)
	}
	if r := now.Rooms[0]; r.Rate <= 0 || now.Rooms[1].Rate <= 0 || now.Rooms[2].Rate != 0 || r.Shown[0].Rate <= 0 {
		t.Errorf("the busiest is %+v", r)
	}
}

// However many look, and however often, it is one look in a while.
func TestALookIsGoodForAWhile(t *testing.T) {
	h := open(t)
	h.v1(t, "room1", "ann")
	window := chat.NewWindow(h.Server)
	began := window.Look()
	for range 100 {
		if now := window.Look(); now.At != began.At && now.At.Sub(began.At) < 900*time.Millisecond {
			t.Fatalf("after %v it looked again", now.At.Sub(began.At))
		}
	}
}
