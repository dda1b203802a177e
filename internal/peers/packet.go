package peers

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"snug/internal/room"
	"snug/protocol"
)

// packet is what one node says to others: a beat, wants, lists or a delta.
type packet struct {
	Node  string  `json:"n"` // who says it; the first field, see fromSelf
	Beat  uint64  `json:"b,omitempty"`
	Bye   bool    `json:"bye,omitempty"` // with a beat: the last one
	Rooms []stand `json:"r,omitempty"`   // with a beat: what has changed since the last one
	Wants []want  `json:"w,omitempty"`
	Lists []list  `json:"l,omitempty"`
	Delta *delta  `json:"d,omitempty"`
}

// stand is how far a node has come in telling who is in a room.
type stand struct {
	Room    room.Code `json:"r"`
	Version uint64    `json:"v"`
}

// want asks a node for who is in a room there.
type want struct {
	Room room.Code `json:"r"`
	Have *uint64   `json:"v,omitempty"` // what the asker has
}

// list answers a want. Version is 0 where the node has told of nobody there.
type list struct {
	Room    room.Code `json:"r"`
	Version uint64    `json:"v,omitempty"`
	Same    bool      `json:"s,omitempty"` // it is what the asker has
	Part    int       `json:"p,omitempty"` // from 0
	More    bool      `json:"o,omitempty"` // another part follows
	Here    []present `json:"m,omitempty"`
}

// delta says what has changed in a room since the version After, to make it
// Version. After 0 there is nothing before: Here is everyone.
type delta struct {
	Room    room.Code `json:"r"`
	After   uint64    `json:"a,omitempty"`
	Version uint64    `json:"v,omitempty"` // 0 if there is only typing in it
	Here    []present `json:"m,omitempty"`
	Gone    []string  `json:"g,omitempty"`
	Typing  []string  `json:"t,omitempty"`
}

// present is a room.Present on its way.
type present struct {
	Member    string        `json:"m"`
	Nick      string        `json:"n"`
	Stamp     uint64        `json:"s,omitempty"`
	Role      protocol.Role `json:"r,omitempty"`
	Guest     bool          `json:"g,omitempty"`
	Addresses []string      `json:"a,omitempty"`

	nick room.Nick
}

// What one packet carries at the most, so that it is far below what NATS takes.
const (
	membersAtOnce = 500
	roomsAtOnce   = 500
)

// What is taken of others.
const (
	nodeBytes    = 128 // in the id of a node
	memberBytes  = 128
	addressBytes = 64
	addresses    = 16 // of a member
)

func (p *packet) encode() []byte {
	data, err := json.Marshal(p)
	if err != nil { // there is nothing in a packet that can't be written
		panic(fmt.Sprintf("mesh: write a packet: %v", err))
	}
	return data
}

// fromSelf reports whether data is a packet of the node self, which NATS gives back.
func fromSelf(data []byte, self string) bool {
	return strings.HasPrefix(string(data[:min(len(data), len(self)+7)]), `{"n":"`+self+`"`)
}

var errOdd = errors.New("it isn't what nodes say")

// decode reads a packet, and checks all that is relied on.
func decode(data []byte) (p packet, err error) {
	if err := json.Unmarshal(data, &p); err != nil {
		return p, err
	}
	if nameOf(p.Node) == "" || len(p.Node) > nodeBytes {
		return p, errOdd
	}
	for i := range p.Lists {
		if err := check(p.Lists[i].Here); err != nil {
			return p, err
		}
	}
	if p.Delta == nil {
		return p, nil
	}
	if err := check(p.Delta.Here); err != nil {
		return p, err
	}
	return p, nil
}

// check reads the nicks of members.
func check(here []present) (err error) {
	for i := range here {
		m := &here[i]
		if m.Member == "" || len(m.Member) > memberBytes || len(m.Addresses) > addresses {
			return errOdd
		}
		for _, a := range m.Addresses {
			if len(a) > addressBytes {
				return errOdd
			}
		}
		if m.nick, err = room.ParseNick(m.Nick); err != nil {
			return fmt.Errorf("%w: %w", errOdd, err)
		}
	}
	return nil
}

// nameOf returns the name in the id of a node; empty if it isn't one.
func nameOf(id string) string {
	return id[:max(strings.LastIndex(id, "."), 0)]
}

func (m *present) news() room.Present {
	return room.Present{Member: m.Member, Nick: m.nick, Stamp: m.Stamp, Role: m.Role, Guest: m.Guest, Addresses: m.Addresses}
}

func pack(p *room.Present) present {
	return present{Member: p.Member, Nick: p.Nick.Shown, Stamp: p.Stamp, Role: p.Role, Guest: p.Guest, Addresses: p.Addresses}
}

func allNews(here []present) []room.Present {
	all := make([]room.Present, len(here))
	for i := range here {
		all[i] = here[i].news()
	}
	return all
}
