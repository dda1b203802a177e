package journaltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
	"snug/protocol"
)

var listing = []promise{
	{name: "AListHasEveryRoomThatIsOne", holds: listsRooms},
	{name: "StatisticsAreThoseOfTheEntries", holds: countsEntries},
	{name: "StatisticsSurviveReopening", holds: countsAgain, reopens: true},
	{name: "PagesFollowEachOtherInEveryOrder", holds: listsPages},
	{name: "RoomsAreFoundByCodeAndName", holds: searchesRooms},
}

// list returns a page of rooms.
func (w *watched) list(q journal.ListQuery) []journal.RoomInfo {
	w.t.Helper()
	page, err := w.Journal.(journal.Catalog).List(context.Background(), q)
	if err != nil {
		w.t.Fatalf("list: %v", err)
	}
	return page
}

func codes(page []journal.RoomInfo) (all []string) {
	for _, i := range page {
		all = append(all, i.Room)
	}
	return all
}

func listsRooms(t *testing.T, j *watched) {
	j.inhabit("lobby")
	j.inhabit("closed")
	j.must(closeOf("closed", "close"))
	if _, err := j.put(note("noted", "topic", "1")); err != nil {
		t.Fatal(err)
	}
	j.must(target(protocol.EventReacted, "silent", "ann", "r", 0, "{}"))
	refused := message("refused", "ann", "a", "hi")
	refused.If = []journal.Condition{{Key: "open", Value: []byte("yes")}}
	if _, err := j.put(refused); err == nil {
		t.Fatal("it isn't refused")
	}
	j.snapshot("looked at")
	if got, want := codes(j.list(journal.ListQuery{Order: journal.ByCode, Limit: 10})), []string{"lobby", "noted", "silent"}; !slices.Equal(got, want) {
		t.Errorf("the rooms are %v, want %v", got, want)
	}
	if got, want := codes(j.list(journal.ListQuery{Order: journal.ByCode, Limit: 10, Spoken: true})), []string{"lobby"}; !slices.Equal(got, want) {
		t.Errorf("the rooms with messages are %v, want %v", got, want)
	}
	if none := j.list(journal.ListQuery{}); len(none) != 0 {
		t.Errorf("a limit of 0 gives %v", none)
	}
	got := j.list(journal.ListQuery{Limit: 1, Keys: []string{"to", "x"}})[0]
	if s := j.snapshot("lobby"); got.First != s.First || got.Head != s.Head || len(got.State) != 1 || string(got.State["topic"]) != "seals" {
		t.Errorf("the room is %+v, its snapshot %+v", got, s)
	}
}

// counted checks the lobby's statistics against its entries, and returns them.
func (w *watched) counted() journal.RoomInfo {
	w.t.Helper()
	const room = "lobby"
	want := journal.RoomInfo{Room: room}
	for _, e := range w.up(room, 0) {
		want.Bytes += int64(len(e.Body) + len(e.Private))
		if journal.IsMessage(e.Type, e.Body) {
			want.Messages++
		}
		if e.Type == protocol.EventMessage {
			want.Said = e.At
		}
	}
	for _, i := range w.list(journal.ListQuery{Limit: 100}) {
		if i.Room != room {
			continue
		}
		if i.Messages != want.Messages || i.Bytes != want.Bytes || !i.Said.Equal(want.Said) && !want.Said.IsZero() {
			w.t.Errorf("the room is listed as %+v, its entries are %+v", i, want)
		}
		return i
	}
	w.t.Fatalf("%q isn't listed", room)
	return want
}

// tally does everything that changes statistics.
func (w *watched) tally() {
	w.t.Helper()
	w.inhabit("lobby")
	w.counted()
	erased := message("lobby", "ann", "imported", "")
	erased.Event.Body = protocol.ErasedBody(protocol.EventMessage)
	w.must(erased)
	w.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))
	if i := w.counted(); i.Messages != 600 {
		w.t.Errorf("after an erasure there are %d messages, want 600", i.Messages)
	}
	w.prune(journal.Retention{Last: 100})
	w.counted()
	w.must(message("lobby", "ann", "more", "more"))
	w.counted()
}

