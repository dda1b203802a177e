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

// What is here is for the devices of one member: how far it has read, and the codes that make
// another device the same member. It is changed without entries, as nobody else is told.

// The keys of a room's state that it has.
const (
	KeySeen     = "seen/"     // and the member
	keyTransfer = "transfer/" // and the keyed code
)

// Seen returns the newest event that a member has seen; 0 if that isn't known.
func (p *Policy) Seen(member string) uint64 { return p.seen[member] }

// SeeUpTo returns the draft that notes that a member has seen the events up to seq. ok is false
// if that is known already. The journal refuses the draft with [journal.ErrChanged] if p isn't
// what it has. Of more than protocol.MaxSeen members, the one who has read least is forgotten.
func (p *Policy) SeeUpTo(room, member string, seq uint64) (d journal.Draft, ok bool) {
	if seq <= p.seen[member] {
		return d, false
	}
	was, is := seenChange(member, p.seen[member]), seenChange(member, seq)
	d = journal.Draft{Room: room, StateOnly: true, If: []journal.Condition{journal.Condition(was)}, State: []journal.Change{is}}
	if was.Value == nil && len(p.seen) >= protocol.MaxSeen {
		least := slices.MinFunc(slices.Collect(maps.Keys(p.seen)), func(a, b string) int {
			return cmp.Or(cmp.Compare(p.seen[a], p.seen[b]), strings.Compare(a, b))
		})
		d.State = append(d.State, journal.Change{Key: KeySeen + least})
	}
	return d, true
}

func seenChange(member string, seq uint64) journal.Change { return numberChange(KeySeen+member, seq) }

// setSeen makes a change of the room's state, if it is about what a member has seen.
func (p *Policy) setSeen(c journal.Change) (is bool, err error) {
	member, is := strings.CutPrefix(c.Key, KeySeen)
	if !is {
		return false, nil
	}
	delete(p.seen, member)
	seq, err := readNumber(c)
	if seq > 0 {
		put(&p.seen, member, seq)
	}
	return true, err
}

// Transfer says whom a code makes the member that it is, and until when.
type Transfer struct {
	Member string    `json:"member"`
	Until  time.Time `json:"until"`
	Seats  uint64    `json:"seats,omitempty"` // the generation of the member's seats: a code ends with them

	key    string // of the room's state
	stored []byte // the value in the journal
}

// Transfer returns what a keyed code stands for at a time; ok is false if it is nothing, also
// because the member's seats were revoked since.
func (p *Policy) Transfer(code string, now time.Time) (t Transfer, ok bool) {
	t, ok = p.transfers[code]
	return t, ok && !now.After(t.Until) && t.Seats == p.seats[t.Member]
}

// NewTransfer returns the draft that makes a keyed code stand for a member whose seats have a
// generation, for protocol.TransferFor. It takes the place of the member's last code, and ended
// ones are removed. The error is a [*protocol.Error] if the room has too many codes, or the seats
// are revoked. The journal refuses the draft with [journal.ErrChanged] if they are by then.
func (p *Policy) NewTransfer(room, code, member string, seats uint64, now time.Time) (d journal.Draft, until time.Time, err error) {
	if seats < p.seats[member] {
		return d, until, protocol.Errorf(protocol.Forbidden, "your seats were revoked: join the room with a new one")
	}
	t := Transfer{Member: member, Until: now.Add(protocol.TransferFor).UTC().Truncate(time.Second), Seats: p.seats[member]}
	value, err := json.Marshal(t)
	if err != nil {
		return d, until, fmt.Errorf("encode a transfer: %w", err)
	}
	d = journal.Draft{
		Room: room, StateOnly: true,
		If: []journal.Condition{p.seatUnchanged(member)}, State: []journal.Change{{Key: keyTransfer + code, Value: value}},
	}
	for _, other := range p.transfers {
		if other.Member == member || now.After(other.Until) {
			d.State = append(d.State, journal.Change{Key: other.key})
		}
	}
	if len(p.transfers)+2-len(d.State) > protocol.MaxTransfers {
		return d, until, protocol.Errorf(protocol.TooMany, "the room has %d codes for other devices under way: try again in %v", protocol.MaxTransfers, protocol.TransferFor)
	}
	return d, t.Until, nil
}

// Redeem returns the draft that uses up a transfer. The journal refuses it with
// [journal.ErrChanged] if it was used before, has ended by the log's clock, or the member's seats
// were revoked.
func (t *Transfer) Redeem(room string) journal.Draft {
	return journal.Draft{
		Room: room, StateOnly: true, NotAfter: t.Until,
		If:    []journal.Condition{{Key: t.key, Value: t.stored}, journal.Condition(seatChange(t.Member, t.Seats))},
		State: []journal.Change{{Key: t.key}},
	}
}

// setTransfer makes a change of the room's state, if it is about a transfer.
func (p *Policy) setTransfer(c journal.Change) (is bool, err error) {
	code, is := strings.CutPrefix(c.Key, keyTransfer)
	if !is {
		return false, nil
	}
	delete(p.transfers, code)
	if c.Value == nil {
		return true, nil
	}
	t := Transfer{key: c.Key, stored: c.Value}
	if err := json.Unmarshal(c.Value, &t); err != nil {
		return true, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	put(&p.transfers, code, t)
	return true, nil
}
