package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/protocol"
)

func TestAKillDuringUploadsLeavesWholeFiles(t *testing.T) { killedUploads(t, 4) }

func TestSoakAKillDuringUploadsLeavesWholeFiles(t *testing.T) {
	soak(t)
	killedUploads(t, 50)
}

// uploaded is a message with a file that somebody has tried to send.
type uploaded struct {
	key, content string
	bytes        []byte
	confirmed    bool
}

// killedUploads kills the server while six members send files over HTTP. What was confirmed
// is there and whole; a repeat of what wasn't is there once.
func killedUploads(t *testing.T, rounds int) {
	const senders, largest = 6, 3 << 20
	s := newSite(t, "--limits=off")
	var mu sync.Mutex
	var all []*uploaded
	unsettled := 0
	for range rounds {
		p := s.start()
		time.AfterFunc(50*time.Millisecond+rand.N(500*time.Millisecond), func() { _ = p.cmd.Process.Kill() })
		var sending sync.WaitGroup
		for range senders {
			sending.Go(func() {
				for err := error(nil); err == nil; {
					mu.Lock()
					u := &uploaded{key: fmt.Sprintf("key-%d", len(all)), content: fmt.Sprintf("message %d", len(all)), bytes: bytes.Repeat([]byte{byte(len(all))}, 1+rand.N(largest))}
					all = append(all, u)
					mu.Unlock()
					err = s.uploads(within(t), u)
				}
			})
		}
		sending.Wait()
		p.wait(t)
		p = s.start()
		if left, err := os.ReadDir(filepath.Join(s.file+"-files", "new")); err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
			t.Errorf("%d interrupted uploads are left, %v", len(left), err)
		}
		for _, u := range all {
			if !u.confirmed {
				unsettled++
				if err := s.uploads(within(t), u); err != nil {
					t.Fatalf("sent again: %v", err)
				}
			}
		}
		p.kill9(t)
	}
	s.start()
	messages := s.messagesWithFiles(t)
	for _, u := range all {
		m := messages[u.content]
		if len(m) != 1 || len(m[0].Files) != 1 {
			t.Errorf("%s is there %d times", u.content, len(m))
			continue
		}
		status, got := s.httpGet(t, "/"+m[0].Files[0].Path("room"))
		if status != http.StatusOK || !bytes.Equal(got, u.bytes) {
			t.Errorf("the file of %s: %d, %d bytes of %d", u.content, status, len(got), len(u.bytes))
		}
	}
	if unsettled == 0 || len(all) < rounds {
		t.Errorf("of %d files, none was being sent at a kill", len(all))
	}
	figure(t, "kill -9 in mid-upload", rounds, "%d files sent, %d unsettled at a kill and sent again: each is there once, and whole", len(all), unsettled)
}

// uploads sends a message with a file.
func (s *site) uploads(ctx context.Context, u *uploaded) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "a.bin")
	if err == nil {
		_, err = part.Write(u.bytes)
	}
	if err := errors.Join(err, form.WriteField("content", u.content), form.Close()); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address()+"/r/room", &body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Idempotency-Key", u.key)
	r.GetBody = nil // to be sent once
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	u.confirmed = err == nil
	return err
}

// messagesWithFiles reads the whole log of the room, by content.
func (s *site) messagesWithFiles(t *testing.T) map[string][]protocol.MessageBody {
	t.Helper()
	found := make(map[string][]protocol.MessageBody)
	for after, more := uint64(0), true; more; {
		_, raw := s.httpGet(t, fmt.Sprintf("/r/room/messages?limit=200&after=%d", after))
		var page struct {
			Events []protocol.Event
			More   bool
		}
		if err := json.Unmarshal(raw, &page); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		for _, e := range page.Events {
			after = e.Seq
			body, err := e.Message()
			if err != nil {
				t.Fatal(err)
			}
			found[body.Content] = append(found[body.Content], body)
		}
		more = page.More
	}
	return found
}

// httpGet gets what is at a path.
func (s *site) httpGet(t *testing.T, path string) (status int, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+s.address()+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// takesFiles checks how files of these sizes are answered.
func takesFiles(t *testing.T, s *site, sizes, want []int) {
	for i, size := range sizes {
		r, err := http.NewRequestWithContext(within(t), http.MethodPost, "http://"+s.address()+"/r/room/files?name=a", bytes.NewReader(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Idempotency-Key", "key")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want[i] {
			t.Errorf("file %d, of %d bytes: %d, want %d", i+1, size, resp.StatusCode, want[i])
		}
	}
}

// Any server of a cluster takes a message with a file that another one has stored, and has the
// file at once.
func TestClusterHasAFileOnAnyServer(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	l := linkClient{t, "room"}
	status, raw := l.post(c.sites[0], "/files?name=a.bin", "bytes", "Idempotency-Key", "k")
	var made protocol.Files
	if err := json.Unmarshal([]byte(raw), &made); err != nil || status != http.StatusCreated {
		t.Fatalf("upload: %d %s", status, raw)
	}
	path := strings.TrimPrefix(made.Files[0].Path("room"), "r/room")
	file := func(s *site) (int, string) {
		resp, _ := l.open(s, http.MethodGet, path, "")
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	post := fmt.Sprintf(`{"content":"","files":[%q]}`, made.Files[0].ID)
	if status, raw := l.post(c.sites[1], "", post, "Idempotency-Key", "k", "Content-Type", "application/json"); status != http.StatusCreated {
		t.Fatalf("sent on another server: %d %s", status, raw)
	}
	if status, raw := l.post(c.sites[2], "", post, "Idempotency-Key", "k", "Content-Type", "application/json"); status != http.StatusOK {
		t.Errorf("repeated on a third one: %d %s", status, raw)
	}
	for i, s := range c.sites {
		if status, body := file(s); status != http.StatusOK || body != "bytes" {
			t.Errorf("from server %d: %d %s", i, status, body)
		}
	}
	c.runs[0].kill9(t)
	if status, body := file(c.sites[2]); status != http.StatusOK || body != "bytes" {
		t.Errorf("without the server that it was sent to: %d %s", status, body)
	}
}
