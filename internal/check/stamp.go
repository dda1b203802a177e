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

// name is which message an event of the log is: client and number of one of the
// check's own, or a hash of who else sent it and its id.
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
		return "another's event"
	}
	return "message " + n.label()
}

func (n name) label() string { return fmt.Sprintf("%d-%d", n.client(), n.number()) }

// stamps marks the messages of one run, so that each is known wherever it turns
// up and a change of its content shows.
type stamps struct {
	run  string // tells this run's messages from others'
	seed maphash.Seed
}

// stampChars is how long a content is at most without its filler.
const stampChars = 64

const (
	fillerChars = 200
	// fillers are what a careless program changes on the way: what JSON or HTML
	// escapes, and characters of one to four bytes.
	fillers = "abcdefghij  \"\\/<>&'\u2028\n\täñß€漢字🙂"
)

// id is the id that a message is sent with.
func (s *stamps) id(n name) string { return s.run + "-" + n.label() }

// content makes a message's content, of at most so many characters, which are at
// least stampChars.
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

// named reads an id.
func (s *stamps) named(id string) (name, bool) {
	label, found := strings.CutPrefix(id, s.run+"-")
	client, number, both := strings.Cut(label, "-")
	c, err := strconv.ParseUint(client, 10, 16)
	n, err2 := strconv.ParseUint(number, 10, numberBits)
	return own(int(c), n), found && both && err == nil && err2 == nil
}

// intact reads a content, and reports whether it is as it was sent.
func (s *stamps) intact(content string) (name, bool) {
	rest, _ := strings.CutPrefix(content, "check ")
	id, rest, _ := strings.Cut(rest, " ")
	sum, rest, _ := strings.Cut(rest, " ")
	filler, ended := strings.CutSuffix(rest, ".")
	n, ours := s.named(id)
	return n, ours && ended && sum == fmt.Sprintf("%08x", s.sum(n, filler))
}

// sight tells which message an event is. The content decides; the id does where
// the content has suffered.
func (s *stamps) sight(e *protocol.Event) sighting {
	body, err := e.Message()
	if n, ok := s.intact(body.Content); ok && err == nil {
		return sighting{e.Seq, n, true}
	}
	if n, ok := s.named(e.ID); ok {
		return sighting{e.Seq, n, body.Deleted} // erasing is a moderator's right
	}
	hash := maphash.String(s.seed, string(e.Type)+"\n"+e.From.Member+"\n"+e.ID)
	return sighting{e.Seq, name(hash) | foreign, true}
}
