//go:build unix

package test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	talk "snug/client"
)

// TestOneServerOfThreeDelivers: each server is killed in turn, while somebody talks on another
// one. Which of them delivers isn't known; all is delivered in order.
func TestOneServerOfThreeDelivers(t *testing.T) {
	t.Parallel()
	b := &bot{got: map[string][]event{}}
	receiver := httptest.NewServer(b)
	defer receiver.Close()
	c := newCluster(t, "--outgoing-hooks=private")
	c.start(0, 1, 2)
	var seat string
	for i := range c.sites {
		room, err := talk.Join(within(t), "http://"+c.sites[i].address(), "lobby", talk.Options{Nick: "ann", Seat: seat})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			seat = room.Seat()
			if _, err := room.Hook(within(t), talk.NewHook{Name: "Bot", To: receiver.URL + "/lobby", Events: []string{"message"}}); err != nil {
				t.Fatal(err)
			}
		}
		dies := (i + 1) % len(c.sites)
		for n := range 20 {
			if n == 10 {
				c.runs[dies].kill9(t)
			}
			if _, err := room.Send(within(t), talk.Message{Content: fmt.Sprint(contents, " ", i, " ", n)}); err != nil {
				t.Fatal(err)
			}
		}
		delivered := c.sites[i].checkDeliveries(b, "lobby")
		t.Logf("%d deliveries of %d messages", delivered, 20*(i+1))
		c.start(dies)
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	}
}
