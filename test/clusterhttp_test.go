package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// linkClient uses a room's link on the servers of a cluster.
type linkClient struct {
	t    *testing.T
	room string
}

// post sends a request to a server, and returns the answer's status and body.
func (l linkClient) post(s *site, path, body string, header ...string) (int, string) {
	l.t.Helper()
	resp, tries := l.open(s, http.MethodPost, path, body, header...)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	status := resp.StatusCode
	if path == "" && status == http.StatusOK && tries > 1 && strings.Contains(string(raw), `"duplicate":true`) {
		status = http.StatusCreated // by an earlier try
	}
	return status, string(raw)
}

// stream opens a stream of events.
func (l linkClient) stream(s *site, method, body string, header ...string) *bufio.Reader {
	l.t.Helper()
	resp, _ := l.open(s, method, "/events", body, header...)
	return bufio.NewReader(resp.Body)
}

// open sends a request, and repeats it while the server is unavailable, as the protocol says: on a
// busy machine, a cluster may be without a leader at any time.
func (l linkClient) open(s *site, method, path, body string, header ...string) (resp *http.Response, tries int) {
	l.t.Helper()
	for ctx := within(l.t); ; time.Sleep(200 * time.Millisecond) { // the pace of who tries again
		resp, tries = l.openOnce(s, method, path, body, header...), tries+1
		if resp.StatusCode != http.StatusServiceUnavailable || ctx.Err() != nil {
			return resp, tries
		}
	}
}

func (l linkClient) openOnce(s *site, method, path, body string, header ...string) *http.Response {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, "http://"+s.address()+"/r/"+l.room+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// streamEvent is what the test needs of an event of a stream.
type streamEvent struct {
	ID      string `json:"-"`
	Type    string
	Seq     uint64
	Content string
	Member  string
	Gone    bool
	Resumed bool
	You     struct{ Member, Seat string }
}

// nextEvent reads an event of a stream.
func (l linkClient) nextEvent(in *bufio.Reader) (e streamEvent) {
	l.t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			e.ID = strings.TrimSpace(id)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				l.t.Fatal(err)
			}
		}
		if line == "\n" && e.Type != "" {
			return e
		}
	}
}

// A room's link is the same on every server of a cluster: keys, positions, seats and
// commands go to any of them.
func TestClusterAnswersARoomsLinkOnAnyServer(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	one, two, three := c.sites[0], c.sites[1], c.sites[2]
	l := linkClient{t, "link"}
	status, said := l.post(one, "", "hello", "Idempotency-Key", "k")
	if status != http.StatusCreated {
		t.Fatalf("publish: %d %s", status, said)
	}
	if status, body := l.post(two, "", "hello", "Idempotency-Key", "k"); status != http.StatusOK || !strings.Contains(body, `"duplicate":true`) {
		t.Errorf("the repeat on another server: %d %s", status, body)
	}
	in := l.stream(three, http.MethodPost, `{"type":"join","nick":"ann"}`)
	welcome := l.nextEvent(in)
	for seq := 2; seq < 20; seq++ {
		s := c.sites[seq%3]
		command := fmt.Sprintf(`{"type":"send","id":"%d","content":"m%[1]d"}`, seq)
		if status, body := l.post(s, "/commands", command, "Snug-Seat", welcome.You.Seat); status != http.StatusOK || !strings.Contains(body, welcome.You.Member) {
			t.Errorf("a command to another server than the stream's: %d %s", status, body)
		}
		// What one server has confirmed can be answered on another at once.
		reply := fmt.Sprintf(`{"type":"edit","id":"e%d","seq":%d,"content":"edited"}`, seq, l.seqOf(in, fmt.Sprint("m", seq)))
		if status, body := l.post(c.sites[(seq+1)%3], "/commands", reply, "Snug-Seat", welcome.You.Seat); status != http.StatusOK {
			t.Errorf("an edit on another server: %d %s", status, body)
		}
	}
	resumed := l.stream(two, http.MethodGet, "", "Last-Event-ID", welcome.ID)
	if w := l.nextEvent(resumed); !w.Resumed {
		t.Errorf("on another server a position is not resumed: %+v", w)
	}
	if e := l.nextEvent(resumed); !strings.HasSuffix(e.ID, fmt.Sprint(":", e.Seq)) {
		t.Errorf("resumed with %+v", e)
	}
	c.runs[0].kill9(t)
	if status, body := l.post(two, "", "still here"); status != http.StatusCreated {
		t.Errorf("without a server: %d %s", status, body)
	}
}

// seqOf reads a stream up to a message.
func (l linkClient) seqOf(in *bufio.Reader, content string) uint64 {
	for {
		if e := l.nextEvent(in); e.Type == "message" && e.Content == content {
			return e.Seq
		}
	}
}
