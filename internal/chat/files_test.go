package chat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/internal/forwarded"
	"snug/protocol"
)

const testFileSize = 1 << 20

// withFiles has a server take files.
func withFiles(s *setup) { s.chat.MaxFileSize, s.sqlite = testFileSize, true }

// screenshot is a PNG.
func screenshot(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, 64, 48), color.Palette{color.Black, color.White})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// part is a part of a form: a file, unless file is empty.
type part struct{ field, file, content string }

// encodeForm returns a form, and its Content-Type.
func encodeForm(t testing.TB, parts ...part) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := make(textproto.MIMEHeader)
		disposition := fmt.Sprintf(`form-data; name="%s"`, p.field)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename="%s"`, p.file)
		}
		h.Set("Content-Disposition", disposition)
		to, err := w.CreatePart(h)
		if err == nil {
			_, err = io.WriteString(to, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// filesOf returns the files in an answer or an event.
func filesOf(t testing.TB, raw string) []protocol.File {
	t.Helper()
	var all protocol.Files
	if err := json.Unmarshal([]byte(raw), &all); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return all.Files
}

// get returns a file with its answer.
func (h *testServer) get(t testing.TB, f protocol.File, with ...string) (*http.Response, string) {
	t.Helper()
	resp := h.call(t, http.MethodGet, "/"+f.Path("room1"), "", with)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestUploadAndSend(t *testing.T) {
	h := open(t, withFiles)
	plain := h.plain(t, "room1")
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	if ann.limit.FileBytes != testFileSize {
		t.Errorf("file_bytes is %d", ann.limit.FileBytes)
	}
	shot := screenshot(t)
	a := h.post(t, "/r/room1/files?name=..%2Fshot%201.png", shot, "Snug-Seat", ann.you.Seat)
	if a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	f := filesOf(t, a.raw)[0]
	if want := (protocol.File{ID: f.ID, Name: "shot 1.png", Type: "image/png", Size: int64(len(shot)), Width: 64, Height: 48}); f != want || len(f.ID) < 22 {
		t.Errorf("got %+v, want %+v", f, want)
	}
	bob.say(fmt.Sprintf(`{"type":"send","id":"s","content":"mine","files":[%q]}`, f.ID))
	if e := bob.until("error"); e.Code != "not-found" || e.ID != "s" {
		t.Errorf("somebody else's file: %s", e.raw)
	}
	send := fmt.Sprintf(`{"type":"send","id":"s","content":"look","files":[%q]}`, f.ID)
	ann.say(send)
	e := bob.until("message")
	if got := filesOf(t, e.raw); e.content() != "look" || len(got) != 1 || got[0] != f {
		t.Errorf("the message is %s", e.raw)
	}
	ann.say(send)
	if e := ann.until("ack"); !e.Duplicate {
		t.Errorf("sent again: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"send","id":"s2","content":"again","files":[%q]}`, f.ID))
	if e := ann.until("error"); e.Code != "not-found" {
		t.Errorf("the file in a second message: %s", e.raw)
	}
	if e := plain.next(); e.content() != "look\nshot 1.png: /"+f.Path("room1") {
		t.Errorf("plain gets %s", e.raw)
	}
	resp, body := h.get(t, f)
	if resp.StatusCode != http.StatusOK || body != shot || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the file is %d, %d bytes, %v", resp.StatusCode, len(body), resp.Header)
	}
	other := f
	other.ID = strings.Repeat("A", len(f.ID))
	if resp, _ := h.get(t, other); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another ID: %d", resp.StatusCode)
	}
	if resp := h.call(t, http.MethodGet, "/"+f.Path("room2"), "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another room: %d", resp.StatusCode)
	}
	ann.moderate("d", fmt.Sprintf(`"type":"delete","seq":%d`, e.Seq))
	_ = bob.until("deleted")
	if resp, _ := h.get(t, f); resp.StatusCode != http.StatusNotFound {
		t.Errorf("of an erased message: %d", resp.StatusCode)
	}
}

