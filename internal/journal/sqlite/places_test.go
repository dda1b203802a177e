package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// talk is what a room should have.
type talk struct {
	messages []bool // by seq: whether that is a message that isn't erased; 0 isn't used
	first    uint64
}

func (k *talk) head() uint64 { return uint64(len(k.messages)) - 1 }

// TestEntriesAreFoundAcrossParts commits messages and deletions of several rooms at once, cuts
// them in each way there is, and reads them. Many rooms have entries in several parts.
func TestEntriesAreFoundAcrossParts(t *testing.T) {
	f := openFile(t, t.TempDir()+"/log.snug")
	defer func() { _ = f.Close() }()
	random := rand.New(rand.NewPCG(1, 2))
	rooms := map[string]*talk{"attic": nil, "kitchen": nil, "lobby": nil}
	names := []string{"attic", "kitchen", "lobby"}
	for name := range rooms {
		rooms[name] = &talk{messages: make([]bool, 1), first: 1}
	}
	ids := 0
	// draft returns a draft, and whether it should be refused.
	draft := func(name string) (d journal.Draft, refused bool) {
		room := rooms[name]
		ids++
		d = drafts(name, fmt.Sprint(ids, "-"), 1)[0]
		deletion := random.IntN(3) == 0
		if deletion {
			d.Event.Type, d.Event.Body = protocol.EventDeleted, []byte("{}")
			target := 1 + random.Uint64N(room.head()+1)
			d.Event.Target = target
			if target > room.head() || target < room.first || !room.messages[target] {
				return d, true
			}
			room.messages[target] = false
		}
		room.messages = append(room.messages, !deletion)
		return d, false
	}
	cut := func(name string) Cut {
		room := rooms[name]
		room.first += random.Uint64N(min(40, room.head()+2-room.first))
		return Cut{Room: name, First: room.first}
	}
	for range 150 {
		var batch []Placed
		var refused []bool
		add := func(p Placed, no bool) {
			p.Position = Position{f.after.Position + uint64(len(batch)) + 1, time.Now()}
			batch, refused = append(batch, p), append(refused, no)
		}
		for range 1 + random.IntN(40) {
			name := names[random.IntN(3)]
			switch random.IntN(60) {
			case 0:
				add(Placed{Control: &Control{Cuts: []Cut{cut(name)}}}, false)
			case 1:
				room := rooms[name]
				room.first = min(room.head()+1, room.first+journal.ExpireMax)
				add(Placed{Draft: journal.Draft{Room: name, StateOnly: true, Expire: -1}}, false)
			default:
				d, no := draft(name)
				add(Placed{Draft: d}, no)
			}
		}
		results, err := f.Commit(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if errors.Is(r.Err, journal.ErrGone) != refused[i] {
				t.Fatalf("%+v: %v; refused should be %v", batch[i].Draft.Event, r.Err, refused[i])
			}
		}
		switch random.IntN(10) {
		case 0:
			err = f.Prune(t.Context(), []Cut{cut(names[0]), cut(names[1])})
		case 1:
			_, err = f.Reopen(t.Context())
		case 2: // which checks the file
			if err = f.Close(); err == nil {
				f = openFile(t, f.path)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, room := range rooms {
			room.check(t, f, name, random)
		}
	}
}

// check reads some of a room.
func (k *talk) check(t *testing.T, f *File, name string, random *rand.Rand) {
	t.Helper()
	at, limit := random.Uint64N(k.head()+3), 1+random.IntN(60)
	var after, before, messages []uint64
	for seq := max(at+1, k.first); seq <= k.head() && len(after) < limit; seq++ {
		after = append(after, seq)
	}
	for seq := min(max(at, 1)-1, k.head()); seq >= k.first && seq > 0 && len(before) < limit; seq-- {
		before = append([]uint64{seq}, before...)
	}
	for seq := min(at+uint64(limit), k.head()); seq >= max(at, k.first) && seq > 0; seq-- {
		if k.messages[seq] {
			messages = append(messages, seq)
		}
	}
	for _, read := range []struct {
		how  string
		do   func() ([]journal.Entry, error)
		want []uint64
	}{
		{"after", func() ([]journal.Entry, error) { return f.ReadAfter(t.Context(), name, at, limit) }, after},
		{"before", func() ([]journal.Entry, error) { return f.ReadBefore(t.Context(), name, at, limit) }, before},
		{"messages from", func() ([]journal.Entry, error) { return f.ReadMessages(t.Context(), name, at, at+uint64(limit)) }, messages},
	} {
		entries, err := read.do()
		var got []uint64
		for _, e := range entries {
			got = append(got, e.Seq)
		}
		if err != nil || !slices.Equal(got, read.want) {
			t.Fatalf("room %s has entries %d to %d; %s %d, limit %d: %d, %v; want %d", name, k.first, k.head(), read.how, at, limit, got, err, read.want)
		}
	}
}

// A read stops when it has journal.PageBytes. So SQLite must return the entries as it finds
// them, and not sort them first. Of a message that was edited very often, it reads the last edit.
func TestEntriesAreNotSortedToBeRead(t *testing.T) {
	f := newFile(t)
	for _, query := range []string{selectUp, selectDown, selectMessages} {
		rows, err := f.reads.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, 1, 1, 1, []byte{})
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, step)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(plan, "\n"); plan[0] != "SEARCH entries USING INTEGER PRIMARY KEY (rowid=?)" ||
			!strings.Contains(all, "SEARCH places USING PRIMARY KEY (room=? AND part>? AND part<?)") || strings.Contains(all, "TEMP B-TREE") {
			t.Errorf("the plan of %s is\n%s", query, all)
		} else if query == selectMessages && !strings.Contains(all, "SEARCH edit USING INDEX entries_about (room=? AND target=?)") {
			t.Errorf("all edits are read: the plan of %s is\n%s", query, all)
		}
	}
}

