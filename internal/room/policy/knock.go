package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Those who wait before a locked room are in its state, so that owners and moderators on all
// nodes are told of them. They come and go without entries; who is admitted, the log says.

// KeyKnock is the key of a room's state for those who wait, with the member.
const KeyKnock = "knock/"

// Knock is somebody who waits before the room.
type Knock struct {
	Member  string    `json:"-"`
	Nick    string    `json:"nick"`
	Note    string    `json:"note,omitempty"`
	Address string    `json:"address,omitempty"` // keyed; see NetworkSeparator
	Until   time.Time `json:"until"`

	stored []byte // the value in the journal
}

func (k *Knock) over(now time.Time) bool { return now.After(k.Until) }

// sameAddress reports whether k comes from an address; nobody is known to come from "".
func (k *Knock) sameAddress(address string) bool {
	return address != "" && addressOf(k.Address) == addressOf(address)
}

// Knocks returns those who wait, those first who have done so for longest.
func (p *Policy) Knocks(now time.Time) []Knock {
	all := slices.DeleteFunc(slices.Collect(maps.Values(p.knocks)), func(k Knock) bool { return k.over(now) })
	slices.SortFunc(all, func(a, b Knock) int { return cmp.Or(a.Until.Compare(b.Until), strings.Compare(a.Member, b.Member)) })
	return all
}

// Knock returns somebody who waits.
func (p *Policy) Knock(member string, now time.Time) (k Knock, ok bool) {
	k, ok = p.knocks[member]
	return k, ok && !k.over(now)
}

// EndKnocks notes that nobody waits any more. What is stored of them is removed with the next one
// who does.
func (p *Policy) EndKnocks() {
	for member, k := range p.knocks {
		k.Until = time.Time{}
		p.knocks[member] = k
	}
}

// JudgeKnock returns why k may not wait, too; nil if it may. under has those who knock at this
// moment, who aren't in p yet.
func (p *Policy) JudgeKnock(k Knock, under []Knock, now time.Time) *protocol.Error {
	waiting := make(map[string]Knock)
	for _, other := range append(p.Knocks(now), under...) {
		waiting[other.Member] = other
	}
	for _, other := range waiting {
		if other.Member == k.Member || other.sameAddress(k.Address) {
			return waitToKnock("somebody from your address waits before the room already: wait there")
		}
	}
	if len(waiting) >= protocol.MaxKnocks {
		return waitToKnock("as many wait before the room as may")
	}
	return nil
}

func waitToKnock(why string) *protocol.Error {
	e := protocol.Errorf(protocol.TooMany, "%s: come back in %v", why, knockAgain)
	e.RetryAfter = knockAgain
	return e
}

// knockAgain is how long somebody waits who may not knock because of others.
const knockAgain = 10 * time.Second

// Wait returns the draft by which k waits, and k as it is then. Those who have waited for too
// long, and whose node didn't say that they are gone, are removed.
func (p *Policy) Wait(room string, k Knock, now time.Time) (journal.Draft, Knock, error) {
	var err error
	if k.stored, err = json.Marshal(k); err != nil {
		return journal.Draft{}, k, fmt.Errorf("encode a knock: %w", err)
	}
	d := journal.Draft{
		Room: room, StateOnly: true, If: []journal.Condition{{Key: KeyKnock + k.Member, Value: p.knocks[k.Member].stored}},
		State: []journal.Change{{Key: KeyKnock + k.Member, Value: k.stored}},
	}
	for _, other := range p.knocks {
		if other.over(now) && other.Member != k.Member {
			d.State = append(d.State, journal.Change{Key: KeyKnock + other.Member})
		}
	}
	return d, k, nil
}

// Gone returns the draft by which k, of Wait, no longer waits.
func (k *Knock) Gone(room string) journal.Draft {
	return journal.Draft{Room: room, StateOnly: true, If: []journal.Condition{k.unchanged()}, State: []journal.Change{{Key: KeyKnock + k.Member}}}
}

// unchanged returns the condition that k still waits.
func (k *Knock) unchanged() journal.Condition {
	return journal.Condition{Key: KeyKnock + k.Member, Value: k.stored}
}

// setKnock makes a change of the room's state, if it is about somebody who waits. Changes
// without entries may come after entries that were committed later: who was admitted doesn't
// wait again.
func (p *Policy) setKnock(c journal.Change) (is bool, err error) {
	member, is := strings.CutPrefix(c.Key, KeyKnock)
	if !is {
		return false, nil
	}
	delete(p.knocks, member)
	if c.Value == nil {
		return true, nil
	}
	k := Knock{Member: member, stored: c.Value}
	if err := json.Unmarshal(c.Value, &k); err != nil {
		return true, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	if !slices.Contains(p.admitted, answered{member, k.number()}) {
		put(&p.knocks, member, k)
	}
	return true, nil
}

// answered is a knock that somebody was admitted by.
type answered struct {
	member string
	number int64
}

// number tells the knocks of one member apart.
func (k *Knock) number() int64 { return k.Until.UnixMilli() }

// noteAnswered remembers which knock of a member an event has answered, whose private part is
// hidden: the change that the knock makes may come later.
func (p *Policy) noteAnswered(member string, hidden []byte) {
	var h private
	if err := json.Unmarshal(hidden, &h); err == nil { // or Project would have failed
		p.admitted = append(p.admitted[max(0, len(p.admitted)-protocol.MaxKnocks):], answered{member, h.Knock})
	}
}

// judgeAdmit returns why an order to admit somebody who has knocked is refused; nil if it isn't.
func (p *Policy) judgeAdmit(o *Order) *protocol.Error {
	if !AtLeast(o.From.Role, protocol.RoleModerator) {
		return Forbidden("let newcomers in")
	}
	if _, waits := p.Knock(o.Target.Member, o.Now); !waits {
		return protocol.Errorf(protocol.NotFound, "no member %q waits before the room: knock events tell who does", o.Target.Member)
	}
	return nil
}
