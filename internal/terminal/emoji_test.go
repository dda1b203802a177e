package terminal

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestANameBetweenColonsBecomesAnEmojiWhereItIsNoCode(t *testing.T) {
	for typed, want := range map[string]string{
		":smile:":                    "😄",
		"good :+1: and (:tada:) too": "good 👍 and (🎉) too",
		"one\n:heart:":               "one\n❤️",
		"/me :wave: bye":             "/me 👋 bye",
		"/react :eyes:":              "/react 👀",
		"**:fire:":                   "**:fire:", // a mark is before it
		":no_such_emoji: :smil:":     ":no_such_emoji: :smil:",
		"user:key:42":                "user:key:42",
		"10:100: a:b:c":              "10:100: a:b:c",
		"`user:lock:7 :lock:`":       "`user:lock:7 :lock:`",
		"` :lock:":                   "` :lock:", // it may become code
		"``a ` :lock:":               "``a ` :lock:",
		"`code` :lock:":              "`code` 🔒",
		"```\nx :tada:\n```":         "```\nx :tada:\n```",
		"```\nx\n```\n:tada:":        "```\nx\n```\n🎉",
		"~~~\nx\n:tada:":             "~~~\nx\n:tada:",
		"http://x.example/a:heart:b": "http://x.example/a:heart:b",
		"[a :heart: b](x":            "[a ❤️ b](x",
		"[a](http://x :heart:":       "[a](http://x ❤️",
		"/password :key:":            "/password :key:",
		"/join ops :key:":            "/join ops :key:",
	} {
		s := newTestModel(80, 24, 0)
		for _, r := range typed {
			if r == '\n' {
				s.press(tea.Key{Code: 'j', Mod: tea.ModCtrl})
				continue
			}
			s.types(string(r))
		}
		if got := s.composer.area.Value(); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}

	// In the middle of a text, what is before and after it stays.
	s := newTestModel(80, 24, 0)
	s.types("see ` and ` there")
	for range len(" and ` there") {
		s.press(tea.Key{Code: tea.KeyLeft})
	}
	s.types(" :lock:")
	s.press(tea.Key{Code: tea.KeyEnd})
	s.types(" :lock:")
	if got := s.composer.area.Value(); got != "see ` :lock: and ` there 🔒" {
		t.Errorf("it is %q", got)
	}
	// What is pasted is as it was.
	s.composer.set("")
	s.Update(tea.PasteMsg{Content: "a :smile: b"})
	if got := s.composer.area.Value(); got != "a :smile: b" {
		t.Errorf("what was pasted is %q", got)
	}
}

func TestTabCompletesEmoji(t *testing.T) {
	for written, want := range map[string][]string{
		"well :smil":   {"well 😄 ", "well 😃 "},
		":SMILE_CA":    {"😸 "},
		":s":           {":s"},
		"a `:smil":     {"a `:smil"},
		"```\n:smil":   {"```\n:smil"},
		"http://x/:sm": {"http://x/:sm"},
		"/password :s": {"/password :s"},
	} {
		s := newTestModel(80, 24, 0)
		s.composer.set(written)
		for _, step := range want {
			s.press(tea.Key{Code: tea.KeyTab})
			if got := s.composer.area.Value(); got != step {
				t.Errorf("%q becomes %q, want %q", written, got, step)
			}
		}
	}
	s := newTestModel(80, 24, 0)
	s.composer.set(":smil")
	s.press(tea.Key{Code: tea.KeyTab})
	s.sees(t, "─ 😄 :smile:  😃 :smiley:  ")
}