func TestAReadThatIsCancelledFindsNoDamage(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "", 400))
	for i := range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Microsecond)
		if _, err := f.ReadAfter(ctx, "lobby", 0, 400); errors.Is(err, ErrDamaged) {
			t.Errorf("after %d µs: %v", 20*i, err)
		}
		cancel()
	}
}

// A cluster's stream may have drafts that another version takes for possible.
func TestDraftsAndCutsOfNothingChangeNothing(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "", 3))
	d := drafts("lobby", "deletion", 1)
	d[0].Event.Type, d[0].Event.Body = protocol.EventDeleted, []byte("{}")
	f.must(t, d)
	if err := f.Prune(t.Context(), []Cut{{Room: "lobby"}, {Room: "lobby", First: 1}, {Room: "attic", First: 2}}); err != nil {
		t.Error(err)
	}
	if page, err := f.ReadMessages(t.Context(), "lobby", 0, 9); err != nil || len(page) != 3 {
		t.Errorf("there are %d messages, %v; want 3", len(page), err)
	}
}

// A place of a closed room that is wrong, and which nothing checks, is another room's.
func TestWhatAClosedRoomHasLeftIsItsOwn(t *testing.T) {
	f := newFile(t)
	for i := range 20 {
		f.must(t, append(drafts("lobby", fmt.Sprint(i), 1), drafts("attic", fmt.Sprint(i), 1)...))
	}
	f.must(t, []journal.Draft{closing()})
	raw(t, f.path, "UPDATE places SET positions = replace(positions, '15', '14') WHERE room = (SELECT room FROM leftovers) AND part = 0")
	for more := true; more; {
		var err error
		if more, err = f.RemoveLeftovers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if page, err := f.ReadAfter(t.Context(), "attic", 0, 100); err != nil || len(page) != 20 {
		t.Errorf("the other room has %d entries, %v; want 20", len(page), err)
	}
}
