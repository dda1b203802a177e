package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// flooder says something in a room, again and again, until the room is closed.
func (l linkClient) flood(s *site, seat, content string) (said int) {
	for n := 0; ; n++ {
		status, body := l.post(s, "/commands", fmt.Sprintf(`{"type":"send","id":"%s-%d","content":%[1]q}`, content, n), "Snug-Seat", seat)
		switch status {
		case http.StatusOK:
			said++
		case http.StatusGone:
			return said
		default:
			l.t.Errorf("a message in a flood: %d %s", status, body)
			return said
		}
	}
}

// A room that is closed in a flood ends on all servers with the same event: nothing comes after
// it, nobody comes in any more, and soon no server has a word of it in any file.
func TestClusterClosesARoomOverHTTP(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	l := linkClient{t, "closing"}
	const canary = "canary-of-a-closed-room"
	var streams []*bufio.Reader
	var seats []string
	for i, s := range c.sites {
		in := l.stream(s, http.MethodPost, fmt.Sprintf(`{"type":"join","nick":"member%d"}`, i))
		streams, seats = append(streams, in), append(seats, l.nextEvent(in).You.Seat)
	}
	owner := seats[0]
	if status, body := l.post(c.sites[1], "/commands", `{"type":"set","id":"s","name":"`+canary+`","topic":"`+canary+`"}`, "Snug-Seat", owner); status != http.StatusOK {
		t.Fatalf("the owner sets the name on another server: %d %s", status, body)
	}
	var floods sync.WaitGroup
	said := make([]int, 6)
	for i := range said {
		floods.Go(func() { said[i] = l.flood(c.sites[i%3], seats[i%3], canary+fmt.Sprint(i)) })
	}
	for range 5 { // the flood is on
		l.seqOf(streams[2], canary+"0")
	}
	if filesWith(t, filepath.Dir(c.sites[0].file), canary) == "" {
		t.Error("the text isn't where the test looks for it")
	}
	if status, body := l.post(c.sites[1], "/commands", `{"type":"close","id":"c"}`, "Snug-Seat", owner); status != http.StatusOK && status != http.StatusGone {
		t.Fatalf("the owner closes the room on another server: %d %s", status, body)
	}
	closed := time.Now()
	floods.Wait()
	var last []uint64
	for i, in := range streams {
		seq, events := l.toTheEnd(in)
		if last = append(last, seq); events[len(events)-1] != "goodbye" || events[len(events)-2] != "moderated" {
			t.Errorf("on server %d, the last events are %v", i+1, events[max(0, len(events)-5):])
		}
	}
	if last[0] != last[1] || last[0] != last[2] {
		t.Errorf("the logs end at %v", last)
	}
	for i, s := range c.sites {
		for path, body := range map[string]string{"": "hello", "/events": `{"type":"join","nick":"late"}`} {
			if status, answer := l.post(s, path, body); status != http.StatusGone {
				t.Errorf("who comes to server %d gets %d %s", i+1, status, answer)
			}
		}
	}
	eventually(t, "no file of any server has a word of the room", func() bool {
		for _, s := range c.sites {
			if filesWith(t, filepath.Dir(s.file), canary) != "" {
				return false
			}
		}
		return true
	})
	figure(t, "a room closed in a flood, in a cluster of three", 1, "%v messages confirmed, none after the end; in no file after %v", said, time.Since(closed).Round(time.Second))
}

// toTheEnd reads a stream to its end, and returns the seq of its last log event and the types of
// its events. Presence may be told in between.
func (l linkClient) toTheEnd(in *bufio.Reader) (last uint64, types []string) {
	l.t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return last, types
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var e streamEvent
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			l.t.Fatal(err)
		}
		last, types = max(last, e.Seq), append(types, e.Type)
	}
}

// filesWith returns a file below dir that contains text; empty if there is none. Raft's own log
// isn't looked at: it is compacted within minutes (docs/operations.md, Deleted messages).
func filesWith(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // files come and go
			return nil
		case err != nil:
			return err
		case d.Name() == "$SYS":
			return fs.SkipDir
		case d.IsDir() || found != "":
			return nil
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = path
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
