package auth

import (
	"bytes"
	"strings"
	"testing"
)

func TestAnInvitesSecretIsForItsRoomAlone(t *testing.T) {
	i, other := NewInvites(bytes.Repeat([]byte{1}, 32)), NewInvites(bytes.Repeat([]byte{2}, 32))
	s := i.Secret("lobby", "i-1")
	if invite, ok := i.Open("lobby", s); !ok || invite != "i-1" {
		t.Errorf("it comes back as %q, %t", invite, ok)
	}
	for why, wrong := range map[string]string{
		"nothing": "", "the invite alone": "i-1", "no code": "i-1.", "a code cut short": s[:len(s)-1], "more than a code": s + "A",
		"another invite's": strings.Replace(s, "i-1", "i-2", 1), "the last bits": s[:len(s)-1] + "_", "another key's": other.Secret("lobby", "i-1"),
		"another room's": i.Secret("lobby/1", "i-1"), "a zero byte": "i-1\x00" + s[3:],
	} {
		if invite, ok := i.Open("lobby", wrong); ok {
			t.Errorf("%s opens %q", why, invite)
		}
	}
}

func TestANewcomerIsWhoJoinsWithTheSameID(t *testing.T) {
	i := NewInvites(bytes.Repeat([]byte{1}, 32))
	m := i.Newcomer("lobby", "i-1", "j-1")
	if len(m) != len(NewMember()) || m != i.Newcomer("lobby", "i-1", "j-1") {
		t.Errorf("the newcomer is %q, and then another one", m)
	}
	for _, other := range []string{i.Newcomer("lobby", "i-1", "j-2"), i.Newcomer("lobby", "i-2", "j-1"), i.Newcomer("lobby/1", "i-1", "j-1")} {
		if m == other {
			t.Error("somebody else is the same newcomer")
		}
	}
	if id := i.Admission("lobby", "i-1", m, "j-1"); strings.Contains(id, "j-1") || len(id) > 64 {
		t.Errorf("the event has the id %q", id)
	}
}

func FuzzInvites(f *testing.F) {
	i := NewInvites(bytes.Repeat([]byte{1}, 32))
	f.Add("lobby", "i-1", i.Secret("lobby", "i-1"))
	f.Add("lobby", "i-1", "i-1.")
	f.Add("", ".", "..")
	f.Fuzz(func(t *testing.T, room, invite, secret string) {
		if opened, ok := i.Open(room, secret); ok && i.Secret(room, opened) != secret {
			t.Errorf("%q opens %q, whose secret is another one", secret, opened)
		}
		if strings.ContainsAny(invite, ".\x00") || strings.Contains(room, "\x00") {
			return
		}
		if opened, ok := i.Open(room, i.Secret(room, invite)); !ok || opened != invite {
			t.Errorf("the secret of %q opens %q, %t", invite, opened, ok)
		}
	})
}
