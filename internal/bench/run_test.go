package bench

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snug"
	"snug/protocol"
)

func TestWhatIsSentArrives(t *testing.T) {
	server := serve(t)
	for _, c := range []struct {
		name   string
		change func(*Options)
	}{
		{"v1, as fast as it goes", func(*Options) {}},
		{"plain, as fast as it goes", func(o *Options) { o.Dialect = protocol.Plain }},
		{"streams, as fast as it goes", func(o *Options) { o.Dialect = protocol.Stream }},
		{"v1, on a schedule", func(o *Options) { o.Rate = 500 }},
		{"plain, on a schedule", func(o *Options) { o.Rate, o.Dialect = 500, protocol.Plain }},
		{"streams, on a schedule", func(o *Options) { o.Rate, o.Dialect = 500, protocol.Stream }},
		{"after a warm-up", func(o *Options) { o.Warmup = 100 * time.Millisecond }},
		{"frames of other lengths", func(o *Options) { o.Size = 4000 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(server)
			c.change(&o)
			r := measure(t, o)
			// On a busy machine, the measured time may be over before anything has arrived.
			for r.Deliveries.Measured == 0 && o.Duration < patience/4 {
				o.Duration *= 2
				r = measure(t, o)
			}
			if r.Deliveries.Expected == 0 || r.Deliveries.Arrived != r.Deliveries.Expected || r.Deliveries.Arrived != 5*r.Messages.Sent {
				t.Errorf("%+v came of %+v", r.Deliveries, r.Messages)
			}
			if r.Deliveries.Measured == 0 || r.Latency.Count == 0 || r.Latency.Count > r.Deliveries.Arrived {
				t.Errorf("measured: %+v, latency %+v", r.Deliveries, r.Latency)
			}
			if o.Rate > 0 && float64(r.Latency.Count) != 5*o.Rate*o.Duration.Seconds() { // what was due in that time
				t.Errorf("on the schedule: %d latencies of %v a second in %v", r.Latency.Count, o.Rate, o.Duration)
			}
			if len(r.Faults) > 0 || len(r.Timeline) == 0 || len(r.Distribution) == 0 || r.Connections.Open != 10 {
				t.Errorf("faults %v, %d moments, %d quantiles, %+v", r.Faults, len(r.Timeline), len(r.Distribution), r.Connections)
			}
			l := r.Latency
			if l.Min > l.P50 || l.P50 > l.P90 || l.P90 > l.P99 || l.P99 > l.P999 || l.P999 > l.Max || l.Max == 0 {
				t.Errorf("latency %+v", l)
			}
		})
	}
}

func TestWhoStallsIsCountedNowhere(t *testing.T) {
	server := serve(t)
	for _, dialect := range []protocol.Dialect{protocol.V1, protocol.Plain} {
		o := options(server)
		o.Stalled, o.Dialect = 2, dialect
		r := measure(t, o)
		if r.Connections.Open != 10 || r.Deliveries.Arrived != 3*r.Messages.Sent || r.Deliveries.Arrived != r.Deliveries.Expected {
			t.Errorf("%v: %+v, %+v of %+v", dialect, r.Connections, r.Deliveries, r.Messages)
		}
	}
}

func TestOverTLSItIsTheSame(t *testing.T) {
	plain := serve(t, func(o *snug.Options) { o.Limits.MaxContent = 20_000 })
	to, err := url.Parse(plain)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	front.StartTLS()
	defer front.Close()
	o := options(strings.Replace(front.URL, "https", "wss", 1))
	o.TLS = front.Client().Transport.(*http.Transport).TLSClientConfig
	o.Size = 20_000 // longer than a record, and than the buffer
	if r := measure(t, o); r.Deliveries.Expected == 0 || r.Deliveries.Arrived != r.Deliveries.Expected || len(r.Faults) > 0 {
		t.Errorf("%+v, faults %v", r.Deliveries, r.Faults)
	}
	o.TLS = nil
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody knows: %v", err)
	}
}

// A server that stalls makes all that is due meanwhile late, not one message.
func TestAStallCountsForAllThatWasDueInIt(t *testing.T) {
	const stall = 300 * time.Millisecond
	server := serve(t)
	p := newProxy(t, strings.TrimPrefix(server, "http://"))
	o := options(p.url)
	o.Rate, o.Duration = 400, 1500*time.Millisecond
	released := make(chan struct{})
	stalled := false
	o.Progress = func(at Progress) {
		if at.Phase == Measuring && !stalled {
			stalled = true
			p.mu.Lock()
			time.AfterFunc(stall, func() { p.mu.Unlock(); close(released) })
		}
	}
	r := measure(t, o)
	<-released
	// Of 1500 ms, messages of 300 waited, a third of those for two thirds of it or more.
	if wait := 2 * stall / 3; r.Latency.P99 < wait.Microseconds() || r.Latency.Max < (stall-stall/10).Microseconds() {
		t.Errorf("latency %+v: the stall of %v doesn't show", r.Latency, stall)
	}
	if r.Deliveries.Arrived != r.Deliveries.Expected || r.Latency.Count != 600*5 {
		t.Errorf("%+v, %d latencies, want 3000", r.Deliveries, r.Latency.Count)
	}
}

