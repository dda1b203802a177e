package hook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"snug/internal/hook"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func mustDecode(t *testing.T, body string, maxChars int) hook.Message {
	t.Helper()
	m, err := hook.Decode(nil, []byte(body), "", maxChars)
	if err != nil {
		t.Fatalf("%.200s: %v", body, err)
	}
	return m
}

func TestHookWithASecretTakesOnlyWhatIsSigned(t *testing.T) {
	const secret, body = "s3cret", `{"text":"hello","zen":"x"}`
	form := "payload=" + url.QueryEscape(body) + "&x=1"
	sign := func(key, text string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		return hex.EncodeToString(mac.Sum(nil))
	}
	tests := []struct {
		name, key, value, body string
		ok                     bool
	}{
		{"GitHub", "X-Hub-Signature-256", "sha256=" + sign(secret, body), body, true},
		{"GitHub's form", "X-Hub-Signature-256", "sha256=" + sign(secret, form), form, true},
		{"Gitea", "X-Gitea-Signature", sign(secret, body), body, true},
		{"Gitea's form", "X-Gitea-Signature", sign(secret, body), form, true},
		{"Forgejo", "X-Forgejo-Signature", sign(secret, body), body, true},
		{"GitLab", "X-Gitlab-Token", secret, body, true},
		{"another secret", "X-Hub-Signature-256", "sha256=" + sign("other", body), body, false},
		{"another body", "X-Hub-Signature-256", "sha256=" + sign(secret, body), body + " ", false},
		{"no hexadecimal", "X-Hub-Signature-256", "sha256=zz", body, false},
		{"a part of it", "X-Hub-Signature-256", "sha256=" + sign(secret, body)[:32], body, false},
		{"SHA-1 alone", "X-Hub-Signature", "sha1=0000", body, false},
		{"another token", "X-Gitlab-Token", "s3cres", body, false},
		{"no signature", "X-GitHub-Event", "ping", body, false},
		{"an empty signature", "X-Hub-Signature-256", "", body, false},
		{"no signature, as Slack sends it", "Content-Type", "application/json", body, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := hook.Decode(header(tt.key, tt.value), []byte(tt.body), secret, 0)
			var refusal *hook.Refusal
			switch {
			case tt.ok && (err != nil || m.Content != "hello"):
				t.Errorf("got %q, %v", m.Content, err)
			case !tt.ok && (!errors.As(err, &refusal) || refusal.Word != "action_prohibited"):
				t.Errorf("got %q, %v: want action_prohibited", m.Content, err)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error has the secret: %v", err)
			}
		})
	}
}

func TestTooLongTextIsCutAndSaysSo(t *testing.T) {
	words := strings.Repeat("wörter ", 2000)
	for _, body := range []string{
		words,
		fmt.Sprintf(`{"text":%q}`, words),
		fmt.Sprintf(`{"text":"%s"}`, "```"+strings.Repeat(`code\n`, 2000)+"```"),
		fmt.Sprintf(`{"attachments":[%s{}]}`, strings.Repeat(`{"title":"disk","text":"full"},`, 1000)),
	} {
		for _, limit := range []int{1, 2, 50, 100, 4000} {
			got := mustDecode(t, body, limit).Content
			if n := utf8.RuneCountInString(got); n > limit || n < limit*3/5 {
				t.Errorf("%.20s: %d characters of at most %d", body, n, limit)
			}
			if limit > 100 && !strings.Contains(got, "… (shortened: the whole message has ") || !strings.Contains(got, "…") {
				t.Errorf("%.20s: doesn't say that it was cut: %q", body, got)
			}
			if strings.Count(got, "```")%2 != 0 && limit > 100 {
				t.Errorf("the code block isn't closed: %q", got)
			}
		}
		if got := mustDecode(t, body, 0).Content; strings.Contains(got, "…") {
			t.Errorf("%.20s: cut without a limit", body)
		}
	}
	if got := mustDecode(t, "1234", 4).Content; got != "1234" {
		t.Errorf("a text that fits became %q", got)
	}
}

