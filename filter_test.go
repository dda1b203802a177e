package snug_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"snug"
)

// filtered serves rooms with a filter.
func filtered(t *testing.T, filter func(context.Context, *snug.Message) error) (url string) {
	o := options(t)
	o.Filter = filter
	return serve(t, o)
}

// serve serves with options until the test ends.
func serve(t *testing.T, o snug.Options) (url string) {
	s, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(s)
	t.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		front.Close()
	})
	return front.URL
}

// publish posts a message, with an id unless it is empty, and returns the answer.
func publish(t *testing.T, url, id, content string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/r/ops", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		req.Header.Set("Idempotency-Key", id)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// talk opens a WebSocket, and returns what sends a frame and returns the first answer that
// contains a text.
func talk(t *testing.T, url, subprotocol string) func(frame, until string) string {
	t.Helper()
	var o websocket.DialOptions
	if subprotocol != "" {
		o.Subprotocols = []string{subprotocol}
	}
	ws, _, err := websocket.Dial(t.Context(), url+"/ws?roomCode=ops", &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return func(frame, until string) string {
		t.Helper()
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		for {
			_, answer, err := ws.Read(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", frame, err)
			}
			if strings.Contains(string(answer), until) {
				return string(answer)
			}
		}
	}
}

func TestAFilterDecidesAboutEveryMessage(t *testing.T) {
	url := filtered(t, func(_ context.Context, m *snug.Message) error {
		if m.Room != "ops" || m.From.Member == "" || m.From.Nick == "" {
			return fmt.Errorf("unknown sender: %+v", m)
		}
		if strings.Contains(m.Content, "secret") {
			return fmt.Errorf("wrapped: %w", snug.Refuse("no secrets here"))
		}
		if m.Edits != 0 {
			m.Content += fmt.Sprintf(" (edit of %d)", m.Edits)
		}
		m.Content = strings.ReplaceAll(m.Content, "darn", "****")
		return nil
	})
	plain := talk(t, url, "")
	if got := plain(`{"Author":"ann","Content":"darn it"}`, "Author"); !strings.Contains(got, "**** it") {
		t.Errorf("plain: %s", got)
	}
	if got := plain(`{"Author":"ann","Content":"a secret"}`, "no secrets here"); !strings.Contains(got, "refused") {
		t.Errorf("plain, refused: %s", got)
	}
	v1 := talk(t, url, "snug.v1")
	v1(`{"type":"join","nick":"bob","history":0}`, "welcome")
	if got := v1(`{"type":"send","id":"b1","content":"darn"}`, `"id":"b1"`); !strings.Contains(got, `"content":"****"`) {
		t.Errorf("v1: %s", got)
	}
	if got := v1(`{"type":"send","id":"b1","content":"darn"}`, `"id":"b1"`); !strings.Contains(got, `"duplicate":true`) {
		t.Errorf("a changed message that is repeated: %s", got)
	}
	if got := v1(`{"type":"send","id":"b2","content":"secret"}`, `"id":"b2"`); !strings.Contains(got, "no secrets here") {
		t.Errorf("v1, refused: %s", got)
	}
	for range 2 { // the second one is a repeat
		if got := v1(`{"type":"edit","id":"b3","seq":3,"content":"darn edit"}`, `"id":"b3"`); !strings.Contains(got, "**** edit (edit of 3)") && !strings.Contains(got, `"duplicate":true`) {
			t.Errorf("an edit: %s", got)
		}
	}
	if got := v1(`{"type":"edit","id":"b4","seq":3,"content":"secret"}`, `"id":"b4"`); !strings.Contains(got, "no secrets here") {
		t.Errorf("an edit, refused: %s", got)
	}
	if status, got := publish(t, url, "", "darn http"); status != http.StatusCreated || !strings.Contains(got, "**** http") {
		t.Errorf("HTTP: %d %s", status, got)
	}
	if status, got := publish(t, url, "", "secret"); status != http.StatusForbidden || !strings.Contains(got, "no secrets here") {
		t.Errorf("HTTP, refused: %d %s", status, got)
	}
	made := v1(`{"type":"hook","id":"b5","ref":"h","name":"ci"}`, `"url"`)
	_, hook, _ := strings.Cut(made, `"url":"`)
	hook, _, _ = strings.Cut(hook, `"`)
	resp, err := http.Post(hook+"?wait=json", "text/plain", strings.NewReader("a secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a hook: %s", resp.Status)
	}
}

func TestAFilterThatFailsStoresNothing(t *testing.T) {
	for name, c := range map[string]struct {
		filter func(context.Context, *snug.Message) error
		status int
	}{
		"an error":        {func(context.Context, *snug.Message) error { return errors.New("the database is down") }, http.StatusServiceUnavailable},
		"a panic":         {func(context.Context, *snug.Message) error { panic("a bug") }, http.StatusForbidden},
		"Goexit":          {func(context.Context, *snug.Message) error { runtime.Goexit(); return nil }, http.StatusForbidden},
		"no content left": {func(_ context.Context, m *snug.Message) error { m.Content = ""; return nil }, http.StatusForbidden},
		"too long":        {func(_ context.Context, m *snug.Message) error { m.Content = strings.Repeat("x", 4001); return nil }, http.StatusForbidden},
		"not UTF-8":       {func(_ context.Context, m *snug.Message) error { m.Content = "\xff"; return nil }, http.StatusForbidden},
		"a refusal that is no text": {func(context.Context, *snug.Message) error {
			return snug.Refuse("\xff" + strings.Repeat("x", 10_000))
		}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			url := filtered(t, func(ctx context.Context, m *snug.Message) error {
				if m.ID == "good" {
					return nil
				}
				return c.filter(ctx, m)
			})
			status, answer := publish(t, url, "bad", "hello")
			if status != c.status || strings.Contains(answer, "database") || len(answer) > 1000 {
				t.Errorf("%d, want %d: %s", status, c.status, answer)
			}
			if status, answer := publish(t, url, "good", "hello"); status != http.StatusCreated || !strings.Contains(answer, `"seq":1,`) {
				t.Errorf("the next one: %d %s", status, answer)
			}
		})
	}
}

func TestAFilterThatBlocksHoldsUpItsSenderAlone(t *testing.T) {
	called, release := make(chan struct{}), make(chan struct{})
	url := filtered(t, func(_ context.Context, m *snug.Message) error {
		if m.Content == "block" {
			close(called)
			<-release // it ignores its ctx
		}
		return nil
	})
	answered := make(chan int, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodPost, url+"/r/ops", strings.NewReader("block"))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-called
	if status, answer := publish(t, url, "", "hello"); status != http.StatusCreated {
		t.Errorf("somebody else: %d %s", status, answer)
	}
	if status := <-answered; status != http.StatusServiceUnavailable { // after 5 seconds
		t.Errorf("the sender: %d", status)
	}
	close(release)
}
