package snug_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"snug"
)

// BenchmarkPublish sends messages of 64 bytes over a number of connections, each to a room of
// its own. Each connection waits until a message is confirmed before it sends the next one.
func BenchmarkPublish(b *testing.B) {
	for _, connections := range []int{1, 100} {
		for _, how := range []struct {
			name string
			open func(b *testing.B, url, room string) (send func(id string) error)
		}{{"http", publisher}, {"websocket", talker}} {
			b.Run(fmt.Sprintf("%s/connections=%d", how.name, connections), func(b *testing.B) {
				url := benchServer(b)
				var senders []func(string) error
				for n := range connections {
					senders = append(senders, how.open(b, url, fmt.Sprint("room", n)))
				}
				var next atomic.Int64
				var sending sync.WaitGroup
				b.ResetTimer()
				for _, send := range senders {
					sending.Go(func() {
						for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
							if err := send(fmt.Sprint("id-", n)); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				sending.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}

func benchServer(b *testing.B) (url string) {
	o := snug.Defaults()
	o.Journal, o.Limits.Off = "sqlite:"+filepath.Join(b.TempDir(), "log.snug"), true
	o.Log = slog.New(slog.DiscardHandler)
	server, err := snug.New(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	front := httptest.NewServer(server)
	b.Cleanup(func() {
		_ = server.Shutdown(context.Background())
		front.Close()
	})
	return front.URL
}

var published = strings.Repeat("x", 64)

// publisher sends by requests over one connection.
func publisher(b *testing.B, url, room string) func(string) error {
	transport := &http.Transport{MaxConnsPerHost: 1}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	return func(id string) error {
		req, err := http.NewRequest(http.MethodPost, url+"/r/"+room, strings.NewReader(published))
		if err != nil {
			return err
		}
		req.Header.Set("Idempotency-Key", id)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusCreated {
			err = fmt.Errorf("%s: %s", resp.Status, body)
		}
		return err
	}
}

// talker sends over a WebSocket, and waits until its message comes back.
func talker(b *testing.B, url, room string) func(string) error {
	ws, _, err := websocket.Dial(b.Context(), url+"/ws?roomCode="+room, &websocket.DialOptions{Subprotocols: []string{"snug.v1"}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ws.CloseNow() }) // the server may have
	ctx := context.Background()
	exchange := func(command, answer string) error {
		err := ws.Write(ctx, websocket.MessageText, []byte(command))
		for err == nil {
			var frame []byte
			if _, frame, err = ws.Read(ctx); strings.HasPrefix(string(frame), `{"type":"`+answer) {
				return nil
			}
		}
		return err
	}
	if err := exchange(`{"type":"join","nick":"ann"}`, "welcome"); err != nil {
		b.Fatal(err)
	}
	return func(id string) error {
		return exchange(fmt.Sprintf(`{"type":"send","id":%q,"content":%q}`, id, published), "message")
	}
}
