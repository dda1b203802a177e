package archive

import (
	"context"
	_ "embed"
	"fmt"
	"html"
	"strings"
	"time"
	"unicode"

	"snug/protocol"
)

// style is the style sheet of archives.
//
//go:embed style.css
var style string

// page is an archive as one HTML document without a script.
type page struct {
	room  Room
	log   Log
	at    time.Time
	out   *output
	above *shown // the message directly above, if it is of the same day
}

func (p *page) begin() {
	name := escape(title(p.room))
	p.out.print(`<!doctype html>
<html lang="en" dir="ltr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>` + name + `</title>
<style>
` + style + `</style>
<header><h1><bdi>` + name + `</bdi></h1><p>` + escape(subtitle(p.room, p.at)) + `</p></header>
<main>
`)
}

func (p *page) events(ctx context.Context) error { return fold(ctx, p.log, p.room, p.out, p) }

func (p *page) end() { p.out.print("</main>\n" + lastOfHTML) }

func (p *page) fail(why string) {
	p.out.print(`<p class="failed" role="alert"><strong>This export is incomplete:</strong> ` + escape(why) + "</p>\n</main>\n")
}

func (p *page) day(at time.Time) {
	p.above = nil
	p.out.print(`<h2><time datetime="` + at.Format(time.DateOnly) + `">` + at.Format(dayLayout) + "</time></h2>\n")
}

func (p *page) gap(g protocol.Gap) {
	p.above = nil
	p.out.print(`<p class="note">` + escape(missing(g)) + "</p>\n")
}

func (p *page) moderation(at time.Time, words string) {
	p.above = nil
	p.out.print(`<p class="note">` + clock(at) + ` <bdi>` + escape(words) + "</bdi></p>\n")
}

// escape returns a text as HTML, in which it looks as in the page (web/src/markdown/visible.ts): control
// characters, which HTML can't have and a terminal would obey, are their pictures, and characters
// that turn the direction of writing around are dropped.
func escape(s string) string {
	s = lineBreaks.Replace(s)
	return html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r < ' ':
			return '\u2400' + r
		case r == 0x7f:
			return '\u2421'
		case 0x80 <= r && r < 0xa0:
			return unicode.ReplacementChar
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', r == '\ufeff':
			return -1
		}
		return r
	}, s))
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func clock(at time.Time) string {
	return `<time datetime="` + at.Format(protocol.TimeLayout) + `">` + at.Format(clockLayout) + `</time>`
}

// together is how long messages of a member are shown below one nick.
const together = 5 * time.Minute

func (p *page) message(m *shown) {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<article id="m%d">`, m.seq) // a Builder takes everything
	follows := p.above != nil && p.above.nick == m.nick && p.above.as == m.as && p.above.kind == m.kind && !p.above.action && !m.action &&
		m.answers == nil && m.at.Sub(p.above.at).Abs() < together
	p.above = m
	if q := m.answers; q != nil {
		words := escape(q.String())
		if q.nick != "" {
			words = fmt.Sprintf(`<a href="#m%d"><bdi>%s</bdi></a>`, q.seq, words)
		}
		b.WriteString(`<blockquote>` + words + `</blockquote>`)
	}
	if !follows {
		b.WriteString(`<p class="who"><b><bdi>` + escape(m.nick) + `</bdi></b>`)
		if m.as != "" {
			b.WriteString(` <bdi>` + escape(m.as) + `</bdi>`)
		}
		if m.kind != "" {
			b.WriteString(` <i>` + escape(m.kind) + `</i>`)
		}
		b.WriteString(` ` + clock(m.at) + `</p>`)
	}
	switch {
	case m.erased:
		b.WriteString(`<p class="erased">erased</p>`)
	case m.action:
		b.WriteString(`<p class="said" dir="auto"><em><bdi>` + escape(m.nick) + `</bdi> ` + escape(m.content) + `</em>` + edited(m) + `</p>`)
	default:
		b.WriteString(`<p class="said" dir="auto">` + escape(m.content) + edited(m) + `</p>`)
	}
	if len(m.tallies) > 0 {
		b.WriteString(`<ul>`)
		for _, t := range m.tallies {
			nicks := escape(strings.Join(t.nicks, ", "))
			_, _ = fmt.Fprintf(&b, `<li title="%s">%s %d<span> %s</span></li>`, nicks, escape(t.emoji), len(t.nicks), nicks) // as above
		}
		b.WriteString(`</ul>`)
	}
	b.WriteString("</article>\n")
	p.out.print(b.String())
}

func edited(m *shown) string {
	if !m.edited {
		return ""
	}
	return ` <small>(edited)</small>`
}
