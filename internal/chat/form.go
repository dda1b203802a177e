package chat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"snug/internal/charset"
	"snug/internal/room"
	"snug/protocol"
)

// form is what a request has brought as multipart/form-data (RFC 7578): files, and the
// message that they belong to.
type form struct {
	content string
	replyTo uint64
	files   []received
	alts    []string // of the files, in their order; may be shorter
	said    []string // the names of the fields that have come, of those that a form has once
	uploads bool     // it has files alone, and the message comes in another request
}

// maxPartHeader bounds the header of a part of a form.
const maxPartHeader = 64 << 10

func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "multipart/form-data"
}

// readForm reads a form. What has come is in to, also after an error, which is a
// *protocol.Error that may be wrapped.
func (s *Server) readForm(r *http.Request, p *room.Participant, c *caller, body io.Reader, to *form) error {
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if params["boundary"] == "" {
		return protocol.Errorf(protocol.BadField, `the form has no boundary: Content-Type says multipart/form-data; boundary=…`)
	}
	bounded := &boundedBody{body: body}
	parts := multipart.NewReader(bounded, params["boundary"])
	for {
		bounded.left = maxPartHeader
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && bytes.Contains(bounded.last, []byte("--"+params["boundary"]+"--")):
			return nil
		case err != nil:
			return badForm(err)
		}
		bounded.left = s.options.MaxFileSize + maxPartHeader
		if err := s.readPart(r.Context(), p, c, part, to); err != nil {
			return err
		}
	}
}

func badForm(err error) *protocol.Error {
	if errors.Is(err, errHeaderTooLarge) {
		return protocol.Errorf(protocol.TooLong, "a part of the form has a header that is too large")
	}
	return badBody(err, "the form can't be read: it is no valid multipart/form-data, ended early or came too slowly")
}

func (s *Server) readPart(ctx context.Context, p *room.Participant, c *caller, part *multipart.Part, to *form) error {
	_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return protocol.Errorf(protocol.BadField, "a part of the form has no Content-Disposition that can be read")
	}
	if name, isFile := disposition["filename"]; isFile {
		if len(to.files) == protocol.MaxFiles {
			return protocol.Errorf(protocol.BadField, "the form has too many files: at most %d", protocol.MaxFiles)
		}
		if !utf8.ValidString(name) {
			return protocol.Errorf(protocol.BadField, "the name of a file in the form is not UTF-8")
		}
		return s.readFile(ctx, p, c, unescapedName(name), part, 0, to)
	}
	value, err := io.ReadAll(io.LimitReader(part, int64(s.limits.FrameBytes)+1))
	switch {
	case err != nil:
		return badForm(err)
	case len(value) > s.limits.FrameBytes:
		return protocol.Errorf(protocol.TooLong, "a field of the form is too large: at most %d bytes", s.limits.FrameBytes)
	}
	value, ok := charset.Decode(value)
	if !ok {
		return protocol.Errorf(protocol.BadField, "a field of the form is not UTF-8")
	}
	name := disposition["name"]
	if right := to.misplaced(name); right != "" {
		return protocol.Errorf(protocol.BadField, "%q is no field of this form: %s", name, right)
	}
	if name == "content" || name == "reply_to" {
		if slices.Contains(to.said, name) {
			return protocol.Errorf(protocol.BadField, "%q is in the form several times: once is enough", name)
		}
		to.said = append(to.said, name)
	}
	switch name {
	case "content":
		to.content = string(value)
		if n := utf8.RuneCount(value); n > s.limits.ContentChars {
			return protocol.Errorf(protocol.TooLong, "the message has %d characters: at most %d", n, s.limits.ContentChars)
		}
	case "reply_to":
		if to.replyTo, err = strconv.ParseUint(string(value), 10, 64); err != nil || to.replyTo > protocol.MaxSeq {
			return protocol.Errorf(protocol.BadField, `"reply_to" is no seq of a message`)
		}
	case "alt":
		n := len(to.files)
		if n == 0 {
			return protocol.Errorf(protocol.BadField, `"alt" stands before the file that it describes: it comes after it`)
		}
		if len(to.alts) == n {
			return protocol.Errorf(protocol.BadField, `"alt" is there several times after one file: once is enough`)
		}
		if err := protocol.CheckAlt(string(value)); err != nil {
			return err
		}
		to.alts = append(to.alts, make([]string, n-len(to.alts))...)
		to.alts[n-1] = string(value)
	}
	return nil
}

