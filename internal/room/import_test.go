package room

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"snug/internal/archive"
	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// exportOf returns a room as a file.
func exportOf(t *testing.T, g *Registry, code Code) string {
	t.Helper()
	p, view, err := g.Inspect(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Leave()
	var b strings.Builder
	about := archive.Room{Code: string(code), Epoch: view.Epoch, First: view.First, Head: view.Head}
	if err := archive.Write(t.Context(), &b, archive.JSONLines, about, p, time.Now(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// textOf returns what a room shows, without the two lines that name it.
func textOf(t *testing.T, g *Registry, code Code) string {
	t.Helper()
	p, view, err := g.Inspect(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Leave()
	var b strings.Builder
	about := archive.Room{Code: string(code), Epoch: view.Epoch, First: view.First, Head: view.Head}
	if err := archive.Write(t.Context(), &b, archive.Text, about, p, time.Now(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), "UTC\n")
	return text
}

// entries returns the whole log of a room.
func entries(t *testing.T, j journal.Journal, code string) (all []journal.Entry) {
	t.Helper()
	for after := uint64(0); ; after = all[len(all)-1].Seq {
		page, err := j.ReadAfter(t.Context(), code, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

func TestAnExportIsImportedAsItWas(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newOwnerless(t, Options{Journal: j})
			ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
			hi, err := ann.say(Message{ID: "1", Content: "hi"})
			if err != nil {
				t.Fatal(err)
			}
			bob.Settle(t.Context())
			if _, err := bob.say(Message{ID: "2", Content: "ho, @ann", ReplyTo: hi.Seq}); err != nil {
				t.Fatal(err)
			}
			if _, err := ann.edit("3", hi.Seq, "hello"); err != nil {
				t.Fatal(err)
			}
			for _, emoji := range []string{"👍", "❤"} {
				d, err := bob.React(fmt.Sprint("r", len(emoji)), hi.Seq, emoji, false)
				if err == nil {
					_, err = bob.Commit(t.Context(), d)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			gone, err := ann.say(Message{ID: "5", Content: "canary"})
			if err != nil {
				t.Fatal(err)
			}
			before := exportOf(t, g, "lobby") // in which it isn't erased yet
			if _, err := ann.erase("6", gone.Seq); err != nil {
				t.Fatal(err)
			}
			ann.mustSend("/me waves")
			file := exportOf(t, g, "lobby")

			done, err := g.Import(t.Context(), "copy", strings.NewReader(file))
			if err != nil || !done.Complete || done.Messages != 3 || done.Known != 0 {
				t.Fatalf("%+v, %v", done, err)
			}
			want := strings.ReplaceAll(textOf(t, g, "lobby"), lineWith(textOf(t, g, "lobby"), "erased"), "")
			if got := textOf(t, g, "copy"); got != want {
				t.Errorf("imported is\n%s\nwant\n%s", got, want)
			}
			for _, e := range entries(t, j, "copy") {
				if !strings.HasPrefix(e.From.Member, "import-") || e.From.Role != protocol.RoleMember {
					t.Errorf("%s is from %+v", e.AppendJSON(nil), e.From)
				}
				if strings.Contains(string(e.Body), "mentions") {
					t.Errorf("it mentions members of another room: %s", e.Body)
				}
				if strings.Contains(string(e.Body), "canary") {
					t.Errorf("what was erased is back: %s", e.Body)
				}
			}
			head := len(entries(t, j, "copy"))
			again, err := g.Import(t.Context(), "copy", strings.NewReader(file))
			if err != nil || again.Messages+again.Changes != 0 || again.Known != head || len(entries(t, j, "copy")) != head {
				t.Errorf("again: %+v, %v, %d entries before and %d after", again, err, head, len(entries(t, j, "copy")))
			}
			if _, err := g.Import(t.Context(), "lobby", strings.NewReader(file)); code(t, err) != "id-conflict" {
				t.Errorf("into the room that it comes from: %v", err)
			}
			// A file in which somebody erases what the file itself still has.
			late := strings.Replace(before, `{"end"`, fmt.Sprintf(`{"type":"deleted","seq":100,"id":"d","at":"2026-03-01T12:00:00.000Z","from":{"member":"m1","nick":"ann","role":"member"},"target":%d}`+"\n"+`{"end"`, gone.Seq), 1)
			if done, err := g.Import(t.Context(), "late", strings.NewReader(late)); err != nil || done.Messages != 3 {
				t.Errorf("%+v, %v", done, err)
			}
			for _, e := range entries(t, j, "late") {
				if strings.Contains(string(e.Body), "canary") {
					t.Errorf("what the file erases is there: %s", e.Body)
				}
			}
		})
	}
}

// lineWith returns the line of text that has words.
func lineWith(text, words string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

// minimal returns a file of n messages.
func minimal(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"nick":"ann","content":"message %d","at":"2019-07-20T20:17:%02dZ"}`+"\n", i/2, i%60) // two of each
	}
	return b.String()
}

// More than a journal recognises by itself as repeats.
func TestAnImportThatWasCutIsRepeated(t *testing.T) {
	keeping := maps.Clone(engines)
	keeping["memory"] = func(t *testing.T) journal.Journal { return memoryJournal(t, memory.Options{Keep: 20_000}) }
	for name, engine := range keeping {
		t.Run(name, func(t *testing.T) {
			const n = protocol.DuplicateSeqs + 2000
			j := engine(t)
			g := newOwnerless(t, Options{Journal: j})
			file := minimal(n)
			cut := io.MultiReader(strings.NewReader(file[:len(file)*3/4]), brokenReader{})
			first, err := g.Import(t.Context(), "lobby", cut)
			if !errors.Is(err, errCut) || first.Messages < n/2 {
				t.Fatalf("%+v, %v", first, err)
			}
			mustJoin(t, g, v1("bob")).mustSend("in between")
			second, err := g.Import(t.Context(), "lobby", strings.NewReader(file))
			if err != nil || second.Known != first.Messages || second.Messages != n-first.Messages {
				t.Errorf("%+v, then %+v, %v", first, second, err)
			}
			third, err := g.Import(t.Context(), "lobby", strings.NewReader(file))
			if err != nil || third.Messages != 0 || third.Known != n {
				t.Errorf("the third time: %+v, %v", third, err)
			}
			all := entries(t, j, "lobby")
			if len(all) != n+1 {
				t.Fatalf("%d entries, want %d", len(all), n+1)
			}
			body, err := all[0].Message()
			if err != nil || body.Content != "message 0" || body.SentAt == nil || !body.SentAt.Equal(time.Date(2019, 7, 20, 20, 17, 0, 0, time.UTC)) || all[0].From.Nick != "ann" {
				t.Errorf("the first one is %s, %v", all[0].AppendJSON(nil), err)
			}
		})
	}
}

var errCut = errors.New("the connection was cut")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errCut }

func TestABadLineIsNamedAndNothingBeforeItIsLost(t *testing.T) {
	good := `{"nick":"ann","content":"one","at":"2019-07-20T20:17:00Z"}` + "\n"
	for line, why := range map[string]string{
		`{"nick":"ann","content":"two"`:  "no JSON object",
		`[1]`:                            "no JSON object",
		`{"nick":"ann","content":"two"}`: `"at" is missing`,
		`{"content":"two","at":"2019-07-20T20:17:00Z"}`:                                          `"nick" is missing`,
		`{"nick":"ann","content":"","at":"2019-07-20T20:17:00Z"}`:                                "empty",
		`{"nick":"ann","content":"` + strings.Repeat("x", 50) + `","at":"2019-07-20T20:17:00Z"}`: "at most 40",
		`{"nick":"ann","content":"two","at":"yesterday"}`:                                        "a time such as",
		`{"hello":"world"}`:   "neither",
		"{\"nick\":\"\xff\"}": "UTF-8",
		`{"type":"message","seq":1,"id":"x","at":"2019-07-20T20:17:00Z","from":{"member":"m","nick":"ann","role":"member"},"content":"two"}`: "comes after",
	} {
		j := engines["memory"](t)
		g := newOwnerless(t, Options{Journal: j, MaxChars: 40})
		file := good + good + line + "\n" + good
		done, err := g.Import(t.Context(), "lobby", strings.NewReader(file))
		var wrong *archive.LineError
		if !errors.As(err, &wrong) || wrong.Line != 3 || !strings.Contains(wrong.Why, why) || done.Messages != 2 {
			t.Errorf("%s: %+v, %v; want line 3 and %q", line, done, err, why)
		}
		if n := len(entries(t, j, "lobby")); n != 2 {
			t.Errorf("%s: %d entries", line, n)
		}
		mended, err := g.Import(t.Context(), "lobby", strings.NewReader(good+good+good+good))
		if err != nil || mended.Known != 2 || mended.Messages != 2 {
			t.Errorf("%s, mended: %+v, %v", line, mended, err)
		}
	}
}

// A number may be as large as numbers are: what an import remembers of one doesn't grow with it.
func TestHugeNumbersAreImportedAgain(t *testing.T) {
	g := newOwnerless(t, Options{})
	line := fmt.Sprintf(`{"type":"message","seq":%d,"id":"x","at":"2024-03-01T12:00:00Z","from":{"member":"a","nick":"ada","role":"member"},"content":"hi"}`, uint64(protocol.MaxSeq-1))
	for _, want := range []Imported{{Messages: 1, Complete: true}, {Known: 1, Complete: true}} {
		if done, err := g.Import(t.Context(), "copy", strings.NewReader(line)); err != nil || done != want {
			t.Errorf("imported %+v, %v; want %+v", done, err, want)
		}
	}
}

// A file may come from anywhere, and speaks for nobody.
func TestAnImportSpeaksForNobody(t *testing.T) {
	j := engines["memory"](t)
	g := newRegistry(t, Options{Journal: j})
	ann := mustJoin(t, g, v1("ann"))
	file := fmt.Sprintf(`{"type":"message","seq":1,"id":"x","at":"2019-07-20T20:17:00Z","from":{"member":%q,"nick":"server admin","role":"owner"},"content":"I am ann"}`+"\n"+
		`{"type":"moderated","seq":2,"id":"y","at":"2019-07-20T20:17:00Z","from":{"member":"operator","nick":"operator","role":"owner"},"action":"close"}`, ann.You().Member)
	done, err := g.Import(t.Context(), "lobby", strings.NewReader(file))
	if err != nil || done.Messages != 1 || done.Skipped != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	all := entries(t, j, "lobby")
	last := all[len(all)-1]
	if last.From.Member == ann.You().Member || last.From.Role != protocol.RoleMember || last.From.Nick != "imported" {
		t.Errorf("it is from %+v", last.From)
	}
	if _, err := ann.edit("e", last.Seq, "changed"); code(t, err) != "forbidden" {
		t.Errorf("somebody can edit it: %v", err)
	}
}

func TestATruncatedExportIsNoticed(t *testing.T) {
	g := newOwnerless(t, Options{Journal: engines["memory"](t)})
	mustJoin(t, g, v1("ann")).mustSend("hi")
	file, _, _ := strings.Cut(exportOf(t, g, "lobby"), `{"end"`)
	if done, err := g.Import(t.Context(), "copy", strings.NewReader(file)); err != nil || done.Complete || done.Messages != 1 {
		t.Errorf("%+v, %v", done, err)
	}
}

// An export is complete if its last line is its end, which counts its events.
func TestOnlyAWholeExportIsComplete(t *testing.T) {
	header := `{"export":{"version":1,"room":"lobby","epoch":"Zk3f","first":1,"head":9,"at":"2026-03-01T12:00:00.000Z","server":"snug"}}` + "\n"
	event := func(seq int) string {
		return fmt.Sprintf(`{"type":"message","seq":%d,"id":"x","at":"2024-03-01T12:00:00Z","from":{"member":"a","nick":"ada","role":"member"},"content":"hi"}`+"\n", seq)
	}
	for file, complete := range map[string]bool{
		header + event(1) + `{"end":{"events":1}}`:                                                             true,
		header + event(1) + `{"gap":{"first":2,"last":3}}` + "\n" + event(4) + `{"end":{"events":2}}` + "\n\n": true,
		header + event(1) + `{"end":{"events":5}}`:                                                             false,
		header + event(1) + `{"end":{"events":1}}` + "\n" + event(2):                                           false,
		header + event(1) + `{"end":{"events":1}}` + "\n" + `{"error":"it broke off"}`:                         false,
		event(1) + `{"end":{"events":5}}`:                                                                      false, // its beginning is missing, too
		event(1):                                                                                               true,  // can't say
	} {
		done, err := newOwnerless(t, Options{}).Import(t.Context(), "copy", strings.NewReader(file))
		if err != nil || done.Complete != complete {
			t.Errorf("%s: %+v, %v", file, done, err)
		}
	}
	for line, why := range map[string]string{
		`{"gap":{"first":2,"last":99999999999999999999}}`:           "no gap",
		`{"gap":{"first":3,"last":2}}`:                              "no gap",
		`{"end":{"events":"all"}}`:                                  "no end",
		`{"nick":"ada","content":"hi","at":"9999-12-31T00:00:00Z"}`: "in the future",
		`{"nick":"ada","content":"hi","at":"0001-01-01T00:00:00Z"}`: "in the year 1",
		`{"nick":"ada","content":"hi"}`:                             "is missing",
	} {
		if _, err := newOwnerless(t, Options{}).Import(t.Context(), "copy", strings.NewReader(line)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want that it is %s", line, err, why)
		}
	}
}

func TestAnImportNamesTheFilesThatItHasNot(t *testing.T) {
	j := engines["memory"](t)
	g := newOwnerless(t, Options{Journal: j})
	message := `{"type":"message","seq":1,"id":"x","at":"2019-07-20T20:17:00Z","from":{"member":"m","nick":"ann","role":"member"},"content":"","files":[{"id":"A","name":"a.png","type":"image/png","size":5}]}` + "\n"
	edit := func(seq int, content string) string {
		return fmt.Sprintf(`{"type":"edited","seq":%d,"id":"x%[1]d","at":"2019-07-20T20:18:00Z","from":{"member":"m","nick":"ann","role":"member"},"target":1,"content":%q}`+"\n", seq, content)
	}
	for _, file := range []string{message, message + edit(2, "my cat"), message + edit(2, "my cat") + edit(3, "")} {
		if _, err := g.Import(t.Context(), "lobby", strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	all := entries(t, j, "lobby")
	if body, err := all[0].Message(); err != nil || body.Content != "[a.png]" || body.Files != nil {
		t.Errorf("the message is %+v, %v", body, err)
	}
	for i, want := range []string{"my cat\n[a.png]", "[a.png]"} {
		if body, err := all[i+1].Edited(); err != nil || body.Content != want {
			t.Errorf("edit %d is %+v, %v, want %q", i, body, err, want)
		}
	}
}
