package sqlite

import (
	"errors"
	"os"
	"strings"
	"testing"

	"snug/protocol"
)

func TestALogGrowsToItsLimitAndFurtherWhenThatIsRaised(t *testing.T) {
	const most = 256 << 10
	f := newFile(t)
	if err := f.Limit(t.Context(), most); err != nil {
		t.Fatal(err)
	}
	full := func() (kept uint64) {
		t.Helper()
		for {
			d := drafts("lobby", strings.Repeat("i", int(kept%40)), 1)
			d[0].Once, d[0].Event.Body = false, protocol.MessageBody{Content: strings.Repeat("x", 4000)}.Encode()
			results, err := f.try(d)
			if errors.Is(err, ErrFull) {
				return kept
			}
			if err != nil {
				t.Fatal(err)
			}
			if kept = results[0].Seq; kept > 1000 {
				t.Fatal("there is no limit")
			}
		}
	}
	kept := full()
	if kept < 20 {
		t.Errorf("it is full after %d messages", kept)
	}
	for range 3 { // as the committer does after each failure
		if found, err := f.Reopen(t.Context()); err != nil || len(found) != 0 {
			t.Fatalf("reopen: %v, %v", found, err)
		}
		if again := full(); again != 0 {
			t.Fatalf("after Reopen it accepts %d messages", again)
		}
	}
	if info, err := os.Stat(f.path); err != nil || info.Size() > most {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	if s, _, err := f.Snapshot(t.Context(), "lobby"); err != nil || s.Head != kept {
		t.Errorf("the head is %d, %v; want %d", s.Head, err, kept)
	}

	if _, err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Limit(t.Context(), 2*most); err != nil {
		t.Fatal(err)
	}
	if more := full(); more <= kept {
		t.Errorf("with twice the limit it accepts none after %d", kept)
	}
	if _, err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Limit(t.Context(), most); err != nil { // below its size
		t.Fatal(err)
	}
	if more := full(); more != 0 {
		t.Error("it grows beyond a limit that was lowered")
	}
	if _, err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if r := f.must(t, drafts("lobby", "last", 100)); r[99].Seq <= kept {
		t.Errorf("without a limit the last seq is %d", r[99].Seq)
	}
}
