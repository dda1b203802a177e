package mention

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"snug/internal/markdown"
)

// texts returns the pieces of a text that can mention somebody, without marks and line ends.
func texts(content string) []string {
	if s, is := strings.CutPrefix(content, "/me "); is {
		content = s
	}
	content = visible(content)
	w := walker{source: hideAddresses(content)}
	switch {
	case bytes.IndexByte(w.source, '@') < 0:
		return nil
	case utf8.RuneCountInString(content) > markdown.Longest: // code, quotes and the texts of links can mention somebody in it
		return strings.Split(string(w.source), "\n")
	}
	w.blocks(markdown.Parse(w.source))
	return w.pieces
}

// visible drops what the page drops: characters that turn the direction of writing around,
// and other forms of line ends.
func visible(content string) string {
	content = strings.ReplaceAll(content, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1
		}
		return r
	}, content)
}

// walker collects the text of a tree.
type walker struct {
	source []byte
	pieces []string
	piece  []byte // that goes on
}

func (w *walker) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n.Kind() {
		case ast.KindBlockquote, ast.KindFencedCodeBlock: // a quote is somebody else's words, who has called the member already
		case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
			w.inlines(n)
			w.end()
		default:
			w.blocks(n)
		}
	}
}

func (w *walker) inlines(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			w.piece = append(w.piece, util.UnescapePunctuations(n.Segment.Value(w.source))...)
			if n.SoftLineBreak() || n.HardLineBreak() {
				w.end()
			}
		case *ast.Emphasis:
			w.end()
			w.inlines(n)
			w.end()
		case *ast.Link:
			w.link(n, n.Destination)
		case *ast.Image: // a ! and a link, in the page
			w.link(n, n.Destination)
		default:
			w.end()
		}
	}
}

// link reads a link. One that may not be followed is text, all of it.
func (w *walker) link(n ast.Node, destination []byte) {
	if beginsAddress(destination) {
		w.end()
		return
	}
	w.piece = append(w.piece, '[')
	w.inlines(n)
	w.piece = append(w.piece, "]("...)
	w.piece = append(append(w.piece, destination...), ')')
}

// end ends a piece: what follows isn't a part of its last word.
func (w *walker) end() {
	if len(w.piece) > 0 {
		w.pieces = append(w.pieces, string(w.piece))
		w.piece = w.piece[:0]
	}
}
