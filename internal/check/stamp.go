package check

import (
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"math/rand/v2"
	"strconv"
	"strings"

	"snug/protocol"
)

// name identifies a log event: a message of the check by its client and number, and
// other events by a hash of their sender and ID.
type name uint64

const (
	foreign    name = 1 << 63
	numberBits      = 40
)

func own(client int, number uint64) name { return name(client)<<numberBits | name(number) }

func (n name) foreign() bool  { return n&foreign != 0 }
func (n name) client() int    { return int(n >> numberBits) }
func (n name) number() uint64 { return uint64(n & (1<<numberBits - 1)) }

func (n name) String() string {
	if n.foreign() {
		return "an event of somebody else"
	}
	return "message " + n.label()
}

func (n name) label() string { return fmt.Sprintf("%d-%d", n.client(), n.number()) }

// stamps encodes the messages of one run so that each can be recognized, and changes of
// its content are found.
type stamps struct {
	run  string // distinguishes this run's messages from others
	seed maphash.Seed
}

// stampChars is the length of a content without its filler, at most.
const stampChars = 64

const (
	fillerChars = 200
	// fillers are characters that a careless program changes: those that JSON or HTML
	// escapes, and characters of one to four bytes.
	fillers = "abcdefghij  \"\\/<>&'\u2028\n\täñß€漢字🙂"
)

// id returns the ID that a message is sent with.
func (s *stamps) id(n name) string { return s.run + "-" + n.label() }

// content returns a message's content, of up to most characters, which is at least
// stampChars.
func (s *stamps) content(n name, most int) string {
	letters := []rune(fillers)
	filler := make([]rune, rand.IntN(min(fillerChars, most-stampChars)+1)) //nolint:gosec // any will do
	for i := range filler {
		filler[i] = letters[rand.IntN(len(letters))] //nolint:gosec // any will do
	}
	return fmt.Sprintf("check %s %08x %s.", s.id(n), s.sum(n, string(filler)), string(filler))
}

func (s *stamps) sum(n name, filler string) uint32 {
	return crc32.ChecksumIEEE([]byte(s.id(n) + " " + filler))
}

// named returns the message with the given ID.
func (s *stamps) named(id string) (name, bool) {
	label, found := strings.CutPrefix(id, s.run+"-")
	client, number, both := strings.Cut(label, "-")
	c, err := strconv.ParseUint(client, 10, 16)
	n, err2 := strconv.ParseUint(number, 10, numberBits)
	return own(int(c), n), found && both && err == nil && err2 == nil
}

// intact returns the message with the given content, and reports whether the content is
// unchanged.
func (s *stamps) intact(content string) (name, bool) {
	rest, _ := strings.CutPrefix(content, "check ")
	id, rest, _ := strings.Cut(rest, " ")
	sum, rest, _ := strings.Cut(rest, " ")
	filler, ended := strings.CutSuffix(rest, ".")
	n, ours := s.named(id)
	return n, ours && ended && sum == fmt.Sprintf("%08x", s.sum(n, filler))
}

// observe recognizes an event: by its content, or by its ID if the content is changed.
func (s *stamps) observe(e *protocol.Event) observation {
	body, err := e.Message()
	if n, ok := s.intact(body.Content); ok && err == nil {
		return observation{e.Seq, n, true}
	}
	if n, ok := s.named(e.ID); ok {
		return observation{e.Seq, n, body.Deleted} // moderators may erase messages
	}
	hash := maphash.String(s.seed, string(e.Type)+"\n"+e.From.Member+"\n"+e.ID)
	return observation{e.Seq, name(hash) | foreign, true}
}
