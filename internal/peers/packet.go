package peers

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"snug/internal/room"
	"snug/protocol"
)

// Subjects and JSON names are a protocol between nodes of different versions: they
// don't change.
const (
	subjectPrefix    = "snug.mesh."
	heartbeatSubject = subjectPrefix + "beat"
)

// nodeSubject returns the subject of what is for one node alone.
func nodeSubject(id string) string { return subjectPrefix + "node." + id }

// roomSubject returns the subject of a room's changes.
func roomSubject(code room.Code) string { return subjectPrefix + "room." + token(string(code)) }

// token encodes s as a token of a NATS subject, in which '.', '*' and '>' are special.
func token(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// packet is a message between nodes: a heartbeat, requests, lists or a change.
type packet struct {
	Node      string        `json:"n"` // the sender; the first field, see isFrom
	Heartbeat uint64        `json:"b,omitempty"`
	Bye       bool          `json:"bye,omitempty"` // marks the last heartbeat
	Rooms     []roomVersion `json:"r,omitempty"`   // of a heartbeat: the rooms that have changed since the last one
	Requests  []request     `json:"w,omitempty"`
	Lists     []list        `json:"l,omitempty"`
	Change    *change       `json:"d,omitempty"`
}

// roomVersion is the version of a room's members on the sender.
type roomVersion struct {
	Room    room.Code `json:"r"`
	Version uint64    `json:"v"`
}

// request asks a node for the members that it has in a room.
type request struct {
	Room room.Code `json:"r"`
	Have *uint64   `json:"v,omitempty"` // the version that the asker has, if any
}

// list answers a request, in one part or several. Version is 0 if the node has never
// published anything about the room.
type list struct {
	Room    room.Code `json:"r"`
	Version uint64    `json:"v,omitempty"`
	Same    bool      `json:"s,omitempty"` // the asker has this version
	Part    int       `json:"p,omitempty"` // from 0
	More    bool      `json:"o,omitempty"` // another part follows
	Here    []present `json:"m,omitempty"`
}

// change says what has changed in a room since the version After, which makes it
// Version. If After is 0, Here has all members.
type change struct {
	Room    room.Code `json:"r"`
	After   uint64    `json:"a,omitempty"`
	Version uint64    `json:"v,omitempty"` // 0 if it has nothing but Typing
	Here    []present `json:"m,omitempty"`
	Gone    []string  `json:"g,omitempty"`
	Typing  []string  `json:"t,omitempty"`
}

// present is the wire form of a room.Present.
type present struct {
	Member    string        `json:"m"`
	Nick      string        `json:"n"`
	Stamp     uint64        `json:"s,omitempty"`
	Role      protocol.Role `json:"r,omitempty"`
	Guest     bool          `json:"g,omitempty"`
	Addresses []string      `json:"a,omitempty"`

	nick room.Nick // parsed by decode
}

// Limits of what one packet carries, far below what NATS accepts.
const (
	maxPacketMembers = 500
	maxPacketRooms   = 500
)

// Limits of what is accepted from other nodes.
const (
	maxNodeBytes    = 128 // of a node's ID
	maxMemberBytes  = 128
	maxAddressBytes = 64
	maxAddresses    = 16 // of a member
)

func (p *packet) encode() []byte {
	data, err := json.Marshal(p)
	if err != nil { // a packet has nothing that can't be encoded
		panic(fmt.Sprintf("peers: encode a packet: %v", err))
	}
	return data
}

// isFrom reports whether data is a packet of the node id. NATS delivers a node's own
// messages, too.
func isFrom(data []byte, id string) bool {
	return strings.HasPrefix(string(data[:min(len(data), len(id)+7)]), `{"n":"`+id+`"`)
}

var errInvalidPacket = errors.New("invalid packet")

// decode decodes a packet and validates everything that its readers rely on.
func decode(data []byte) (p packet, err error) {
	if err := json.Unmarshal(data, &p); err != nil {
		return p, err
	}
	if nameOf(p.Node) == "" || len(p.Node) > maxNodeBytes {
		return p, errInvalidPacket
	}
	for i := range p.Lists {
		if err := validate(p.Lists[i].Here); err != nil {
			return p, err
		}
	}
	if p.Change == nil {
		return p, nil
	}
	return p, validate(p.Change.Here)
}

// validate checks members and parses their nicks.
func validate(here []present) (err error) {
	for i := range here {
		m := &here[i]
		if m.Member == "" || len(m.Member) > maxMemberBytes || len(m.Addresses) > maxAddresses {
			return errInvalidPacket
		}
		for _, a := range m.Addresses {
			if len(a) > maxAddressBytes {
				return errInvalidPacket
			}
		}
		if m.nick, err = room.AcceptedNick(m.Nick); err != nil {
			return fmt.Errorf("%w: %w", errInvalidPacket, err)
		}
	}
	return nil
}

// nameOf returns the name in a node's ID, or "" if id isn't one.
func nameOf(id string) string {
	return id[:max(strings.LastIndex(id, "."), 0)]
}

func (m *present) decoded() room.Present {
	return room.Present{Member: m.Member, Nick: m.nick, Stamp: m.Stamp, Role: m.Role, Guest: m.Guest, Addresses: m.Addresses}
}

func encodePresent(p *room.Present) present {
	return present{Member: p.Member, Nick: p.Nick.Shown, Stamp: p.Stamp, Role: p.Role, Guest: p.Guest, Addresses: p.Addresses}
}

func decodeAll(here []present) []room.Present {
	all := make([]room.Present, len(here))
	for i := range here {
		all[i] = here[i].decoded()
	}
	return all
}
