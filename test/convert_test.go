package test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// convertExport runs snug convert, and returns what it says.
func convertExport(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), snugProgram, append([]string{"convert"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	return stderr.String(), err
}

func mustConvert(t *testing.T, args ...string) {
	t.Helper()
	if said, err := convertExport(t, args...); err != nil {
		t.Fatalf("snug convert %v: %v\n%s", args, err, said)
	}
}

// zipped writes the files of a directory into a zip archive, with other content for some of them.
func zipped(t *testing.T, directory string, others map[string]string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "export.zip")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(os.DirFS(directory)); err != nil {
		t.Fatal(err)
	}
	for file, content := range others {
		f, err := w.Create(file)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestExportsOfOtherChatsAreImported: what other chats export becomes rooms. Doing it again adds
// nothing. A later export adds what is new: messages, an edit and a reaction.
func TestExportsOfOtherChatsAreImported(t *testing.T) {
	s := newSite(t, "--limits=off", "--admin=127.0.0.1:0")
	operator := s.start().operator(t)
	samples := "../internal/convert/testdata/"
	slack := zipped(t, samples+"slack", nil)
	dir := t.TempDir()
	step := 0
	// moved converts and imports, and returns what the import says.
	moved := func(room string, args ...string) string {
		t.Helper()
		step++
		to := filepath.Join(dir, string(rune('a'+step)))
		mustConvert(t, append(args, "--to", to)...)
		_, said := mustRooms(t, operator, "", "import", room, filepath.Join(to, room+".jsonl"))
		return said
	}
	for _, c := range []struct {
		room, added, known string
		args               []string
		shown              []string
	}{
		{"general", "9 messages and 4 changes added", "13 known", []string{"slack", slack}, []string{
			"Friday, 1 March 2024", "08:01 Ada: Welcome @channel! **Read this first**, _please_: [the handbook](https://example.com/a?b=1&c=2). Ask @bob.b",
			"👍 bob.b, ada (ada.b)", "08:02 > Ada: Welcome", "(edited)", "08:02 * ada (ada.b) [guest] waves", "08:02 Jenkins [app]:", "Saturday, 2 March 2024",
		}},
		{"town-square", "4 messages and 3 changes added", "7 known", []string{"mattermost", samples + "mattermost.jsonl"}, []string{
			"08:00 * bob waves", "08:01 ada: **Welcome**, @bob! See `:tada:` and 🎉", "08:01 > ada: **Welcome**", "08:01 bob: thanks", "❤️ ada",
		}},
		{"snug", "7 messages and 0 changes added", "7 known", []string{"irc", "--zone", "Europe/Berlin", samples + "irc/irc.libera.#snug.weechatlog"}, []string{
			"22:59 ada [guest]: hello, \\*everyone\\* <3", "23:00 * ada [guest] waves", "01:10 ada [guest]: the second ten past two",
		}},
		{"ops", "6 messages and 0 changes added", "6 known", []string{"irc", "--zone", "UTC", samples + "irc/#ops.log"}, []string{"12:31 * bob [guest] yawns"}},
	} {
		if said := moved(c.room, c.args...); !strings.Contains(said, c.added) {
			t.Errorf("%s: %s, want %s", c.room, said, c.added)
		}
		before, _ := mustRooms(t, operator, "", "export", c.room, "--format", "txt")
		for _, want := range c.shown {
			if !strings.Contains(before, want) {
				t.Errorf("%s has no %q:\n%s", c.room, want, before)
			}
		}
		if said := moved(c.room, c.args...); !strings.Contains(said, "0 messages and 0 changes added, "+c.known) {
			t.Errorf("%s again: %s", c.room, said)
		}
		// All but the second line, which says when it was exported.
		after, _ := mustRooms(t, operator, "", "export", c.room, "--format", "txt")
		if _, a, _ := strings.Cut(after, "UTC\n"); !strings.HasSuffix(before, a) {
			t.Errorf("%s was\n%s\nand is\n%s", c.room, before, after)
		}
	}

	// Days later.
	later := filepath.Join(t.TempDir(), "slack")
	if err := os.CopyFS(later, os.DirFS(samples+"slack")); err != nil {
		t.Fatal(err)
	}
	change := func(name, from, to string) {
		t.Helper()
		content, err := os.ReadFile(filepath.Join(later, name))
		if err == nil && !strings.Contains(string(content), from) {
			err = fs.ErrNotExist
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(later, name), []byte(strings.Replace(string(content), from, to, 1)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change("general/2024-03-01.json", `{"name": "+1", "users": ["U02BOB", "U03ADA"], "count": 2}`, `{"name": "+1", "users": ["U01ADA", "U02BOB", "U03ADA"], "count": 3}`)
	change("general/2024-03-01.json", `"text": "I'm from another workspace",`, `"text": "I'm from elsewhere", "edited": {"user": "U99GUEST", "ts": "1709370000.000000"},`)
	change("general/2024-03-02.json", "\n]", `, {"type": "message", "user": "U02BOB", "text": "a late reply", "ts": "1709380000.000100", "thread_ts": "1709280060.123456"}]`)
	if said := moved("general", "slack", later); !strings.Contains(said, "1 messages and 2 changes added, 13 known") {
		t.Errorf("later: %s", said)
	}
	now, _ := mustRooms(t, operator, "", "export", "general", "--format", "txt")
	for _, want := range []string{"👍 bob.b, ada (ada.b), Ada", "Grace Hopper: I'm from elsewhere (edited)", "bob.b: a late reply"} {
		if !strings.Contains(now, want) {
			t.Errorf("later there is no %q:\n%s", want, now)
		}
	}
}
