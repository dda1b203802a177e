package terminal

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"

	"snug/internal/autolink"
	"snug/internal/markdown"
)

// piece is a part of a text that has one look.
type piece struct {
	text string
	look look
}

// look is how text is shown. Looks are combined.
type look uint8

const (
	bold look = 1 << iota
	italic
	reverse // code
	dim     // quotes, and the fences of code
	nick    // the style of the member
)

// style returns the style of text in a look.
func (p *canvas) style(l look, member lipgloss.Style) lipgloss.Style {
	s := p.plain
	if l&nick != 0 {
		s = member
	}
	if l&bold != 0 {
		s = s.Bold(true)
	}
	return s.Italic(l&italic != 0).Reverse(l&reverse != 0).Faint(l&dim != 0)
}

// formatted returns a text without its marks of emphasis and code, which its looks
// replace. All else is as it was written. A text that is too long to be parsed is plain.
func formatted(written string) []piece {
	if utf8.RuneCountInString(written) > markdown.Longest {
		return []piece{{written, 0}}
	}
	f := formatter{source: withoutMarks(written), looks: make([]look, len(written)), cut: make([]bool, len(written))}
	f.block(markdown.Parse(f.source), 0)
	var pieces []piece
	for i := 0; i < len(f.source); {
		end := i + 1
		for end < len(f.source) && f.looks[end] == f.looks[i] && f.cut[end] == f.cut[i] {
			end++
		}
		if !f.cut[i] {
			pieces = append(pieces, piece{written[i:end], f.looks[i]})
		}
		i = end
	}
	return pieces
}

// withoutMarks returns a text in which addresses have no marks: these are part of the
// addresses, which have to be right when they are followed. Marks at the end of one may
// close an emphasis, and stay.
func withoutMarks(written string) []byte {
	const marks = "*_"
	safe := []byte(written)
	for begin, end := range autolink.All(written) {
		for i := range strings.TrimRight(written[begin:end], marks) {
			if strings.IndexByte(marks, safe[begin+i]) >= 0 {
				safe[begin+i] = '.'
			}
		}
	}
	return safe
}

// formatter finds the looks of a text.
type formatter struct {
	source []byte // the text; addresses in it have other characters, but as many
	looks  []look // of each byte
	cut    []bool // whether a byte is a mark that isn't shown
}

// span is a part of the source.
type span struct{ from, to int }

func (f *formatter) add(s span, l look) {
	for i := s.from; i < s.to; i++ {
		f.looks[i] |= l
	}
}

func (f *formatter) hide(s span) {
	for i := s.from; i < s.to; i++ {
		f.cut[i] = true
	}
}

// lines returns the whole lines that the lines of a block are in.
func (f *formatter) lines(n ast.Node) []span {
	var all []span
	for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
		from := bytes.LastIndexByte(f.source[:line.Start], '\n') + 1
		all = append(all, span{from, line.Stop})
	}
	return all
}

// block finds the looks of a block, which has the look of those around it.
func (f *formatter) block(n ast.Node, around look) {
	switch n.Kind() {
	case ast.KindBlockquote:
		around |= dim
	case ast.KindHeading:
		around |= bold
	}
	for _, line := range f.lines(n) {
		f.add(line, around)
	}
	switch n.Kind() {
	case ast.KindFencedCodeBlock:
		f.fences(n)
	case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			f.inline(child)
		}
	default:
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			f.block(child, around)
		}
	}
}

// fences dims the lines above and below a block of code.
func (f *formatter) fences(n ast.Node) {
	lines := f.lines(n)
	if len(lines) == 0 {
		return
	}
	if first := lines[0].from; first > 0 {
		f.add(span{bytes.LastIndexByte(f.source[:first-1], '\n') + 1, first - 1}, dim)
	}
	last := lines[len(lines)-1].to
	below, _, _ := bytes.Cut(f.source[last:], []byte("\n"))
	f.add(span{last, last + len(below)}, dim)
}

// inline finds the looks of inline text, and returns where it is, with its marks. Of
// links, and what has one in it, that isn't known: they stay as they are written.
func (f *formatter) inline(n ast.Node) (at span, known bool) {
	switch n := n.(type) {
	case *ast.Text:
		return span{n.Segment.Start, n.Segment.Stop}, true
	case *ast.CodeSpan:
		at, known = f.children(n)
		if !known {
			return at, false
		}
		marks := at
		for marks.from > 0 && f.source[marks.from-1] == ' ' { // one of each is a part of the marks
			marks.from--
		}
		for marks.to < len(f.source) && f.source[marks.to] == ' ' {
			marks.to++
		}
		for marks.from > 0 && f.source[marks.from-1] == '`' {
			marks.from--
		}
		for marks.to < len(f.source) && f.source[marks.to] == '`' {
			marks.to++
		}
		f.mark(marks, at, reverse)
		return marks, true
	case *ast.Emphasis:
		at, known = f.children(n)
		marks := span{at.from - n.Level, at.to + n.Level}
		if !known || marks.from < 0 || marks.to > len(f.source) || !emphasizes(f.source[marks.from:at.from]) || !emphasizes(f.source[at.to:marks.to]) {
			return at, false
		}
		f.mark(marks, at, []look{italic, bold}[n.Level-1])
		return marks, true
	default:
		f.children(n)
		return span{}, false
	}
}

// mark hides the marks around a text, and gives it their look.
func (f *formatter) mark(marks, text span, l look) {
	f.hide(span{marks.from, text.from})
	f.hide(span{text.to, marks.to})
	f.add(text, l)
}

// children finds the looks of what is in n, and returns from where to where it is.
func (f *formatter) children(n ast.Node) (at span, known bool) {
	known = n.HasChildren()
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		one, is := f.inline(child)
		known = known && is
		if child.PreviousSibling() == nil {
			at.from = one.from
		}
		at.to = one.to
	}
	return at, known
}

// emphasizes reports whether s is marks of emphasis.
func emphasizes(s []byte) bool { return len(bytes.Trim(s, "*_")) == 0 }

// paint gives rows, into which the text of pieces was broken, their looks. Spaces and line
// ends may have been left out in them.
func (p *canvas) paint(rows []string, pieces []piece, member lipgloss.Style) {
	at, rest := 0, ""
	if len(pieces) > 0 {
		rest = pieces[0].text
	}
	// next returns the look of r, which is the next character but for some spaces.
	next := func(r rune) (l look) {
		for at < len(pieces) {
			if rest == "" {
				if at++; at < len(pieces) {
					rest = pieces[at].text
				}
				continue
			}
			c, n := utf8.DecodeRuneInString(rest)
			if c != r && c != ' ' && c != '\n' {
				return 0
			}
			rest = rest[n:]
			if c == r {
				return pieces[at].look
			}
		}
		return 0
	}
	for i, row := range rows {
		var painted, same strings.Builder
		last := look(0)
		flush := func() {
			if same.Len() > 0 {
				painted.WriteString(p.style(last, member).Render(same.String()))
			}
			same.Reset()
		}
		for row != "" {
			cluster, _ := ansi.FirstGraphemeCluster(row, p.cells)
			row = row[len(cluster):]
			var l look // of a cluster, that of what it begins with: a terminal draws it as one
			for k, r := range cluster {
				if one := next(r); k == 0 {
					l = one
				}
			}
			if l != last {
				flush()
				last = l
			}
			same.WriteString(cluster)
		}
		flush()
		rows[i] = painted.String()
	}
}
