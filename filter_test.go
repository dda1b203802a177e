package snug_test

import (
	"context"
	"encoding/json"
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

func TestAFilterIsNotAskedAboutWhatIsRefusedAnyway(t *testing.T) {
	asked := make(chan string, 4)
	url := filtered(t, func(_ context.Context, m *snug.Message) error {
		asked <- m.Content
		return nil
	})
	owner := talk(t, url, "snug.v1")
	owner(`{"type":"join","nick":"bob"}`, "welcome")
	owner(`{"type":"set","id":"s1","slow_ms":60000}`, `"action":"set"`)
	v1 := talk(t, url, "snug.v1")
	v1(`{"type":"join","nick":"ann"}`, "welcome")
	v1(`{"type":"send","id":"a1","content":"with a file of nobody's","files":["f0"]}`, "not-found")
	v1(`{"type":"send","id":"a2","content":"first"}`, `"seq"`)
	v1(`{"type":"send","id":"a3","content":"too soon"}`, "slow-mode")
	if status, answer := publish(t, url, "", "of a guest"); status != http.StatusCreated {
		t.Errorf("%d %s", status, answer)
	}
	for _, want := range []string{"first", "of a guest"} {
		if got := <-asked; got != want {
			t.Errorf("it is asked about %q, want %q", got, want)
		}
	}
}

// In slow mode, a message that the filter refuses doesn't use up its sender's turn.
func TestARefusedMessageTakesNoTurn(t *testing.T) {
	url := filtered(t, func(_ context.Context, m *snug.Message) error {
		if m.Content == "bad" {
			return snug.Refuse("not here")
		}
		return nil
	})
	owner := talk(t, url, "snug.v1")
	owner(`{"type":"join","nick":"bob"}`, "welcome")
	owner(`{"type":"set","id":"s1","slow_ms":60000}`, `"action":"set"`)
	v1 := talk(t, url, "snug.v1")
	v1(`{"type":"join","nick":"ann"}`, "welcome")
	v1(`{"type":"send","id":"a1","content":"bad"}`, "not here")
	v1(`{"type":"send","id":"a2","content":"good"}`, `"content":"good"`)
}

// Who is removed from the room while the filter decides has said nothing, over whatever they say it.
func TestWhoIsRemovedMeanwhileIsRefused(t *testing.T) {
	for action, wants := range map[string]struct{ command, code string }{
		"ban":    {`{"type":"ban","id":"1","member":%q}`, `"code":"banned"`},
		"kick":   {`{"type":"kick","id":"1","member":%q}`, `"code":"banned"`},
		"revoke": {`{"type":"revoke","id":"1","member":%q}`, `"code":"forbidden"`},
	} {
		t.Run(action, func(t *testing.T) {
			deciding, decided := make(chan struct{}), make(chan struct{})
			url := filtered(t, func(_ context.Context, m *snug.Message) error {
				if m.Content == "slow" {
					deciding <- struct{}{}
					<-decided
				}
				return nil
			})
			owner, ann := talk(t, url, "snug.v1"), talk(t, url, "snug.v1")
			owner(`{"type":"join","nick":"bob"}`, "welcome")
			var welcome struct{ You struct{ Member, Seat string } }
			if err := json.Unmarshal([]byte(ann(`{"type":"join","nick":"ann"}`, "welcome")), &welcome); err != nil {
				t.Fatal(err)
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/r/ops", strings.NewReader("slow"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Snug-Seat", welcome.You.Seat)
			answered := make(chan string, 1)
			go func() {
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					answered <- err.Error()
					return
				}
				defer response.Body.Close()
				answer, _ := io.ReadAll(response.Body)
				answered <- response.Status + " " + string(answer)
			}()
			<-deciding
			owner(fmt.Sprintf(wants.command, welcome.You.Member), `"action":"`+action+`"`)
			close(decided)
			if answer := <-answered; !strings.HasPrefix(answer, "403 ") || !strings.Contains(answer, wants.code) {
				t.Errorf("the sender is told: %s", answer)
			}
			if all := owner(`{"type":"history","ref":"h","before":100}`, `"ref":"h"`); strings.Contains(all, "slow") {
				t.Errorf("it is stored: %s", all)
			}
		})
	}
}