func TestLinksBeginWithThePublicURL(t *testing.T) {
	const public = "https://chat.example/x/"
	h := open(t, withFiles, withOwners, func(s *setup) {
		s.chat.Outside.Public, _ = forwarded.ParseLocation(public)
		s.room.PublicURL = public
	})
	plain, ann := h.plain(t, "room1"), h.v1(t, "room1", "ann")
	body, kind := encodeForm(t, part{"f", "a b.txt", "x"})
	f := filesOf(t, h.post(t, "/r/room1", body, "Content-Type", kind).raw)[0]
	want := "a b.txt: " + public + f.Path("room1")
	if e := plain.next(); e.content() != want {
		t.Errorf("plain gets %s, want %s", e.raw, want)
	}
	if e := h.dial(t, "room1", "&history=1").next(); e.content() != want {
		t.Errorf("the replay is %s, want %s", e.raw, want)
	}
	if made := ann.invite("i", ""); !strings.HasPrefix(made.URL, public+"r/room1#invite=") {
		t.Errorf("the invite is %s", made.URL)
	}
}

func TestFilesAreDescribed(t *testing.T) {
	h := open(t, withFiles)
	ann := h.v1(t, "room1", "ann")
	upload := func() string {
		a := h.post(t, "/r/room1/files?name=a.png", screenshot(t), "Snug-Seat", ann.you.Seat)
		return filesOf(t, a.raw)[0].ID
	}
	one, two := upload(), upload()
	send := fmt.Sprintf(`{"type":"send","id":"s","files":[%q,%q],"alts":["","a red kite"]}`, one, two)
	ann.say(send)
	e := ann.until("message")
	if got := filesOf(t, e.raw); len(got) != 2 || got[0].Alt != "" || got[1].Alt != "a red kite" {
		t.Errorf("the message is %s", e.raw)
	}
	ann.say(send)
	if e := ann.until("ack"); !e.Duplicate {
		t.Errorf("sent again: %s", e.raw)
	}
	ann.say(strings.Replace(send, "red", "blue", 1))
	if e := ann.until("error"); e.Code != "id-conflict" {
		t.Errorf("sent again with another text: %s", e.raw)
	}
	content := strings.Repeat("x", ann.limit.ContentChars-5)
	ann.say(fmt.Sprintf(`{"type":"send","id":"l","content":%q,"files":[%q],"alts":["123456"]}`, content, upload()))
	if e := ann.until("error"); e.Code != "too-long" {
		t.Errorf("longer than a message may be: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"send","id":"e","files":[%q],"alts":[""]}`, upload()))
	if e := ann.until("message"); filesOf(t, e.raw)[0].Alt != "" {
		t.Errorf("without a text: %s", e.raw)
	}

	post := fmt.Sprintf(`{"files":[%q],"alts":["a blue kite"]}`, upload())
	a := h.post(t, "/r/room1", post, "Content-Type", "application/json", "Snug-Seat", ann.you.Seat)
	if a.status != http.StatusCreated || filesOf(t, a.raw)[0].Alt != "a blue kite" {
		t.Errorf("posted: %d %s", a.status, a.raw)
	}
	body, kind := encodeForm(t, part{"file", "a.png", screenshot(t)}, part{"file", "b.png", screenshot(t)}, part{"alt", "", "a green kite"})
	with := []string{"Content-Type", kind, "Idempotency-Key", "k", "Snug-Seat", ann.you.Seat}
	a = h.post(t, "/r/room1", body, with...)
	if got := filesOf(t, a.raw); a.status != http.StatusCreated || len(got) != 2 || got[0].Alt != "" || got[1].Alt != "a green kite" {
		t.Errorf("as a form: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", body, with...); !a.Duplicate {
		t.Errorf("the form again: %s", a.raw)
	}
	if a := h.post(t, "/r/room1", strings.Replace(body, "green", "black", 1), with...); a.Code != "id-conflict" {
		t.Errorf("the form again with another text: %s", a.raw)
	}
	for _, bad := range [][]part{
		{{"alt", "", "of nothing"}, {"file", "a.png", "x"}},
		{{"file", "a.png", "x"}, {"alt", "", "two\nlines"}},
		{{"file", "a.png", "x"}, {"alt", "", "a"}, {"alt", "", "b"}},
		{{"content", "", "a"}, {"content", "", "b"}},
		{{"content", "", ""}, {"content", "", "b"}},
		{{"content", "", "a"}, {"reply_to", "", "0"}, {"reply_to", "", "0"}},
		{{"file", "\xff.png", "x"}},
		{{"content", "", "a"}, {"id", "", "k-1"}},
		{{"content", "", "a"}, {"files", "", "x"}},
		{{"file", "a.png", "x"}, {"alts", "", "a kite"}},
	} {
		body, kind := encodeForm(t, bad...)
		if a := h.post(t, "/r/room1", body, "Content-Type", kind); a.Code != "bad-field" {
			t.Errorf("%v: %d %s", bad, a.status, a.raw)
		}
	}
	for _, field := range []string{"content", "reply_to", "alt", "id"} {
		body, kind := encodeForm(t, part{"file", "a.png", "x"}, part{field, "", "1"})
		if a := h.post(t, "/r/room1/files", body, "Content-Type", kind, "Snug-Seat", ann.you.Seat); a.Code != "bad-field" || !strings.Contains(a.Detail, field) {
			t.Errorf("an upload with %s: %d %s", field, a.status, a.raw)
		}
	}
}

func TestFilesOfAClosedRoomAreGone(t *testing.T) {
	h := open(t, withFiles, withOwners)
	ann := h.v1(t, "room1", "ann")
	body, kind := encodeForm(t, part{"f", "a.txt", "hello"})
	a := h.post(t, "/r/room1", body, "Snug-Seat", ann.you.Seat, "Content-Type", kind)
	f := filesOf(t, a.raw)[0]
	ann.say(`{"type":"close","id":"c"}`)
	_, _ = ann.rest()
	if resp, raw := h.get(t, f); resp.StatusCode != http.StatusGone {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
}

func TestMessageAndFilesInOneRequest(t *testing.T) {
	h := open(t, withFiles)
	body, kind := encodeForm(t, part{"content", "", "both"}, part{"a", "a%22b.txt", "one"}, part{"b", "", "ignored"}, part{"c", "c.txt", "two"})
	with := headers{"Content-Type", kind, "Idempotency-Key", "k1", "Snug-Nick", "cron"}
	a := h.post(t, "/r/room1", body, with...)
	files := filesOf(t, a.raw)
	if a.status != http.StatusCreated || a.Content != "both" || len(files) != 2 || files[0].Name != "a_b.txt" || a.From.Nick != "cron" {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", body, with...); a.status != http.StatusOK || !a.Duplicate {
		t.Errorf("again: %d %s", a.status, a.raw)
	}
	if n := h.fileBytes(t); n != int64(len("onetwo")) {
		t.Errorf("a retry has left files: they have %d bytes", n)
	}
	other, kind2 := encodeForm(t, part{"content", "", "both"}, part{"a", "a%22b.txt", "one"}, part{"c", "c.txt", "three"})
	if a := h.post(t, "/r/room1", other, "Content-Type", kind2, "Idempotency-Key", "k1", "Snug-Nick", "cron"); a.Code != "id-conflict" {
		t.Errorf("another file with the same key: %d %s", a.status, a.raw)
	}
	alone, kind3 := encodeForm(t, part{"f", "alone.txt", "x"})
	if a := h.post(t, "/r/room1", alone, "Content-Type", kind3); a.status != http.StatusCreated || len(filesOf(t, a.raw)) != 1 {
		t.Errorf("a file alone: %d %s", a.status, a.raw)
	}
	// Without a seat, the key says who it is.
	a = h.post(t, "/r/room1/files?name=x", "bytes", "Idempotency-Key", "k2")
	post := fmt.Sprintf(`{"content":"","files":[%q]}`, filesOf(t, a.raw)[0].ID)
	if a := h.post(t, "/r/room1", post, "Content-Type", "application/json", "Idempotency-Key", "k3"); a.Code != "not-found" {
		t.Errorf("another guest's file: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", post, "Content-Type", "application/json", "Idempotency-Key", "k2"); a.status != http.StatusCreated {
		t.Errorf("the guest's own: %d %s", a.status, a.raw)
	}
}

// fileBytes returns how many bytes the files of room1 have.
func (h *testServer) fileBytes(t testing.TB) int64 {
	t.Helper()
	n, err := h.journal.(interface {
		FileBytes(ctx context.Context, room string) (int64, error)
	}).FileBytes(t.Context(), "room1")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRefusedFilesLeaveNothing(t *testing.T) {
	h := open(t, withFiles, func(s *setup) { s.room.MaxRoomFiles = testFileSize + testFileSize/2 })
	ann := h.v1(t, "room1", "ann")
	seat := headers{"Snug-Seat", ann.you.Seat}
	form := func(parts ...part) (string, headers) {
		body, kind := encodeForm(t, parts...)
		return body, headers{"Snug-Seat", ann.you.Seat, "Content-Type", kind}
	}
	large := strings.Repeat("x", testFileSize+1)
	largeForm, withLarge := form(part{"f", "a", large})
	var eleven []part
	for range 11 {
		eleven = append(eleven, part{"f", "a", "x"})
	}
	elevenForm, withEleven := form(eleven...)
	cut, withCut := form(part{"f", "a", "x"}, part{"g", "b", strings.Repeat("y", 5000)})
	noFile, withNoFile := form(part{"note", "", "x"})
	noReply, withNoReply := form(part{"content", "", "hello"}, part{"reply_to", "", "999"}, part{"f", "a", "x"})
	long, withLong := form(part{"f", "a", "x"}, part{"alt", "", strings.Repeat("x", 1000)}, part{"content", "", strings.Repeat("x", 3500)})
	header, withHeader := form(part{"f", strings.Repeat("a", 200<<10), "x"})
	ofHook := headers{"Snug-Seat", "no seat"}
	for _, c := range []struct {
		name, path, body string
		with             headers
		status           int
		code             string
	}{
		{"too large", "/r/room1/files", large, seat, 413, "too-long"},
		{"too large, in a form", "/r/room1/files", largeForm, withLarge, 413, "too-long"},
		{"too large, with a message", "/r/room1", largeForm, withLarge, 413, "too-long"},
		{"eleven", "/r/room1", elevenForm, withEleven, 400, "bad-field"},
		{"cut off", "/r/room1", cut[:len(cut)-80], withCut, 400, "bad-field"},
		{"cut off in a file", "/r/room1/files", cut[:len(cut)-1000], withCut, 400, "bad-field"},
		{"cut off between parts", "/r/room1/files", cut[:strings.Index(cut, "yyyy")-20], withCut, 400, "bad-field"},
		{"a reply to what isn't there", "/r/room1", noReply, withNoReply, 404, "not-found"},
		{"too many characters in all", "/r/room1", long, withLong, 413, "too-long"},
		{"no file", "/r/room1/files", noFile, withNoFile, 400, "empty"},
		{"an empty file", "/r/room1/files", "", seat, 400, "empty"},
		{"a large header", "/r/room1/files", header, withHeader, 413, "too-long"},
		{"no boundary", "/r/room1/files", "x", headers{"Snug-Seat", ann.you.Seat, "Content-Type", "multipart/form-data"}, 400, "bad-field"},
		{"compressed", "/r/room1/files", "x", headers{"Snug-Seat", ann.you.Seat, "Content-Encoding", "gzip"}, 400, "bad-field"},
		{"nobody", "/r/room1/files", "x", nil, 403, "forbidden"},
		{"a wrong seat", "/r/room1/files", "x", ofHook, 403, "forbidden"},
	} {
		a := h.post(t, c.path, c.body, c.with...)
		if a.status != c.status || a.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.raw, c.status, c.code)
		}
	}
	if n := h.fileBytes(t); n != 0 {
		t.Errorf("refused files have %d bytes", n)
	}
	full := strings.Repeat("x", testFileSize)
	if a := h.post(t, "/r/room1/files", full, seat...); a.status != http.StatusCreated {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1/files", full, seat...); a.status != http.StatusInsufficientStorage || a.Code != "too-many" {
		t.Errorf("a room that is full: %d %s", a.status, a.raw)
	}
	off := open(t)
	if a := off.post(t, "/r/room1/files", "x", "Idempotency-Key", "k"); a.status != http.StatusForbidden {
		t.Errorf("a server without files: %d %s", a.status, a.raw)
	}
}

// A file is stored only if its message may be sent.
func TestAFormInSlowModeLeavesNothing(t *testing.T) {
	h := open(t, withOwners, withFiles)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.say(`{"type":"set","id":"s","slow_ms":3600000}`)
	for bob.until("moderated").ID != "s" {
	}
	bob.send("first", "hello")
	for bob.until("message").ID != "first" {
	}
	body, kind := encodeForm(t, part{"content", "", "again"}, part{"f", "a", "x"})
	if a := h.post(t, "/r/room1", body, "Snug-Seat", bob.you.Seat, "Content-Type", kind); a.status != 429 || a.Code != "slow-mode" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if n := h.fileBytes(t); n != 0 {
		t.Errorf("a refused form leaves %d bytes", n)
	}
	if a := h.post(t, "/r/room1", body, "Snug-Seat", ann.you.Seat, "Content-Type", kind); a.status != 201 {
		t.Errorf("who needn't wait: %d %s", a.status, a.raw)
	}
}

// lateBody is a body before which something happens, once its request has begun.
type lateBody struct {
	before func()
	io.Reader
}

func (b *lateBody) Read(p []byte) (int, error) {
	b.before()
	return b.Reader.Read(p)
}

func TestWhoIsBannedWhileTheirFormComesIsRefused(t *testing.T) {
	patient := http.DefaultTransport.(*http.Transport).Clone()
	patient.ExpectContinueTimeout = time.Minute
	defer patient.CloseIdleConnections()
	for name, c := range map[string]struct {
		path  string
		parts []part
	}{
		"a message":            {"/r/room1", []part{{"content", "", "hello"}}},
		"a message with files": {"/r/room1", []part{{"content", "", "hello"}, {"f", "a", "x"}}},
		"files":                {"/r/room1/files", []part{{"f", "a", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, withOwners, withFiles)
			ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
			body, kind := encodeForm(t, c.parts...)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+c.path, &lateBody{sync.OnceFunc(func() {
				ann.say(fmt.Sprintf(`{"type":"ban","id":"b","member":%q}`, bob.you.Member.Member))
				for ann.until("moderated").ID != "b" {
				}
			}), strings.NewReader(body)})
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Snug-Seat": {bob.you.Seat}, "Content-Type": {kind}, "Expect": {"100-continue"}} // which comes when the body is read
			resp, err := patient.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("the answer is %s", resp.Status)
			}
			if n := h.fileBytes(t); n != 0 {
				t.Errorf("it leaves %d bytes", n)
			}
			ann.send("next", "hello")
			if e := ann.until("message"); e.ID != "next" {
				t.Errorf("it is in the log: %s", e.raw)
			}
		})
	}
}

func TestFilesPerMinute(t *testing.T) {
	h := open(t, withFiles, func(s *setup) { s.chat.UploadsPerMinute = 2 })
	for i, want := range []int{201, 201, 429} {
		a := h.post(t, "/r/room1/files", "x", "Idempotency-Key", "k")
		if a.status != want || want == 429 && a.header.Get("Retry-After") == "" {
			t.Errorf("file %d: %d %s", i+1, a.status, a.raw)
		}
	}
}

// A client that sends much more than it may can read why it is refused.
func TestRefusalIsReadableWhileTheClientStillSends(t *testing.T) {
	h := open(t, withFiles)
	const size = 40 << 20
	for name, length := range map[string]int64{"known length": size, "unknown length": -1} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/r/room1/files", io.LimitReader(endless{}, size))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Idempotency-Key", "k")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !bytes.Contains(raw, []byte("too-long")) {
			t.Errorf("%s: %d %s, %v", name, resp.StatusCode, raw, err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestHostileFilesAreOnlySaved(t *testing.T) {
	h := open(t, withFiles)
	for name, bytes := range map[string]string{
		"a.svg":    `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`,
		"a.html":   "<!DOCTYPE html><script>alert(1)</script>",
		"a.png":    "<html><script>alert(1)</script>",
		"a.gif":    "GIF89a/*\x00\x00\x00*/=alert(1);",
		"a.js":     "alert(1)",
		"a.jpg":    "PK\x03\x04\x14\x00\x00\x00\x08\x00" + strings.Repeat("\x00", 40),
		"a.xhtml":  `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`,
		"a.pdf":    "%PDF-1.7\n",
		"boo.jpeg": "\xFF\xD8\xFF\xE0\x00\x10JFIF<script>alert(1)</script>",
	} {
		a := h.post(t, "/r/room1/files?name="+name, bytes, "Idempotency-Key", "k")
		f := filesOf(t, a.raw)[0]
		resp, body := h.get(t, f)
		how, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
		if err != nil || how != "attachment" || params["filename"] != name || body != bytes {
			t.Errorf("%s: %s %v, %v", name, how, params, err)
		}
		for header, want := range map[string]string{
			"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := resp.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy is %q", name, csp)
		}
		if f.Width != 0 {
			t.Errorf("%s has a width", name)
		}
	}
}

func TestNastyNames(t *testing.T) {
	h := open(t, withFiles)
	for _, name := range []string{
		"Grüße 👩‍🚀.txt", "a\"; filename=\"b.exe", "../../etc/passwd", `..\..\boot.ini`, "line\r\nX-Evil: 1", "a\x00b", "\u202Egpj.exe", "%2e%2e", "a;b,c.txt",
		strings.Repeat("ü", 300), "...", "CON.txt", "'*'\"",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/r/room1/files", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		query := r.URL.Query()
		query.Set("name", name)
		r.URL.RawQuery = query.Encode()
		r.Header.Set("Idempotency-Key", "k")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		f := filesOf(t, string(raw))[0]
		got, body := h.get(t, f)
		how, params, err := mime.ParseMediaType(got.Header.Get("Content-Disposition"))
		if err != nil || how != "attachment" || params["filename"] != f.Name || body != "x" || got.Header.Get("X-Evil") != "" {
			t.Errorf("%q became %q: %d %v %v", name, f.Name, got.StatusCode, got.Header, err)
		}
	}
}

func TestRangesOfAVideo(t *testing.T) {
	const size = 20 << 20
	h := open(t, withFiles, func(s *setup) { s.chat.MaxFileSize = 25 << 20 })
	video := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	copy(video, "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2")
	a := h.post(t, "/r/room1/files?name=v.mp4", string(video), "Idempotency-Key", "k")
	f := filesOf(t, a.raw)[0]
	resp, _ := h.get(t, f, "Range", "bytes=0-0")
	tag := resp.Header.Get("ETag")
	for _, c := range []struct {
		asked    string
		from, to int
	}{
		{"bytes=0-99", 0, 100}, {"bytes=10000000-10000099", 10_000_000, 10_000_100}, {fmt.Sprintf("bytes=%d-", size-5), size - 5, size}, {"bytes=-7", size - 7, size},
	} {
		resp, body := h.get(t, f, "Range", c.asked, "If-Range", tag)
		if resp.StatusCode != http.StatusPartialContent || body != string(video[c.from:c.to]) || resp.Header.Get("Content-Type") != "video/mp4" {
			t.Errorf("%s: %d, %d bytes, %v", c.asked, resp.StatusCode, len(body), resp.Header)
		}
	}
	if resp, _ := h.get(t, f, "Range", fmt.Sprintf("bytes=%d-", size)); resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", resp.StatusCode)
	}
	if resp, body := h.get(t, f, "If-None-Match", tag); resp.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("unchanged: %d", resp.StatusCode)
	}
	head := h.call(t, http.MethodHead, "/"+f.Path("room1"), "", nil)
	if head.StatusCode != http.StatusOK || head.ContentLength != size || head.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: %d, %d bytes, %v", head.StatusCode, head.ContentLength, head.Header)
	}
	if resp, body := h.get(t, f); resp.StatusCode != http.StatusOK || body != string(video) {
		t.Errorf("all of it: %d, %d bytes", resp.StatusCode, len(body))
	}
}

