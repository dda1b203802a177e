package test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tmaxmax/go-sse"
)

// A thousand read a room as streams of events, and a hundred of them stop reading. The
// others get everything meanwhile. Then the server is killed in the middle of traffic, and
// all go on where they were.
func TestAThousandStreamsGetEachMessageOnce(t *testing.T) {
	t.Parallel()
	const readers, stalled, before, total = 1000, 100, 80, 120
	s := newSite(t, "--limits=off")
	p := s.start()
	killed := make(chan struct{})
	var all []*streamReader
	var opening, reading sync.WaitGroup
	for i := range readers {
		r := &streamReader{site: s, name: fmt.Sprint("reader ", i)}
		if i%(readers/stalled) == 0 {
			r.stall = killed
		}
		all = append(all, r)
		opening.Add(1)
		reading.Go(func() { r.read(t, total, opening.Done) })
	}
	opening.Wait()
	allHave := make(chan struct{})
	published := publish(t, s, total, func(n int) {
		switch n {
		case before:
			select {
			case <-allHave:
			case <-t.Context().Done():
			}
		case before + 20:
			go func() { _ = p.cmd.Process.Kill() }() // while the next ones are under way
		}
	})
	eventually(t, "all who read have what was published", func() bool {
		for _, r := range all {
			if r.stall == nil && r.seen.Load() < before {
				return false
			}
		}
		return true
	})
	close(allHave)
	p.wait(t)
	close(killed)
	s.start()
	repeats := <-published
	reading.Wait()

	behind := 0
	for _, r := range all {
		if r.stall != nil && r.resumed < before {
			behind++
		}
	}
	figure(t, "a thousand streams, a hundred stalled, kill -9", 1, "%d messages published, %d of them repeated and recognised; each once and in order in each stream; %d of %d who stalled were behind",
		total, repeats, behind, stalled)
	if behind < stalled {
		t.Errorf("only %d of %d were held up by what they didn't read", behind, stalled)
	}
}

// publish publishes messages one after the other, in the background, each with a key and again
// until the server confirms it. Then it calls confirmed with the message's number. It sends
// how many were repeats that the server recognised.
func publish(t *testing.T, s *site, total int, confirmed func(n int)) <-chan int {
	done := make(chan int, 1)
	go func() {
		repeats := 0
		for n := 1; n <= total; {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address()+"/r/news", strings.NewReader(numbered(n)))
			if err != nil {
				t.Error(err)
				break
			}
			req.Header.Set("Idempotency-Key", fmt.Sprint("message ", n))
			resp, err := http.DefaultClient.Do(req)
			if err != nil { // it was killed
				if t.Context().Err() != nil {
					break
				}
				time.Sleep(time.Millisecond)
				continue
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			switch {
			case err != nil:
				continue
			case resp.StatusCode == http.StatusOK:
				repeats++
			case resp.StatusCode != http.StatusCreated:
				t.Errorf("message %d: %s %s", n, resp.Status, body)
			}
			confirmed(n)
			n++
		}
		done <- repeats
	}()
	return done
}

// numbered is a message with a number. It is long, so that those who don't read are soon
// held up.
func numbered(n int) string { return fmt.Sprintf("%s %d %s", contents, n, strings.Repeat(".", 3900)) }

// streamReader reads a room as a stream of events, over any number of connections.
type streamReader struct {
	site  *site
	name  string
	stall <-chan struct{} // it reads nothing until this is closed; nil for one who reads

	position string       // EPOCH:SEQ of the last event
	seen     atomic.Int64 // messages
	resumed  int64        // how many it had seen when it first came back
}

// read reads up to a number of messages. ready is called after the first welcome.
func (r *streamReader) read(t *testing.T, total int64, ready func()) {
	r.follow(t, total, func() {
		ready()
		if r.stall != nil {
			<-r.stall
		}
	})
	r.resumed = r.seen.Load()
	for r.seen.Load() < total && !t.Failed() && t.Context().Err() == nil {
		r.follow(t, total, func() {})
	}
}

// follow reads one stream until it ends. welcomed is called after its welcome.
func (r *streamReader) follow(t *testing.T, total int64, welcomed func()) {
	body, err := r.open()
	if err != nil { // the server is away
		time.Sleep(10 * time.Millisecond)
		return
	}
	defer body.Close()
	first := true
	for e, err := range sse.Read(body, nil) {
		switch {
		case err != nil:
			return
		case e.Type == "welcome":
			if r.position != "" && e.LastEventID != r.position {
				t.Errorf("%s asked for what follows %s, and got what follows %s", r.name, r.position, e.LastEventID)
			}
			r.position = e.LastEventID
			welcomed()
		case first:
			t.Errorf("%s first got %+v", r.name, e)
		case e.Type == "":
			r.got(t, e)
		default:
			t.Errorf("%s got %+v", r.name, e)
		}
		if first = false; r.seen.Load() == total || t.Failed() {
			return
		}
	}
}

// got checks that an event is the next message.
func (r *streamReader) got(t *testing.T, e sse.Event) {
	var m event
	n := r.seen.Add(1)
	if err := json.Unmarshal([]byte(e.Data), &m); err != nil || m.Content != numbered(int(n)) {
		t.Errorf("%s got %.80s in place of message %d: %v", r.name, e.Data, n, err)
	}
	epoch, _, _ := strings.Cut(r.position, ":")
	if r.position = fmt.Sprint(epoch, ":", m.Seq); e.LastEventID != r.position {
		t.Errorf("%s got event %d with the ID %s", r.name, m.Seq, e.LastEventID)
	}
}

// open opens a stream after the reader's position. Little fits into the first one of a
// reader that stalls, also at the server's end.
func (r *streamReader) open() (io.ReadCloser, error) {
	addr := r.site.address()
	dialer := net.Dialer{Timeout: patience}
	if r.stall != nil && r.position == "" {
		dialer.Control = smallBuffers
	}
	conn, err := dialer.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /r/news/events HTTP/1.1\r\nHost: %s\r\nLast-Event-ID: %s\r\n\r\n", addr, r.position)
	var resp *http.Response
	if err == nil {
		resp, err = http.ReadResponse(bufio.NewReader(conn), nil)
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the stream was answered with %s", resp.Status)
	}
	if err != nil {
		_ = conn.Close() // the error to return is err
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{resp.Body, conn}, nil
}

// smallBuffers gives a socket a small buffer, and its peer, too: the system sizes that by
// the segments that may be sent.
func smallBuffers(_, _ string, c syscall.RawConn) error {
	const bytes, segment = 4096, 536
	var err error
	failed := c.Control(func(fd uintptr) {
		err = errors.Join(syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, bytes),
			syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, segment))
	})
	return errors.Join(err, failed)
}