func TestMembersAreSpreadOverNodes(t *testing.T) {
	server := serve(t)
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(to)
	another := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		came.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(another.Close)
	o := options(server)
	o.Nodes = []string{another.URL}
	r := measure(t, o)
	if r.Deliveries.Expected == 0 || r.Deliveries.Arrived != r.Deliveries.Expected {
		t.Errorf("%+v", r.Deliveries)
	}
	if came.Load() != 4 {
		t.Errorf("of five members in each of two rooms %d came to the second node, want two and two", came.Load())
	}
}

func TestAServersRateLimitIsSaidInWords(t *testing.T) {
	limited := serve(t, func(o *snug.Options) { o.Limits.Off, o.Limits.MessageRate, o.Limits.MessageBurst = false, 5, 2 })
	for _, dialect := range []protocol.Dialect{protocol.Plain, protocol.V1} {
		o := options(limited)
		o.Dialect = dialect
		r := measure(t, o)
		words := strings.Join(r.Remarks, "\n")
		if !strings.Contains(words, "rate limit") || !strings.Contains(words, "--limits off") || r.Messages.Refused == 0 {
			t.Errorf("%v: %q of %+v", dialect, words, r.Messages)
		}
		if r.Faults["rate-limited"] != r.Messages.Refused || r.Deliveries.Arrived != r.Deliveries.Expected {
			t.Errorf("%v: faults %v, %+v, %+v", dialect, r.Faults, r.Messages, r.Deliveries)
		}
	}
	// v1 says it before it is met.
	o := options(limited)
	o.Rate, o.Duration = 30, time.Millisecond
	if words := strings.Join(measure(t, o).Remarks, "\n"); !strings.Contains(words, "rate limit of 5 messages a second") {
		t.Errorf("a run too short to meet the limit says %q", words)
	}
}

func TestConnectionsThatFailAreCounted(t *testing.T) {
	full := serve(t, func(o *snug.Options) { o.Limits.Off, o.Limits.MessageRate, o.Limits.MaxConnections = false, 0, 6 })
	r := measure(t, options(full))
	failed := int64(0)
	for kind, n := range r.Faults {
		if !strings.HasPrefix(kind, "not connected: ") {
			t.Errorf("fault %q", kind)
		}
		failed += n
	}
	if r.Connections.Open != 6 || failed != 4 || !strings.Contains(strings.Join(r.Remarks, "\n"), "4 connections could not be opened") {
		t.Errorf("%+v, faults %v, remarks %q", r.Connections, r.Faults, r.Remarks)
	}
	if r.Deliveries.Arrived != r.Deliveries.Expected {
		t.Errorf("of those that were there: %+v", r.Deliveries)
	}
}

func TestWhoInterruptsGetsTheFiguresSoFar(t *testing.T) {
	o := options(serve(t))
	o.Duration = time.Hour
	ctx, interrupt := context.WithTimeout(t.Context(), patience)
	defer interrupt()
	o.Progress = func(p Progress) {
		if p.Phase == Measuring && p.Done > 0 {
			interrupt()
		}
	}
	r, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Interrupted || r.Deliveries.Measured == 0 || r.Seconds <= 0 || r.Seconds >= 3600 {
		t.Errorf("%+v in %v s", r.Deliveries, r.Seconds)
	}
	ctx, interrupt = context.WithCancel(t.Context())
	interrupt()
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before it began: %v", err)
	}
}

func TestTheReportIsOneJSONObject(t *testing.T) {
	r := measure(t, options(serve(t)))
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if again.Latency != r.Latency || again.Deliveries != r.Deliveries || again.Environment.GOMAXPROCS == 0 || again.Options.Members != 5 {
		t.Errorf("it comes back as %+v", again)
	}
}

func TestWrongOptionsSayWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		wrong func(*Options)
		says  string
	}{
		{func(o *Options) { o.Rooms = 0 }, "--rooms is 0: give a number from 1"},
		{func(o *Options) { o.Members = 0 }, "--members is 0: give at least 1"},
		{func(o *Options) { o.Members = 100_000 }, "at most 100000"},
		{func(o *Options) { o.Senders = 6 }, "--senders is 6: give a number from 1 to 5"},
		{func(o *Options) { o.Rate = -1 }, "--rate is -1: "},
		{func(o *Options) { o.Window = 0 }, "--window is 0: give a number of messages from 1"},
		{func(o *Options) { o.Duration = 0 }, "--duration is 0s: give a time above 0"},
		{func(o *Options) { o.Warmup = -1 }, "--warmup is -1ns: "},
		{func(o *Options) { o.Size = 10 }, "--size is 10: give a number of bytes from 26"},
		{func(o *Options) { o.ConnectRate = 0 }, "--connect-rate is 0: "},
		{func(o *Options) { o.Server = "ftp://localhost" }, "http, https, ws or wss"},
		{func(o *Options) { o.Server = "" }, "like http://localhost:8080"},
	} {
		o := options("http://127.0.0.1:1")
		c.wrong(&o)
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: want %q", err, c.says)
		}
	}
}
