package search

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"snug/protocol"
)

// Marks stand in the index for what isn't text: each is a part of gramChars characters from
// Unicode's private use area, which fold leaves out of texts.
const (
	firstMark = 0xE000
	lastMark  = 0xF8FF

	linkMark = "\uF8FE\uF8FE\uF8FE"
	fileMark = "\uF8FF\uF8FF\uF8FF"
)

// nickMark returns the mark of messages from a nick, which is folded. Two nicks may have the
// same one.
func nickMark(nick string) string {
	const values = 0xF000 - firstMark // far from the other marks
	sum := sha256.Sum256([]byte(nick))
	n := binary.BigEndian.Uint64(sum[:])
	var mark [gramChars]rune
	for i := range mark {
		mark[i] = rune(firstMark + n%values)
		n /= values
	}
	return string(mark[:])
}

// document is a message as it is searched.
type document struct {
	text  string   // folded: the content, and the names and alternative texts of the files
	from  []string // folded: the nick, and who a hook's message says it is from
	at    time.Time
	links bool
	files bool
}

// read returns a message as it is searched.
func read(e *protocol.Event) (document, error) {
	m, err := e.Message()
	if err != nil {
		return document{}, err
	}
	d := document{text: fold(m.Content), from: []string{fold(e.From.Nick)}, at: e.At, files: len(m.Files) > 0}
	d.links = hasLink(d.text)
	if m.As != "" {
		d.from = append(d.from, fold(m.As))
	}
	if m.SentAt != nil {
		d.at = *m.SentAt
	}
	for _, f := range m.Files {
		d.text += "\n" + fold(f.Name) + "\n" + fold(f.Alt)
	}
	return d, nil
}

// hasLink reports whether a folded text has a link that the page shows as one.
func hasLink(text string) bool {
	return strings.Contains(text, "https://") || strings.Contains(text, "http://") || strings.Contains(text, "mailto:")
}

// marks returns the marks of the message.
func (d *document) marks() string {
	var b strings.Builder
	for _, nick := range d.from {
		b.WriteString(nickMark(nick))
	}
	if d.links {
		b.WriteString(linkMark)
	}
	if d.files {
		b.WriteString(fileMark)
	}
	return b.String()
}

// matches reports whether the message is what q wants.
func (q *Query) matches(d *document) bool {
	return q.matchesText(d.text) &&
		(len(q.From) == 0 || slices.ContainsFunc(d.from, func(nick string) bool { return slices.Contains(q.From, nick) })) &&
		(q.Before.IsZero() || d.at.Before(q.Before)) && (q.After.IsZero() || !d.at.Before(q.After)) &&
		(!q.Link || d.links) && (!q.File || d.files)
}

func (q *Query) matchesText(text string) bool {
	for _, t := range q.Terms {
		if !strings.Contains(text, t) {
			return false
		}
	}
	return true
}
