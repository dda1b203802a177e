package chat_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snug/protocol"
)

// inFiles returns in which files of the journal any of the words is.
func (h *testServer) inFiles(t *testing.T, words ...string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(h.file))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		held, err := os.ReadFile(filepath.Join(filepath.Dir(h.file), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if bytes.Contains(held, []byte(word)) {
				found = append(found, e.Name()+": "+word)
			}
		}
	}
	return found
}

const canary, canary2 = "canary-of-the-message", "canary-of-its-edit"

func TestWhatIsErasedIsNowhere(t *testing.T) {
	for how, erase := range map[string]func(t *testing.T, h *testServer, ann, bob *client, seq uint64){
		"by its sender": func(_ *testing.T, _ *testServer, ann, _ *client, seq uint64) {
			ann.moderate("d", fmt.Sprintf(`"type":"delete","seq":%d`, seq))
		},
		"by the owner": func(_ *testing.T, _ *testServer, _, bob *client, seq uint64) {
			bob.moderate("d", fmt.Sprintf(`"type":"delete","seq":%d`, seq))
		},
		"with all of the member's": func(t *testing.T, h *testServer, ann, _ *client, _ uint64) {
			ann.send("more", canary+" again")
			ann.until("message")
			if n, err := h.rooms.Erase(t.Context(), "room1", ann.you.Member.Member); n != 2 || err != nil {
				t.Errorf("%d are erased, %v; want 2", n, err)
			}
			if n, err := h.rooms.Erase(t.Context(), "room1", ann.you.Member.Member); n != 0 || err != nil {
				t.Errorf("again, %d are erased, %v", n, err)
			}
		},
	} {
		t.Run(how, func(t *testing.T) {
			h := open(t, withOwners, func(s *setup) { s.sqlite, s.buffers = true, smallBuffer })
			bob, ann := h.v1(t, "room1", "bob"), h.v1(t, "room1", "ann")
			stalled := h.connectRaw(t, "room1", protocol.Subprotocol)
			stalled.buffer(smallBuffer)
			stalled.say(`{"type":"join","nick":"slow"}`)
			filler := strings.Repeat("x", 4000)
			fill := func(name string) {
				for i := range 400 {
					id := fmt.Sprint(name, i)
					bob.send(id, filler)
					for _, c := range []*client{bob, ann} {
						for c.until("message").ID != id {
						}
					}
					// One that neither reads nor says anything is ended after a minute, which this may take.
					stalled.raw(masked(0x8A, nil)) // a pong
				}
			}
			fill("before ") // more than what is on its way to one that doesn't read
			said := ann.moderate("m", fmt.Sprintf(`"type":"send","content":%q`, canary))
			ann.moderate("e", fmt.Sprintf(`"type":"edit","seq":%d,"content":%q`, said.Seq, canary2))
			if len(h.inFiles(t, canary, canary2)) < 2 {
				t.Fatal("what is kept isn't in the files: the test sees nothing")
			}
			erase(t, h, ann, bob, said.Seq)
			waitUntil(t, "the text is in no file of the journal", func() bool { return len(h.inFiles(t, canary, canary2)) == 0 })

			for _, ask := range []string{`"after":395`, fmt.Sprintf(`"before":%d`, said.Seq+2), `"limit":10`} {
				bob.say(`{"type":"history","ref":"r",` + ask + `}`)
				if e := bob.until("history"); strings.Contains(e.raw, "canary") || !strings.Contains(e.raw, `"deleted":true`) {
					t.Errorf("a page of %s has %.500s", ask, e.raw[max(0, len(e.raw)-500):])
				}
			}
			late := h.v1(t, "room1", "late")
			for e := late.next(); e.Type != "deleted"; e = late.next() {
				if strings.Contains(e.raw, "canary") {
					t.Errorf("a late one is shown %s", e.raw)
				}
			}
			plainly := h.dial(t, "room1", "&history=5")
			plainly.say(`{"Content":"end"}`)
			for e := plainly.next(); e.content() != "end"; e = plainly.next() {
				if strings.Contains(e.raw, "canary") {
					t.Errorf("a late plain one is shown %s", e.raw)
				}
			}
			fill("after ") // until the frame buffer has let go of what came before
			stalled.setPatience()
			stalled.buffer(4 << 20)
			for {
				_, payload := stalled.read()
				if bytes.Contains(payload, []byte("canary")) {
					t.Fatalf("one that was stalled is shown %s", payload)
				}
				if hasType(payload, "deleted") {
					break
				}
			}
		})
	}
}
