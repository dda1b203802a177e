package search

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// engines runs a test where a file is asked, and where the log is read.
func engines(t *testing.T, test func(t *testing.T, b *bench, indexed func())) {
	t.Run("File", func(t *testing.T) {
		b := open(t)
		test(t, b, func() { b.indexed("room") })
	})
	t.Run("Unindexed", func(t *testing.T) { // the newest part, which the file doesn't have yet
		b := open(t)
		b.stop()
		test(t, b, func() {})
	})
	t.Run("Memory", func(t *testing.T) { test(t, inMemory(t), func() {}) })
}

func TestPeopleFindWhatTheyRemember(t *testing.T) {
	engines(t, func(t *testing.T, b *bench, indexed func()) {
		say := map[string]uint64{}
		for _, text := range []string{
			"The deployment of the Kubernetes cluster has failed", "Zoë likes naïve cafés", "ΣΊΣΥΦΟΣ rolls the stone", "das Weißbier schmeckt", "我们明天在北京开会", "明日は東京で会議があります", "がっこう",
			"see https://example.org/path?q=1 for more", "a \"quoted\" word, 100% or a_b or NEAR(x)", "안녕하세요 여러분", "Größe und Straße", "שָׁלוֹם", "ＡＢＣ full width and ﬁne", "one two  three\nfour", "привет, Ёлка",
		} {
			say[text] = b.say("room", text)
		}
		b.put(draft("room", "Zoë", "this is mine"))
		bob := b.put(draft("room", "Bob Two", "and this is mine, says Bob"))
		indexed()
		for query, want := range map[string]string{
			"kubernetes": "The deployment of the Kubernetes cluster has failed", "bernet": "The deployment of the Kubernetes cluster has failed", "FAILED deployment": "The deployment of the Kubernetes cluster has failed",
			"cafes": "Zoë likes naïve cafés", "CAFÉS": "Zoë likes naïve cafés", "naive": "Zoë likes naïve cafés", "cafe\u0301s": "Zoë likes naïve cafés", "zoe": "Zoë likes naïve cafés",
			"σίσυφος": "ΣΊΣΥΦΟΣ rolls the stone", "σισυφοσ": "ΣΊΣΥΦΟΣ rolls the stone",
			"weissbier": "das Weißbier schmeckt", "strasse": "Größe und Straße", "grosse": "Größe und Straße",
			"北京": "我们明天在北京开会", "京": "明日は東京で会議があります", "明天在北京": "我们明天在北京开会", "東京で": "明日は東京で会議があります", "がっこ": "がっこう", "안녕하": "안녕하세요 여러분", "안녕": "안녕하세요 여러분",
			`"see https"`: "see https://example.org/path?q=1 for more", "has:link": "see https://example.org/path?q=1 for more", "example.org/path?q=1": "see https://example.org/path?q=1 for more",
			"100%": "a \"quoted\" word, 100% or a_b or NEAR(x)", "a_b": "a \"quoted\" word, 100% or a_b or NEAR(x)", "NEAR(x)": "a \"quoted\" word, 100% or a_b or NEAR(x)", `"a "quoted" word`: "a \"quoted\" word, 100% or a_b or NEAR(x)",
			"שלום": "שָׁלוֹם", "abc": "ＡＢＣ full width and ﬁne", "fine": "ＡＢＣ full width and ﬁne", `"two three four"`: "one two  three\nfour", "елка": "привет, Ёлка", "ПРИВЕТ": "привет, Ёлка",
		} {
			got := b.finds("room", query)
			if len(got) == 0 || !slices.Contains(got, say[want]) {
				t.Errorf("%q finds %v, want %d: %q", query, got, say[want], want)
			}
			if query != "京" && query != "zoe" && len(got) != 1 {
				t.Errorf("%q finds %v, want %d alone", query, got, say[want])
			}
		}
		for query, want := range map[string][]uint64{
			"": nil, "  ": nil, `""`: nil, "\u0301": nil, "nothing like this": nil, "two one": {say["one two  three\nfour"]}, `"two one"`: nil, "かっこう": nil, "deployment cafes": nil,
			"from:zoe": {bob - 1}, "from:ZOË mine": {bob - 1}, `from:"bob two"`: {bob}, `from:"bob two" from:zoe`: {bob, bob - 1}, "from:nobody": nil, "mine": {bob, bob - 1}, "mine from:ann": nil,
			"mine mine": {bob, bob - 1}, "has:file": nil, "has:link kubernetes": nil, "from:": nil, "before:then": nil,
		} {
			if got := b.finds("room", query); !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", query, got, want)
			}
		}
		if got := b.finds("elsewhere", "kubernetes"); got != nil {
			t.Errorf("in another room there is %v", got)
		}
	})
}

