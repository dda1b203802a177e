package auth_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"snug/internal/auth"
)

var seats = auth.NewSeats(bytes.Repeat([]byte{1}, 32))

func TestASeatIsItsMembersAgain(t *testing.T) {
	for _, room := range []string{"lobby", "日本語", "a-b_c.d"} {
		member := auth.NewMember()
		seat := seats.Seat(room, member, 0)
		if got, _, ok := seats.Member(room, seat); got != member || !ok {
			t.Errorf("the seat of %s in %s is %q's, %t", member, room, got, ok)
		}
		// A restarted server has the journal's key and nothing else.
		if got, _, ok := auth.NewSeats(bytes.Repeat([]byte{1}, 32)).Member(room, seat); got != member || !ok {
			t.Errorf("under the same key again it is %q's, %t", got, ok)
		}
		if seats.Seat(room, member, 0) != seat {
			t.Error("one member has two seats in one room")
		}
	}
}

func TestAnyOtherSeatIsNobodys(t *testing.T) {
	member, other := auth.NewMember(), auth.NewMember()
	seat := seats.Seat("lobby", member, 0)
	_, mac, _ := strings.Cut(seat, ".")
	raw, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil || len(raw) < 16 {
		t.Fatalf("a seat's secret is %d bytes, %v; want at least 16", len(raw), err)
	}
	for name, given := range map[string]string{
		"empty":                     "",
		"a dot":                     ".",
		"the member alone":          member,
		"the member and a dot":      member + ".",
		"the secret alone":          mac,
		"no dot":                    member + mac,
		"no member":                 "." + mac,
		"another's member":          other + "." + mac,
		"another room's":            seats.Seat("kitchen", member, 0),
		"room and member shifted":   seats.Seat("lobb", "y"+member, 0),
		"another key's":             auth.NewSeats(bytes.Repeat([]byte{2}, 32)).Seat("lobby", member, 0),
		"in capitals":               strings.ToUpper(seat),
		"a space before":            " " + seat,
		"a newline after":           seat + "\n",
		"a newline inside":          seat[:len(seat)-4] + "\n" + seat[len(seat)-4:],
		"padded":                    seat + "==",
		"twice":                     seat + "." + seat,
		"of another generation":     member + ".1." + mac,
		"of generation 0":           member + ".0." + mac,
		"a longer generation":       strings.Replace(seats.Seat("lobby", member, 1), ".1.", ".01.", 1),
		"a signed generation":       strings.Replace(seats.Seat("lobby", member, 1), ".1.", ".+1.", 1),
		"the next generation":       strings.Replace(seats.Seat("lobby", member, 1), ".1.", ".2.", 1),
		"a generation too large":    member + ".18446744073709551616." + mac,
		"no generation":             strings.Replace(seats.Seat("lobby", member, 1), ".1.", ".", 1),
		"a generation as a member":  strings.Replace(seats.Seat("lobby", member, 1), ".1.", "\x001.", 1),
		"cut":                       seat[:len(seat)-1],
		"longer":                    seat + "A",
		"half a secret":             member + "." + base64.RawURLEncoding.EncodeToString(raw[:8]),
		"NUL and the secret":        member + "\x00." + mac,
		"unicode":                   "каф\u00e9🙂.日本語",
		"not UTF-8":                 "\xff\xfe.\xff",
		"a full stop of full width": strings.Replace(seat, ".", "．", 1),
		"a mebibyte":                strings.Repeat("a", 1<<19) + "." + strings.Repeat("A", 1<<19),
	} {
		t.Run(name, func(t *testing.T) {
			if got, _, ok := seats.Member("lobby", given); ok || got != "" {
				t.Errorf("it is %q's", got)
			}
		})
	}
}

func TestEveryBitOfASeatCounts(t *testing.T) {
	seat := []byte(seats.Seat("lobby", auth.NewMember(), 0))
	for i := range seat {
		for bit := range 8 {
			given := bytes.Clone(seat)
			given[i] ^= 1 << bit
			if got, _, ok := seats.Member("lobby", string(given)); ok {
				t.Fatalf("bit %d of byte %d turned: it is %q's", bit, i, got)
			}
		}
	}
}

func TestANewMemberIsNew(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		m := auth.NewMember()
		if seen[m] || len(m) != 20 || strings.Trim(m, "0123456789abcdef") != "" {
			t.Fatalf("%q isn't new, or isn't 80 bits in digits", m)
		}
		seen[m] = true
	}
}

func TestEachGenerationHasSeatsOfItsOwn(t *testing.T) {
	member := auth.NewMember()
	seen := map[string]bool{}
	for _, generation := range []uint64{0, 1, 2, 10, 1 << 63} {
		seat := seats.Seat("lobby", member, generation)
		if got, g, ok := seats.Member("lobby", seat); got != member || g != generation || !ok {
			t.Errorf("the seat of generation %d is of %q, %d, %t", generation, got, g, ok)
		}
		_, mac, _ := strings.Cut(seat[len(member)+1:], ".")
		if seen[seat] || mac != "" && seen[mac] {
			t.Errorf("generation %d has the seat of another", generation)
		}
		seen[seat], seen[mac] = true, true
	}
}

func FuzzSeats(f *testing.F) {
	seat := seats.Seat("lobby", "m", 0)
	f.Add(seat)
	f.Add("m.")
	f.Add("")
	f.Fuzz(func(t *testing.T, given string) {
		if member, generation, ok := seats.Member("lobby", given); ok && given != seats.Seat("lobby", member, generation) {
			t.Errorf("%q is %q's, whose seat is another", given, member)
		}
	})
}
