package room

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"snug/protocol"
)

// testRoster is a roster to join and leave.
type testRoster struct {
	roster
	came int
}

func (r *testRoster) come(id, name string) (p *Participant, first bool) {
	p = &Participant{}
	p.member, first = r.join(p, protocol.Member{Member: id, Role: protocol.RoleMember}, nick(name))
	return p, first
}

// stranger joins as a new member.
func (r *testRoster) stranger(name string) *Participant {
	r.came++
	p, _ := r.come("m"+strconv.Itoa(r.came), name)
	return p
}

func TestATakenNickGetsASuffix(t *testing.T) {
	r := testRoster{roster: newRoster()}
	var got []string
	for _, name := range []string{"Ann", "ann", "ＡＮＮ", "bob", "ann-2"} {
		got = append(got, r.stranger(name).member.Nick)
	}
	if want := []string{"Ann", "ann-2", "ANN-3", "bob", "ann-2-2"}; !slices.Equal(got, want) {
		t.Errorf("they go by %v, want %v", got, want)
	}
}

func TestAThousandOfOneNickAllGetAnother(t *testing.T) {
	r := testRoster{roster: newRoster()}
	name := "bobbobbobbobbobbobbobbobbobbobbo" // 32, so each suffix cuts it
	for range 1000 {
		r.stranger(name)
	}
	if len(r.byNick) != 1000 || r.count() != 1000 {
		t.Fatalf("%d members go by %d nicks", r.count(), len(r.byNick))
	}
	for _, m := range r.members {
		sound(t, name, m.nick)
		if _, suffix, cut := strings.Cut(m.Nick, "-"); cut && strings.Trim(suffix, "0123456789") != "" {
			t.Errorf("%q has letters in its suffix: they could spell the name of a role", m.Nick)
		}
	}
	if many, some := joinCost(1000, name), joinCost(20, name); many > 2*some {
		t.Errorf("the thousandth joins with %v allocations, the twentieth with %v", many, some)
	}
}

// joinCost returns the allocations of a join where so many members have the nick already.
func joinCost(members int, name string) (allocations float64) {
	r := testRoster{roster: newRoster()}
	for range members {
		r.stranger(name)
	}
	return testing.AllocsPerRun(10, func() { r.leave(r.stranger(name)) })
}

func TestASecondConnectionIsNoSecondMember(t *testing.T) {
	r := testRoster{roster: newRoster()}
	one, first := r.come("m", "ann")
	two, second := r.come("m", "bob")
	if !first || second || r.count() != 1 || two.member != one.member || two.member.Nick != "ann" {
		t.Fatalf("first %t, %t; %d members; the second goes by %s", first, second, r.count(), two.member.Nick)
	}
	if _, last := r.leave(one); last || r.count() != 1 {
		t.Errorf("the member left with its first connection, having two")
	}
	if m, last := r.leave(two); !last || r.count() != 0 || m.Nick != "ann" {
		t.Errorf("the member stays after its last connection")
	}
	if again := r.stranger("ann"); again.member.Nick != "ann" {
		t.Errorf("the nick of one who left isn't to be had: got %s", again.member.Nick)
	}
}

func TestANickIsTakenFreedAndTakenAgain(t *testing.T) {
	r := testRoster{roster: newRoster()}
	ann, bob := r.stranger("ann").member, r.stranger("bob").member
	for _, step := range []struct {
		m    *member
		to   string
		want bool
	}{
		{bob, "ann", false},
		{bob, "ＡＮＮ", false},
		{bob, "Bob", true},  // its own nick, in another form
		{bob, "Bob", true},  // unchanged
		{ann, "bob", false}, // taken: the keys are equal
		{ann, "Carl", true},
		{bob, "Ann", true}, // freed
		{ann, "bob", true},
	} {
		before := step.m.Nick
		if got := r.rename(step.m, nick(step.to)); got != step.want {
			t.Errorf("%s to %s: %t, want %t", before, step.to, got, step.want)
		}
		want := before
		if step.want {
			want = step.to
		}
		if step.m.Nick != want || len(r.byNick) != 2 {
			t.Errorf("%s to %s: goes by %s, and %d nicks are taken", before, step.to, step.m.Nick, len(r.byNick))
		}
	}
}

func TestAListOfMembersIsBoundedAndImmutable(t *testing.T) {
	r := testRoster{roster: newRoster()}
	var all []*Participant
	for i := range 300 {
		all = append(all, r.stranger(fmt.Sprint("n", i)))
	}
	before := r.list()
	if len(before) != protocol.MembersShown {
		t.Fatalf("%d are listed of 300, want %d", len(before), protocol.MembersShown)
	}
	was := slices.Clone(before)
	r.rename(all[0].member, nick("zoe"))
	r.leave(all[1])
	if !slices.Equal(before, was) {
		t.Error("a list has changed after it was given out")
	}
	if after := r.list(); after[0].Nick != "zoe" || after[1].Nick != "n2" || len(after) != protocol.MembersShown {
		t.Errorf("the next list has %d, and begins with %v", len(after), after[:2])
	}
	if empty := newRoster(); empty.list() == nil {
		t.Error("nobody is null in JSON, want an empty list")
	}
}

func TestACrowdBeginsAbove200AndEndsBelow150(t *testing.T) {
	r := testRoster{roster: newRoster()}
	var all []*Participant
	to := func(n int) (changed bool) {
		for len(all) < n {
			all = append(all, r.stranger(fmt.Sprint("n", len(all))))
		}
		for ; len(all) > n; all = all[:len(all)-1] {
			r.leave(all[len(all)-1])
		}
		return r.updateCrowd()
	}
	for i, step := range []struct {
		count          int
		changed, crowd bool
	}{
		{1, false, false}, {200, false, false}, {201, true, true}, {300, false, true}, {201, false, true},
		{200, false, true}, {150, false, true}, {149, true, false}, {150, false, false}, {200, false, false},
		{201, true, true}, {0, true, false},
	} {
		if changed := to(step.count); changed != step.changed || r.crowd != step.crowd {
			t.Errorf("step %d, %d members: changed %t, crowd %t; want %+v", i, step.count, changed, r.crowd, step)
		}
	}
}