func TestFilesAtOnceAreLimited(t *testing.T) {
	h := open(t, withFiles)
	var sending []*io.PipeWriter
	ended := make(chan struct{})
	const most = 16
	for range most {
		body, more := io.Pipe()
		sending = append(sending, more)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/r/room1/files", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Idempotency-Key", "k")
		go func() {
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_ = resp.Body.Close()
			}
			ended <- struct{}{}
		}()
		if _, err := more.Write(make([]byte, 64<<10)); err != nil { // or net/http sends nothing yet
			t.Fatal(err)
		}
	}
	waitUntil(t, "all have begun", func() bool {
		all, err := os.ReadDir(filepath.Join(h.file+"-files", "new"))
		return err == nil && len(all) == most
	})
	if a := h.post(t, "/r/room1/files", "x", "Idempotency-Key", "k"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("one more: %d %s", a.status, a.raw)
	}
	for _, more := range sending {
		_ = more.Close()
	}
	for range sending {
		<-ended
	}
	if a := h.post(t, "/r/room1/files", "x", "Idempotency-Key", "k"); a.status != http.StatusCreated {
		t.Errorf("afterwards: %d %s", a.status, a.raw)
	}
}

// Memory doesn't grow with the size of files.
func TestLargeFilesPassThroughInPieces(t *testing.T) {
	const size = 200 << 20
	h := open(t, withFiles, func(s *setup) { s.chat.MaxFileSize = size })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/r/room1/files", io.LimitReader(endless{}, size))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Idempotency-Key", "k")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	f := filesOf(t, string(raw))[0]
	down := h.call(t, http.MethodGet, "/"+f.Path("room1"), "", nil)
	if n, err := io.Copy(io.Discard, down.Body); n != size || err != nil {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/10 {
		t.Errorf("%d bytes were allocated for a file of %d", allocated, size)
	}
}