// misplaced returns where else to say what a field says that other requests have; empty for a field that the form has
// or nobody knows.
func (f *form) misplaced(name string) string {
	switch name {
	case "id":
		return "what makes a retry safe is the header Idempotency-Key"
	case "files", "alts":
		return `its files are parts with a filename, and what they show is in "alt"`
	case "content", "reply_to":
		if f.uploads {
			return "it is said by the message that has the files"
		}
	case "alt":
		if f.uploads {
			return `what the files show is said by the message that has them, in "alts"`
		}
	}
	return ""
}

// unescapedName returns a file's name as browsers write it (HTML Standard, section 4.10.21.8).
func unescapedName(name string) string {
	return strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n").Replace(name)
}

// store stores the files. The error is a *protocol.Error, which may be wrapped.
func (f *form) store(ctx context.Context, p *room.Participant) (all []protocol.File, err error) {
	for _, r := range f.files {
		stored, err := p.StoreFile(ctx, r.upload, r.file)
		if err != nil {
			return nil, err
		}
		all = append(all, stored)
	}
	return all, nil
}

// discard removes the files that aren't stored.
func (f *form) discard() {
	for _, r := range f.files {
		r.upload.Discard()
	}
}

// digests returns what a repeat of the form has in common with it.
func (f *form) digests() (all []string) {
	for _, r := range f.files {
		all = append(all, r.digest)
	}
	return all
}

// publishForm says something in a room: a message with files, all in one form. key is that of the request.
func (s *Server) publishForm(w http.ResponseWriter, r *http.Request, c *caller, key string) error {
	m := room.Message{ID: key}
	if key == "" {
		m.ID = newKey()
	}
	p, err := s.visit(r.Context(), c, m.ID)
	if err != nil {
		return err
	}
	defer p.Leave()
	if err := s.limitMessages(c, p.You()); err != nil {
		return err
	}
	body, end, err := s.beginUpload(w, r, c)
	if err != nil {
		return err
	}
	defer end()
	var came form
	defer came.discard()
	if err := s.readForm(r, p, c, body, &came); err != nil {
		return err
	}
	m.Content, m.ReplyTo, m.Alts = came.content, came.replyTo, came.alts
	if key != "" && len(came.files) > 0 { // or a repeat would leave its files behind
		o, repeat, err := p.IsRepeat(r.Context(), m, came.digests())
		if err != nil {
			return err
		}
		if repeat {
			answerJSON(w, http.StatusOK, protocol.AppendEvent(nil, protocol.EventAck, protocol.Ack{ID: m.ID, Seq: o.Seq, Duplicate: true}))
			return nil
		}
	}
	if err := p.Reach(r.Context(), m.ReplyTo); err != nil {
		return err
	}
	if len(came.files) > 0 {
		if err := p.CheckSend(r.Context(), m); err != nil {
			return err
		}
	}
	files, err := came.store(r.Context(), p)
	if err != nil {
		return err
	}
	for _, f := range files {
		m.Files = append(m.Files, f.ID)
	}
	d, err := p.SendFiles(r.Context(), m, came.digests())
	if err != nil {
		return err
	}
	return commit(w, r, p, d, &protocol.Command{Type: protocol.CommandSend, ID: m.ID}, http.StatusCreated)
}

// boundedBody is a body of which only so much may be read. The multipart package reads whole
// headers into memory.
type boundedBody struct {
	body io.Reader
	left int64
	last []byte // the end of what was read: the package doesn't tell a form that was cut off from its end
}

// lastBytes is how much is remembered of a body: more than the longest boundary, which has 70
// characters (RFC 2046, section 5.1.1).
const lastBytes = 256

var errHeaderTooLarge = errors.New("too much of a form at once")

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errHeaderTooLarge
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.last = append(b.last, p[max(0, n-lastBytes):n]...)
	b.last = append(b.last[:0], b.last[max(0, len(b.last)-lastBytes):]...)
	return n, err
}
