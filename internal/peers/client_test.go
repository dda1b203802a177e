package peers

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/internal/room"
	"snug/protocol"
)

// client is one connection to the room "lobby".
type client struct {
	*room.Participant
	t       testing.TB
	welcome protocol.Welcome

	mu      sync.Mutex
	goodbye string // of Expel
}

func (*client) More() {}

func (*client) Deliver([]byte) {}

func (*client) Answer([]byte) {}

func (c *client) Tell(*protocol.Error) {}

func (c *client) Refuse(e *protocol.Error) { c.Expel(string(e.Code)) }

func (c *client) Expel(goodbye string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goodbye = goodbye
}

func nick(s string) room.Nick {
	n, err := room.ParseNick(s)
	if err != nil {
		panic(err)
	}
	return n
}

func v1(name string) room.Request {
	return room.Request{Dialect: protocol.V1, Nick: nick(name)}
}

// sameMember returns a request to join as the same member.
func (c *client) sameMember(name string) room.Request {
	q := v1(name)
	q.Seat = c.welcome.You.Seat
	return q
}

func (c *client) expelled() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.goodbye
}

// rename asks for another nick. It may be taken or unavailable.
func (c *client) rename(n room.Nick) {
	err := c.Rename(c.t.Context(), n)
	if code := room.Refusal(err).Code; err != nil && code != protocol.NickTaken && code != protocol.Unavailable {
		c.t.Errorf("rename: %v", err)
	}
}

// event is any event that a client receives.
type event struct {
	Type    protocol.EventType
	Seq     uint64
	Member  string
	Nick    string
	Count   int
	Content string
	Members []protocol.Member
}

func (e event) String() string {
	switch e.Type {
	case protocol.EventJoined, protocol.EventLeft:
		return fmt.Sprintf("%s %s, %d", e.Type, e.Nick, e.Count)
	case protocol.EventRenamed:
		return fmt.Sprintf("renamed to %s", e.Nick)
	case protocol.EventCrowd, protocol.EventMembers:
		return fmt.Sprintf("%s, %d", e.Type, e.Count)
	case protocol.EventMessage:
		return e.Content
	}
	return string(e.Type)
}

// read returns the events that the client has received since the last read.
func (c *client) read() (seen []event) {
	c.t.Helper()
	for {
		b, err := c.Cursor.Next(c.t.Context())
		if err != nil {
			c.t.Fatalf("next: %v", err)
		}
		if len(b) == 0 {
			return seen
		}
		for len(b) > 0 {
			n, head := int(b[1]), 2
			switch n {
			case 126:
				n, head = int(binary.BigEndian.Uint16(b[2:])), 4
			case 127:
				n, head = int(binary.BigEndian.Uint64(b[2:])), 10
			}
			var e event
			if err := json.Unmarshal(b[head:head+n], &e); err != nil {
				c.t.Fatalf("decode an event: %v", err)
			}
			seen = append(seen, e)
			b = b[head+n:]
		}
	}
}

// expect waits until the client has received these events, in this order, and no others.
func (c *client) expect(want ...string) {
	c.t.Helper()
	got := c.await(len(want))
	if !slices.Equal(got, want) {
		c.t.Fatalf("%s received\n\t%s\nwant\n\t%s", c.You().Nick, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// await waits until the client has received n events, and returns them.
func (c *client) await(n int) (got []string) {
	c.t.Helper()
	for end := time.Now().Add(patience); len(got) < n && time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, e := range c.read() {
			got = append(got, e.String())
		}
	}
	return got
}

// nicksOf returns the nicks of members, sorted.
func nicksOf(members []protocol.Member) (all []string) {
	for _, m := range members {
		all = append(all, m.Nick)
	}
	slices.Sort(all)
	return all
}

// refused checks that err is a refusal with the code, and returns its RetryAfter.
func refused(t testing.TB, err error, code protocol.ErrorCode) time.Duration {
	t.Helper()
	if err == nil || room.Refusal(err).Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return room.Refusal(err).RetryAfter
}