// A client that sends slowly, or reads nothing, doesn't hold up a server that stops.
func TestDrainEndsFilesUnderWay(t *testing.T) {
	h := open(t, withFiles, func(s *setup) { s.chat.MaxFileSize = 200 << 20 })
	large := strings.Repeat("x", 100<<20)
	f := filesOf(t, h.post(t, "/r/room1/files?name=a", large, "Idempotency-Key", "k").raw)[0]
	down := h.call(t, http.MethodGet, "/"+f.Path("room1"), "", nil) // and reads nothing more

	body, more := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/r/room1/files", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Idempotency-Key", "k")
	refused := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable {
				err = fmt.Errorf("it is answered with %s", resp.Status)
			}
		}
		refused <- err
	}()
	if _, err := more.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the server waits for more", func() bool {
		all, err := os.ReadDir(filepath.Join(h.file+"-files", "new"))
		if err != nil || len(all) != 1 {
			return false
		}
		info, err := all[0].Info()
		return err == nil && info.Size() == 1<<20
	})
	if err := <-h.drained(); err != nil {
		t.Error(err)
	}
	if err := <-refused; err != nil {
		t.Errorf("the upload: %v", err)
	}
	_ = more.Close()
	if n, err := io.Copy(io.Discard, down.Body); err == nil && n == int64(len(large)) {
		t.Log("the download was fast enough")
	}
}
