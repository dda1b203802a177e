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
		seat := seats.Seat(room, member)
		if got, ok := seats.Member(room, seat); got != member || !ok {
			t.Errorf("the seat of %s in %s is %q's, %t", member, room, got, ok)
		}
		// A restarted server has the journal's key and nothing else.
		if got, ok := auth.NewSeats(bytes.Repeat([]byte{1}, 32)).Member(room, seat); got != member || !ok {
			t.Errorf("under the same key again it is %q's, %t", got, ok)
		}
		if seats.Seat(room, member) != seat {
			t.Error("one member has two seats in one room")
		}
	}
}

func TestAnyOtherSeatIsNobodys(t *testing.T) {
	member, other := auth.NewMember(), auth.NewMember()
	seat := seats.Seat("lobby", member)
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
		"another room's":            seats.Seat("kitchen", member),
		"room and member shifted":   seats.Seat("lobb", "y"+member),
		"another key's":             auth.NewSeats(bytes.Repeat([]byte{2}, 32)).Seat("lobby", member),
		"in capitals":               strings.ToUpper(seat),
		"a space before":            " " + seat,
		"a newline after":           seat + "\n",
		"a newline inside":          seat[:len(seat)-4] + "\n" + seat[len(seat)-4:],
		"padded":                    seat + "==",
		"twice":                     seat + "." + seat,
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
			if got, ok := seats.Member("lobby", given); ok || got != "" {
				t.Errorf("it is %q's", got)
			}
		})
	}
}

func TestEveryBitOfASeatCounts(t *testing.T) {
	seat := []byte(seats.Seat("lobby", auth.NewMember()))
	for i := range seat {
		for bit := range 8 {
			given := bytes.Clone(seat)
			given[i] ^= 1 << bit
			if got, ok := seats.Member("lobby", string(given)); ok {
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

func FuzzSeats(f *testing.F) {
	seat := seats.Seat("lobby", "m")
	f.Add(seat)
	f.Add("m.")
	f.Add("")
	f.Fuzz(func(t *testing.T, given string) {
		if member, ok := seats.Member("lobby", given); ok && given != seats.Seat("lobby", member) {
			t.Errorf("%q is %q's, whose seat is another", given, member)
		}
	})
}