func countsEntries(t *testing.T, j *watched) {
	j.tally()
	said := j.counted().Said
	if _, err := j.put(expire(-1)); err != nil {
		t.Fatal(err)
	}
	if i := j.counted(); i.Messages != 0 || i.Bytes != 0 || !i.Said.Equal(said) {
		t.Errorf("after all has expired it is %+v, want the time %v alone", i, said)
	}
}

func countsAgain(t *testing.T, j *watched) {
	j.tally()
	was := j.counted()
	j.reopen()
	if diff := cmp.Diff(was, j.counted()); diff != "" {
		t.Errorf("before (-) and after (+):\n%s", diff)
	}
}

func listsPages(t *testing.T, j *watched) {
	const rooms = 23
	for r := range rooms { // with many equal values, and another order by each
		room := fmt.Sprintf("room-%02d", r*7%rooms)
		for i := range 1 + r%3 {
			j.must(message(room, "ann", fmt.Sprint(i), strings.Repeat("x", 1+r%4*10)))
		}
		if r%6 == 0 {
			later()
		}
	}
	for _, order := range []journal.Order{journal.BySaid, journal.ByCode, journal.ByMessages, journal.ByBytes} {
		all := j.list(journal.ListQuery{Order: order, Limit: 100})
		if len(all) != rooms {
			t.Fatalf("order %d: %d rooms, want %d", order, len(all), rooms)
		}
		for i := 1; i < rooms; i++ {
			if a, b := &all[i-1], &all[i]; order.Compare(a.Value(order), a.Room, b.Value(order), b.Room) >= 0 {
				t.Errorf("order %d: %+v comes before %+v", order, *a, *b)
			}
		}
		for _, withValue := range []bool{false, true} {
			var paged []journal.RoomInfo
			q := journal.ListQuery{Order: order, Limit: 5}
			for page := j.list(q); len(page) > 0 && len(paged) < 2*rooms; page = j.list(q) {
				paged = append(paged, page...)
				last := page[len(page)-1]
				if q.After = last.Room; withValue {
					q.AfterValue = last.Value(order)
				}
			}
			if diff := cmp.Diff(all, paged); diff != "" {
				t.Errorf("order %d: at once (-) and in pages (+):\n%s", order, diff)
			}
		}
	}
	// The last room of the page moves to the front.
	q := journal.ListQuery{Order: journal.BySaid, Limit: 5}
	first := j.list(q)
	q.After, q.AfterValue = first[4].Room, first[4].Value(q.Order)
	want := codes(j.list(q))
	later()
	j.must(message(first[4].Room, "ann", "again", "x"))
	if got := codes(j.list(q)); !slices.Equal(got, want) {
		t.Errorf("the second page is %v, and was %v before a room of the first moved", got, want)
	}
}

func searchesRooms(t *testing.T, j *watched) {
	for room, name := range map[string]string{"kitchen-1": "Die Küche", "garden-2": "Gärten & more 100%", "attic-3": "", "cellar_4": "KITCHEN storage"} {
		d := message(room, "ann", "a", "hi")
		if name != "" {
			d.State = []journal.Change{{Key: "name", Value: []byte(name)}, {Key: "topic", Value: []byte("never found")}}
		}
		j.must(d)
	}
	for search, want := range map[string][]string{
		"": {"attic-3", "cellar_4", "garden-2", "kitchen-1"}, "kitchen": {"cellar_4", "kitchen-1"}, "KITCHEN": {"cellar_4", "kitchen-1"}, "kÜch": {"kitchen-1"},
		"0%": {"garden-2"}, "%": {"garden-2"}, "_": {"cellar_4"}, "-": {"attic-3", "garden-2", "kitchen-1"}, "never": nil, "GÄR": {"garden-2"}, "ß": nil, "'": nil,
	} {
		for _, order := range []journal.Order{journal.ByCode, journal.BySaid} {
			got := codes(j.list(journal.ListQuery{Search: search, NameKey: "name", Order: order, Limit: 10}))
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", search, got, want)
			}
		}
		if len(want) > 1 {
			q := journal.ListQuery{Search: search, NameKey: "name", Order: journal.ByCode, Limit: 1, After: want[0]}
			if got := codes(j.list(q)); !slices.Equal(got, want[1:2]) {
				t.Errorf("%q finds %v after %q, want %q", search, got, want[0], want[1])
			}
		}
	}
}
