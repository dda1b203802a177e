package search

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"snug/internal/journal"
	"snug/protocol"
)

// secrets are words of letters that occur nowhere else. FTS5 stores three in a row without
// what they have in common with those before, so two letters are enough to give one away. Two
// of ASCII are in many files by chance.
var secrets = []string{"qzjxvkwq", "ＷＱＸＺＪＫ", "Ⱨⱬⱪⱨ", "𐐨𐑈𐐪𐑃", "魑魅魍魎"}

// traces returns what the files of the index have of a secret.
func (b *bench) traces(secret string) (found []string) {
	b.Helper()
	parts := []string{secret, fold(secret)}
	for _, g := range grams(fold(secret), 100) {
		if letters := []rune(g); letters[0] >= utf8.RuneSelf {
			parts = append(parts, g, string(letters[:2]), string(letters[1:]))
		}
	}
	names, err := filepath.Glob(b.options.Path + "*")
	if err != nil || len(names) == 0 {
		b.Fatalf("no files, %v", err)
	}
	for _, name := range names {
		held, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for _, part := range parts {
			if bytes.Contains(held, []byte(part)) {
				found = append(found, fmt.Sprintf("%s: %q", filepath.Base(name), part))
			}
		}
	}
	return found
}

// isGone waits until the index has nothing of the secrets.
func (b *bench) isGone() {
	b.Helper()
	var left []string
	defer func() {
		if b.Failed() {
			b.Logf("left: %q", left)
		}
	}()
	b.until("the secrets are in no file of the index", func() bool {
		left = nil
		for _, s := range secrets {
			left = append(left, b.traces(s)...)
		}
		return len(left) == 0
	})
}

// sayings are messages of few letters, so that a trace of a secret is one of a secret.
func saying(i int) string { return strings.Repeat("la le lu ", 1+i%7) + fmt.Sprint(i%10, i%10) }

func TestErasedTextLeavesTheIndex(t *testing.T) {
	for how, erase := range map[string]func(t *testing.T, b *bench, seqs []uint64){
		"Deleted": func(_ *testing.T, b *bench, seqs []uint64) {
			for _, seq := range seqs {
				b.erase(seq)
			}
		},
		"Edited": func(_ *testing.T, b *bench, seqs []uint64) {
			for _, seq := range seqs {
				b.edit(seq, "la la la")
			}
		},
		"EditedAndDeleted": func(_ *testing.T, b *bench, seqs []uint64) {
			for _, seq := range seqs {
				b.edit(seq, "la la la")
				b.edit(seq, "le "+secrets[0])
			}
			b.indexed("room")
			for _, seq := range seqs {
				b.erase(seq)
			}
		},
		"Pruned": func(t *testing.T, b *bench, _ []uint64) {
			if _, err := b.Journal.(journal.Pruner).Prune(t.Context(), journal.Retention{Last: 60}); err != nil {
				t.Fatal(err)
			}
		},
		"Expired": func(_ *testing.T, b *bench, _ []uint64) {
			b.put(journal.Draft{Room: "room", StateOnly: true, Expire: -1})
			b.put(journal.Draft{Room: "room", StateOnly: true, Expire: -1})
		},
		"RoomClosed": func(_ *testing.T, b *bench, _ []uint64) {
			b.closeRoom("room")
		},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.fill("other", 200, saying)
			var seqs []uint64
			b.fill("room", 200, saying)
			b.indexed("room", "other")
			for _, s := range secrets {
				seqs = append(seqs, b.say("room", "la "+s+" le"))
				b.indexed("room") // in a transaction of its own
				if traces := b.traces(s); len(traces) == 0 {
					t.Fatalf("%q isn't in the files: the test sees nothing", s)
				}
			}
			b.fill("room", 150, saying)
			b.fill("other", 100, saying)
			b.indexed("room", "other")
			erase(t, b, seqs)
			b.isGone()
			if got := b.finds("other", "la le"); len(got) == 0 {
				t.Error("what stays isn't found")
			}
			b.check()
		})
	}
}

// check has FTS5 check its lists, and compares them with the texts.
func (b *bench) check() {
	b.Helper()
	b.stop()
	s, fresh, err := openStore(b.Context(), b.options.Path, b.log(dropped).Epoch)
	if err != nil || fresh {
		b.Fatalf("open the index: fresh: %v, %v", fresh, err)
	}
	defer func() { _ = s.close() }()
	if _, err := s.conn.ExecContext(b.Context(), "INSERT INTO texts (texts, rank) VALUES ('integrity-check', 1)"); err != nil {
		b.Errorf("the lists don't fit the texts: %v", err)
	}
	var says string
	if err := s.conn.QueryRowContext(b.Context(), "PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
		b.Errorf("the file: %s, %v", says, err)
	}
}

// Rows that are only marked as removed are still there, also after a restart, until a purge.
func TestAPurgeThatIsDueGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	b := openAt(t, path)
	b.fill("other", 300, saying)
	for _, s := range secrets {
		b.say("room", s)
	}
	b.fill("room", 100, saying)
	b.indexed("room", "other")
	b.stop()
	s, _, err := openStore(t.Context(), b.options.Path, b.log(dropped).Epoch)
	must(t, err)
	x := &indexer{Index: b.Index}
	x.store = s
	removals := newBatch()
	_, err = x.addRemovals(t.Context(), removals, 0, 1<<62)
	must(t, err)
	must(t, s.apply(t.Context(), removals, func(context.Context) {}))
	_, err = s.writeBack(t.Context())
	must(t, err)
	must(t, s.close())
	b.Index.store = nil
	if traces := b.traces(secrets[2]); len(traces) == 0 {
		t.Fatal("the markers have removed everything: the test sees nothing")
	}
	b.run()
	b.isGone()
}

// What comes while a purge goes on is removed by the next one.
func TestPurgesDontMissWhatComesMeanwhile(t *testing.T) {
	b := open(t)
	for round := range 4 {
		room := fmt.Sprint("room-", round)
		b.fill(room, 100, saying)
		for _, s := range secrets {
			b.say(room, s)
		}
		b.indexed(room)
		b.closeRoom(room)
		b.fill("other", 100, saying)
	}
	b.indexed("other")
	b.isGone()
	b.check()
}

// A message that is erased while the index is far behind doesn't wait until it has caught up.
func TestErasureOvertakesABuild(t *testing.T) {
	b := open(t)
	seq := b.say("room", secrets[0])
	b.indexed("room")
	b.stop()
	b.fill("room", 6000, saying)
	b.run()
	b.until("the build has begun", func() bool {
		f := finder{Index: b.Index, Log: b.log("room")}
		b.Index.mu.RLock()
		defer b.Index.mu.RUnlock()
		r, err := f.room(t.Context())
		return err == nil && r.head > 1
	})
	b.erase(seq)
	b.isGone()
}

func TestAnEditIsIndexedOnce(t *testing.T) {
	b := open(t)
	seq := b.say("room", "la la la")
	b.indexed("room")
	for i := range 30 {
		b.edit(seq, fmt.Sprint("version number ", i))
	}
	b.indexed("room")
	if got := b.finds("room", "version number"); !slices.Equal(got, []uint64{seq}) || b.rows() != 1 {
		t.Errorf("found %v, rows %d", got, b.rows())
	}
	found := b.search("room", "version", protocol.MaxSeq, 5)
	if m, err := found.Events[0].Message(); err != nil || m.Content != "version number 29" {
		t.Errorf("found %+v, %v", m, err)
	}
	b.check()
}