func TestFoundMessagesAreAsTheyAreNow(t *testing.T) {
	engines(t, func(t *testing.T, b *bench, indexed func()) {
		first := b.say("room", "the word is oldfashioned")
		second := b.say("room", "another oldfashioned one")
		indexed()
		b.edit(first, "the word is newfangled")
		b.edit(first, "the word is newfangled, twice")
		if got := b.finds("room", "oldfashioned"); !slices.Equal(got, []uint64{second}) {
			t.Errorf("before the edit is indexed, the old word finds %v, want %d", got, second)
		}
		indexed()
		check := func() {
			t.Helper()
			if got := b.finds("room", "oldfashioned"); !slices.Equal(got, []uint64{second}) {
				t.Errorf("the word from before the edit finds %v, want %d", got, second)
			}
			found := b.search("room", "newfangled", protocol.MaxSeq, 10)
			if len(found.Events) != 1 {
				t.Fatalf("the word of the edit finds %v", found.Events)
			}
			if m, err := found.Events[0].Message(); err != nil || m.Content != "the word is newfangled, twice" || !m.Edited || found.Events[0].Seq != first || found.Events[0].From.Nick != "Ann" {
				t.Errorf("found %+v, %+v, %v", found.Events[0], m, err)
			}
		}
		check()
		b.erase(first)
		b.erase(second)
		for range 2 {
			for _, q := range []string{"oldfashioned", "newfangled", "from:ann"} {
				if got := b.finds("room", q); got != nil {
					t.Errorf("%q finds what is erased: %v", q, got)
				}
			}
			indexed()
		}
	})
}

func TestPagesLeaveNothingOut(t *testing.T) {
	engines(t, func(t *testing.T, b *bench, indexed func()) {
		var want []uint64
		for i := range 300 {
			if i%3 == 0 {
				want = append(want, b.say("room", fmt.Sprint("the needle is number ", i)))
			} else {
				b.say("room", "hay")
			}
		}
		slices.Reverse(want)
		indexed()
		for _, q := range []string{"needle", "ne", "needle is"} {
			if got := b.finds("room", q); !slices.Equal(got, want) {
				t.Errorf("%q finds %d of %d", q, len(got), len(want))
			}
		}
		page := b.search("room", "needle", want[10], 5)
		if len(page.Events) != 5 || page.Events[0].Seq != want[11] || !page.More || page.Next != want[16]+1 || page.Incomplete {
			t.Errorf("a page before %d is %+v", want[10], page)
		}
		if page := b.search("room", "needle", want[len(want)-6], 5); len(page.Events) != 5 || page.More || page.Next != 0 {
			t.Errorf("the last page is %+v", page)
		}
	})
}

func TestDatesAreTheMessages(t *testing.T) {
	engines(t, func(t *testing.T, b *bench, indexed func()) {
		d := draft("room", "Ann", "imported message")
		sent := time.Date(2020, 5, 17, 23, 59, 0, 0, time.UTC)
		d.Event.Body = protocol.MessageBody{Content: "imported message", SentAt: &sent}.Encode()
		imported := b.put(d)
		now := b.say("room", "message of today")
		indexed()
		today := time.Now().UTC()
		day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
		for query, want := range map[string][]uint64{
			"message before:2020-05-17": nil, "message before:2020-05-18": {imported}, "before:2020-05-18": {imported}, "after:2020-05-17 before:2020-06-01": nil, "after:2020-05-16 before:2020-06-01": {imported},
			"message after:" + day(-2): {now}, "after:" + day(-2): {now}, "after:" + day(+1): nil, "message before:" + day(+2): {now, imported}, "before:" + day(-2): {imported},
			"before:" + day(-2) + " before:" + day(+2): {imported}, "after:" + day(-2) + " after:2000-01-01": {now}, "me before:2020-05-18": {imported},
			"message before:2020-02-31": nil, // no date: text
		} {
			if got := b.finds("room", query); !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", query, got, want)
			}
		}
	})
}

