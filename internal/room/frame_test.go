package room

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"snug/protocol"
)

// frame is any event that a client can get.
type frame struct {
	Type            protocol.EventType
	Seq             uint64
	From            protocol.Member
	Content, Author string // also of a plain frame: encoding/json ignores the case of names
	Member, Nick    string
	Count           int
	Members         []protocol.Member
	First, Last     uint64
	Seat            string
}

func (f frame) String() string {
	switch f.Type {
	case "":
		return f.Author + ": " + f.Content
	case protocol.EventMessage:
		return fmt.Sprintf("%d %s: %s", f.Seq, f.From.Nick, f.Content)
	case protocol.EventJoined, protocol.EventLeft:
		return fmt.Sprintf("%s %s, %d", f.Type, f.Nick, f.Count)
	case protocol.EventRenamed:
		return fmt.Sprintf("renamed %s to %s", f.Member, f.Nick)
	case protocol.EventTyping:
		return "typing " + f.Member
	case protocol.EventCrowd:
		return fmt.Sprintf("crowd of %d", f.Count)
	case protocol.EventMembers:
		return fmt.Sprintf("members %v, %d", nicks(f.Members), f.Count)
	case protocol.EventGap:
		return fmt.Sprintf("gap %d to %d", f.First, f.Last)
	case protocol.EventPruned:
		return fmt.Sprintf("pruned up to %d", f.First)
	}
	return fmt.Sprintf("%d %s", f.Seq, f.Type)
}

func nicks(members []protocol.Member) (s []string) {
	for _, m := range members {
		s = append(s, m.Nick)
	}
	return s
}

// decode decodes whole WebSocket frames.
func decode(t tb, b []byte) (frames []frame) {
	t.Helper()
	for len(b) > 0 {
		if b[0] != 0x81 || len(b) < 2 {
			t.Fatalf("no final text frame begins with % x", b[:min(len(b), 8)])
		}
		n, header := int(b[1]), 2
		switch {
		case n == 126 && len(b) >= 4:
			n, header = int(binary.BigEndian.Uint16(b[2:])), 4
		case n == 127 && len(b) >= 10:
			n, header = int(binary.BigEndian.Uint64(b[2:])), 10
		}
		if len(b) < header+n {
			t.Fatalf("a frame of %d bytes ends after %d", n, len(b)-header)
		}
		var f frame
		if err := json.Unmarshal(b[header:header+n], &f); err != nil {
			t.Fatalf("%s: %v", b[header:header+n], err)
		}
		frames = append(frames, f)
		b = b[header+n:]
	}
	return frames
}
