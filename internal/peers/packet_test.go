package peers

import (
	"strings"
	"testing"

	"snug/internal/room"
)

func TestPacketsSurviveTheWay(t *testing.T) {
	have := uint64(7)
	p := packet{
		Node: "n1.0001", Requests: []request{{Room: "lobby", Have: &have}}, Lists: []list{{Room: "lobby", Version: 3, Here: []present{{Member: "m1", Nick: "Ann"}}}},
		Change: &change{Room: "lobby", After: 1, Version: 2, Here: []present{encodePresent(&room.Present{Member: "m2", Nick: nick("Bob"), Stamp: 4, Guest: true, Addresses: []string{"a"}})}, Gone: []string{"m3"}, Typing: []string{"m2"}},
	}
	data := p.encode()
	if !isFrom(data, "n1.0001") || isFrom(data, "n1.000") || isFrom(data, "n2.0001") {
		t.Errorf("the sender of %s isn't recognised", data)
	}
	got, err := decode(data)
	if err != nil || string(got.encode()) != string(data) {
		t.Errorf("%s is %s, %v", data, got.encode(), err)
	}
	if bob := decodeAll(got.Change.Here)[0]; bob.Nick != nick("Bob") || bob.Stamp != 4 || !bob.Guest {
		t.Errorf("Bob is %+v", bob)
	}
}

// Nodes of an older version allow nicks that this one refuses: their members are shown.
func TestNicksOfOlderNodesAreAccepted(t *testing.T) {
	p, err := decode([]byte(`{"n":"n1.0001","d":{"r":"lobby","v":1,"m":[{"m":"m1","n":"Ann ★"},{"m":"m2","n":"admın"}]}}`))
	if err != nil || p.Change.Here[0].nick.Shown != "Ann ★" {
		t.Errorf("%+v, %v", p.Change, err)
	}
}

func FuzzDecodePacket(f *testing.F) {
	for _, s := range []string{`{"n":"x.1","b":1,"r":[{"r":"lobby","v":2}]}`, `{"n":"x.1","d":{"r":"lobby","v":1,"m":[{"m":"a","n":"Ann"}]}}`, `{"n":"x.1","l":[{"r":"lobby","p":-1,"o":true}]}`, `{"n":"x.1","w":[{"r":""}]}`, "null", "[", strings.Repeat("[", 20_000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decode(data)
		if err != nil {
			return
		}
		for _, l := range p.Lists {
			for _, m := range decodeAll(l.Here) {
				if m.Member == "" || m.Nick.Key() == "" {
					t.Errorf("%q has %+v", data, m)
				}
			}
		}
		if again, err := decode(p.encode()); err != nil || nameOf(again.Node) == "" {
			t.Errorf("%q is %q: %v", data, p.encode(), err)
		}
	})
}