func TestFilesAndHooksAreFound(t *testing.T) {
	engines(t, func(t *testing.T, b *bench, indexed func()) {
		d := draft("room", "Backups", "")
		d.Event.Body = protocol.MessageBody{As: "Nightly Job", Content: "look", Files: []protocol.File{{ID: "1", Name: "Übersicht 2026.pdf", Alt: "A chart of sales"}}}.Encode()
		seq := b.put(d)
		b.say("room", "look")
		indexed()
		for _, q := range []string{"ubersicht", "2026.pdf", "chart of", "has:file", "HAS:FILE look", `from:"nightly job"`, "from:backups"} {
			if got := b.finds("room", q); !slices.Equal(got, []uint64{seq}) {
				t.Errorf("%q finds %v, want %d", q, got, seq)
			}
		}
	})
}

func TestWhatIsGoneIsNotFound(t *testing.T) {
	b := open(t)
	b.fill("room", 300, func(i int) string { return fmt.Sprint("disappearing ", i) })
	kept := b.say("room", "disappearing last")
	b.say("other", "disappearing elsewhere")
	b.indexed("room", "other")
	if _, err := b.Journal.(journal.Pruner).Prune(t.Context(), journal.Retention{Last: 1}); err != nil {
		t.Fatal(err)
	}
	if got := b.finds("room", "disappearing"); !slices.Equal(got, []uint64{kept}) {
		t.Errorf("after pruning it finds %v", got)
	}
	b.until("pruned in the index", func() bool { return b.rows() == 2 })
	b.closeRoom("room")
	if got := b.finds("room", "disappearing"); got != nil {
		t.Errorf("after closing it finds %v", got)
	}
	b.until("closed in the index", func() bool { return b.rows() == 1 })
	if got := b.finds("other", "disappearing"); len(got) != 1 {
		t.Errorf("in the other room it finds %v", got)
	}
}

// rows returns how many messages the file has.
func (b *bench) rows() (n int) {
	b.Helper()
	b.Index.mu.RLock()
	defer b.Index.mu.RUnlock()
	if b.store == nil {
		return -1
	}
	if err := b.store.reads.QueryRowContext(b.Context(), "SELECT count(*) FROM texts WHERE rowid > 0").Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// A search that has no time left still gets on, and all of them together find everything.
func TestEverySearchGetsOn(t *testing.T) {
	for _, indexed := range []bool{true, false} {
		b := openAt(t, filepath.Join(t.TempDir(), "log.snug"), func(o *Options) { o.Look = time.Second })
		b.fill("room", 600, func(i int) string { return fmt.Sprint("needle ", i%3) })
		b.indexed("room")
		if !indexed {
			b.stop()
		}
		b.options.Look = 1 // ns; Search allows ten of them, so the context is the test's
		for query, want := range map[string]int{"needle": 600, "1": 200, `"needle 1"`: 200} {
			q, err := Parse(query)
			if err != nil {
				t.Fatal(err)
			}
			n, before := 0, uint64(601)
			for more := true; more; {
				f := &finder{Index: b.Index, Log: b.log("room"), Query: q, limit: 1000}
				if err := f.find(t.Context(), before-1); err != nil {
					t.Fatal(err)
				}
				n += len(f.found.Events)
				if more = f.found.More; more && f.found.Next >= before {
					t.Fatalf("%q before %d goes on before %d", query, before, f.found.Next)
				}
				before = f.found.Next
			}
			if n != want {
				t.Errorf("%q finds %d, want %d", query, n, want)
			}
		}
	}
}

// A search that waits for others too long says so.
func TestASearchThatTakesTooLongEnds(t *testing.T) {
	b := open(t)
	b.say("room", "a needle")
	b.options.Look = time.Millisecond
	for range cap(b.slots) {
		b.slots <- struct{}{}
	}
	q, err := Parse("needle")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Search(t.Context(), b.log("room"), q, 100, 10); !errors.Is(err, ErrBusy) {
		t.Errorf("the error is %v", err)
	}
}