func TestHundredAttachmentsOfOneLineAreHundredLines(t *testing.T) {
	var attachments []string
	for i := range 100 {
		attachments = append(attachments, fmt.Sprintf(`{"text":"line %d","color":"good"}`, i))
	}
	got := mustDecode(t, `{"attachments":[`+strings.Join(attachments, ",")+`]}`, 4000).Content
	if n := strings.Count(got, "\n"); n != 99 || !strings.HasPrefix(got, "🟢 line 0\nline 1\n") || !strings.HasSuffix(got, "\nline 99") {
		t.Errorf("%d lines: %q", n+1, got)
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	const form = "--b\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n--b--\r\n"
	for _, c := range []struct{ what, body, kind string }{
		{"Latin-1", "caf\xe9", ""},
		{"Latin-1 as JSON", "{\"text\":\"caf\xe9\"}", "application/json"},
		{"Latin-1 in a form", fmt.Sprintf(form, "content", "caf\xe9"), "multipart/form-data; boundary=b"},
		{"Latin-1 in JSON in a form", fmt.Sprintf(form, "payload_json", "{\"text\":\"caf\xe9\"}"), "multipart/form-data; boundary=b"},
		{"Latin-1 in an encoded form", "payload=%7B%22text%22%3A%22caf%E9%22%7D", "application/x-www-form-urlencoded"},
		{"half a character of UTF-16", "\xff\xfeh", ""},
		{"an image", "\x89PNG\r\n\x1a\n", "image/png"},
		{"an image without its type", "\x89PNG\r\n\x1a\n", "application/octet-stream"},
	} {
		_, err := hook.Decode(header("Content-Type", c.kind), []byte(c.body), "", 0)
		var refusal *hook.Refusal
		if !errors.As(err, &refusal) || refusal.Word != "invalid_payload" {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// Python's requests and urllib send a header so, and many other clients do.
func TestAHeaderInISO88591IsRead(t *testing.T) {
	m, err := hook.Decode(header("Title", "Gr\xf6\xdfe", "Tags", "\xfc"), []byte("erreicht"), "", 0)
	if want := "**Größe**\nerreicht\n`ü`"; err != nil || m.Content != want {
		t.Errorf("%q, %v, want %q", m.Content, err, want)
	}
}

func TestContentIsCleanText(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"line breaks of Windows", "a\r\nb\rc", "a\nb\nc"},
		{"control characters", "\x1b[31mred\x00\u009b2J\u0085 \x7fend", "[31mred2J end"},
		{"a byte order mark", "\ufeffhello", "hello"},
		{"UTF-16", "\xff\xfeh\x00i\x00", "hi"},
		{"JSON in UTF-16", "\xfe\xff\x00{\x00\"\x00t\x00e\x00x\x00t\x00\"\x00:\x001\x00}", "1"},
		{"a byte order mark before JSON", "\ufeff{\"text\":\"hello\"}", "hello"},
		{"a lone surrogate", `{"text":"a\ud800b"}`, "a\ufffdb"},
		{"many empty lines", "a\n \n\t\n\n\nb  \n", "a\n\nb"},
		{"control characters in JSON", `{"text":"a\u0000\u001bb\u2028c"}`, "ab\nc"},
		{"two keys", `{"text":"a","text":"b"}`, "b"},
		{"a form that isn't encoded", `payload={"text":"50% & more"}`, "50% & more"},
		{"a form with more fields", "payload=%7B%22text%22%3A%22a+b%22%7D&token=x", "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustDecode(t, tt.body, 0).Content; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNothingToShowIsNoText(t *testing.T) {
	for _, body := range []string{"", " \n", "\x00", `{"text":""}`, `{"text":"\u0000"}`, `{"content":null}`, `{"embeds":[]}`, `{"blocks":[{"type":"divider"}]}`, `{"topic":"t"}`} {
		_, err := hook.Decode(nil, []byte(body), "", 0)
		var refusal *hook.Refusal
		if !errors.As(err, &refusal) || refusal.Word != "no_text" {
			t.Errorf("%q: %v: want no_text", body, err)
		}
	}
}

func TestNameOfTheSenderIsOneLine(t *testing.T) {
	if got := mustDecode(t, `{"text":"a","username":" The\n\tBot\u0000 "}`, 0).As; got != "The Bot" {
		t.Errorf("got %q", got)
	}
}

// What is built to be costly takes no longer than reading it: with work that grew with the
// square of the length, this would take hours.
func TestLargeBodiesAreReadInOnePass(t *testing.T) {
	const size = 1 << 19
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for _, body := range []string{
		`{"text":"` + fill("*a ") + `"}`,
		`{"text":"` + fill("*a _b ~c ") + `"}`,
		`{"text":"` + fill("<") + `"}`,
		`{"text":"` + fill("`") + `"}`,
		`{"text":"` + fill("```") + `"}`,
		`{"text":"` + fill(":a") + `"}`,
		`{"text":"` + fill("> ") + `"}`,
		`{"text":"` + fill("http://") + `"}`,
		`{"content":"` + fill("<t:1") + `"}`,
		`{"content":"` + fill("# ") + `"}`,
		`{"blocks":[` + strings.Repeat(`{"type":"rich_text","elements":[{"elements":[`, 3000) + strings.Repeat(`]}]}`, 3000) + `]}`,
		`{"attachments":` + fill("[") + `}`,
		`{"attachments":[` + fill(`{},`) + `{}]}`,
		`{"specversion":"1.0","type":"t","data":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		`{"alerts":[` + fill(`{"labels":{"a":"b"}},`) + `{}]}`,
	} {
		start := time.Now()
		_, err := hook.Decode(nil, []byte(body), "", 4000)
		t.Logf("%.40s…: %v, %v", body, time.Since(start).Round(time.Millisecond), err)
	}
}
