//go:build unix

package test

import (
	"slices"
	"testing"
	"time"

	"snug/internal/check"

	talk "snug/client"
)

// TestOneRoomOverThreeServers: members on three servers are in one room, each with a nick
// of its own, and a ban on one server holds on all. Then snug check moves its clients from
// server to server, while one of the servers is killed for good. Over HTTP, its commands go to
// another server than the one whose stream it reads.
func TestOneRoomOverThreeServers(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.start(0, 1, 2)
	enter := func(server int, nick, seat string) (*talk.Room, error) {
		room, err := talk.Join(t.Context(), "http://"+c.sites[server].address(), "lobby", talk.Options{Nick: nick, Seat: seat})
		if err == nil {
			t.Cleanup(func() { _ = room.Close() }) // its server may be gone
		}
		return room, err
	}
	var people [3]*talk.Room
	for i := range people {
		var err error
		if people[i], err = enter(i, "ann", ""); err != nil {
			t.Fatal(err)
		}
	}
	here := func(room *talk.Room) []string {
		var nicks []string
		for _, m := range room.Members().Members {
			nicks = append(nicks, m.Nick)
		}
		slices.Sort(nicks)
		return nicks
	}
	eventually := func(what string, holds func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not so after %v: %s; they see %v, %v, %v", patience, what, here(people[0]), here(people[1]), here(people[2]))
			}
		}
	}
	for i, room := range people {
		eventually("all see all, by nicks of their own", func() bool { return slices.Equal(here(room), []string{"ann", "ann-2", "ann-3"}) })
		if seq, err := room.Send(t.Context(), talk.Message{Content: contents}); err != nil || seq != uint64(i+2) { // after the claim
			t.Errorf("message %d: seq %d, %v", i, seq, err)
		}
	}
	again, err := enter(1, "ann", people[0].Seat())
	if err != nil || again.You().Member != people[0].You().Member {
		t.Errorf("on another server the same seat is %v, %v; want %v", again.You(), err, people[0].You())
	}
	eventually("one with two connections is one", func() bool { return people[2].Members().Count == 3 })
	if err := again.Close(); err != nil {
		t.Error(err)
	}

	if err := people[0].Ban(t.Context(), people[1].You().Member, "", time.Hour); err != nil {
		t.Fatal(err)
	}
	eventually("who is banned is out", func() bool { return people[2].Members().Count == 2 })
	eventually("who is banned can't come in by another server", func() bool { // which puts them out when it hears of the ban
		room, err := enter(2, "new", people[1].Seat())
		if err == nil {
			_ = room.Close()
		}
		return err != nil
	})

	o := check.Defaults()
	o.Server, o.Nodes = "http://"+c.sites[0].address(), []string{"http://" + c.sites[1].address(), "http://" + c.sites[2].address()}
	o.Nick, o.Clients, o.Duration, o.Rate, o.CutEvery = "judge", 6, 6*time.Second, 20, 400*time.Millisecond
	_, outcome := startCheck(t, o)
	o.HTTP = true
	_, outcomeOverHTTP := startCheck(t, o)
	c.runs[2].kill9(t)
	killed := time.Now()
	eventually("the members on it are gone", func() bool { return slices.Equal(here(people[0]), []string{"ann"}) })
	gone := time.Since(killed)
	for i, report := range []check.Report{outcome(), outcomeOverHTTP()} {
		how := []string{"WebSockets", "HTTP"}[i]
		if report.Confirmed == 0 {
			t.Errorf("%s: no message was confirmed", how)
		}
		figure(t, "snug check from server to server, one of three killed, with "+how, 1, "%d messages confirmed, %d connections cut, lost %d, doubled %d, reordered %d; who was on it gone after %v",
			report.Confirmed, report.Cuts, report.Counts[check.Lost], report.Counts[check.Doubled], report.Counts[check.Reordered], gone.Round(100*time.Millisecond))
	}
}
