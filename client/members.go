package client

import (
	"slices"

	"snug/protocol"
)

// roster is who is in the room, as far as the server says.
type roster struct {
	members []protocol.Member // none in a crowd
	count   int
}

func (o *roster) replace(members []protocol.Member, count int) {
	if count > len(members) { // only some of them: joined and left would not add up
		members = nil
	}
	o.members, o.count = slices.Clone(members), count
}

func (o *roster) find(member string) int {
	return slices.IndexFunc(o.members, func(m protocol.Member) bool { return m.Member == member })
}

func (o *roster) crowd() bool { return o.count > len(o.members) }

func (o *roster) join(m protocol.Member, count int) {
	if i := o.find(m.Member); i >= 0 {
		o.members[i] = m
	} else if !o.crowd() {
		o.members = append(o.members, m)
	}
	o.count = count
}

func (o *roster) leave(member string, count int) {
	if i := o.find(member); i >= 0 {
		o.members = slices.Delete(o.members, i, i+1)
	}
	o.count = count
}

func (o *roster) rename(member, nick string) {
	if i := o.find(member); i >= 0 {
		o.members[i].Nick = nick
	}
}

func (o *roster) promote(member string, role protocol.Role) {
	if i := o.find(member); i >= 0 {
		o.members[i].Role = role
	}
}

func (o *roster) snapshot() protocol.Members {
	return protocol.Members{Members: slices.Clone(o.members), Count: o.count}
}
