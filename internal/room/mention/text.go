package mention

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// longestParsed is how many characters of Markdown are read as such: the time for some inputs
// grows with the square of their length. In a longer text, code, quotes and the texts of
// links can mention somebody. (The page, which reads for one person, has a higher bound.)
const longestParsed = 4096

// deepest is how deep lists and quotes nest: each level costs time for each line.
const deepest = 32

// markdown knows what can't be told from a text without it: code, quotes and links, the
// headings that a quote ends at, and the emphasis that begins or ends with _, which is a part of
// words otherwise. The page has no HTML, references and code by indentation either. The cells
// of a table mention whom they would without it, and what has an @ is no formula there.
var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(indented{parser.NewATXHeadingParser()}, 600),
		util.Prioritized(indented{parser.NewFencedCodeBlockParser()}, 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(indented{parser.NewParagraphParser()}, 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(fewLinks{parser.NewLinkParser()}, 200),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	),
)

// indented is a block that may begin after more than three spaces.
type indented struct{ parser.BlockParser }

// CanAcceptIndentedLine implements [parser.BlockParser].
func (indented) CanAcceptIndentedLine() bool { return true }

// shallow is a block that doesn't begin below deepest others.
type shallow struct{ parser.BlockParser }

// Open implements [parser.BlockParser].
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if depth > deepest {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// maxLinks is how many opening brackets of a text may begin a link: the time for them grows
// with the square of their number.
const maxLinks = 100

// fewLinks is a parser of links that stops at maxLinks brackets.
type fewLinks struct{ parser.InlineParser }

// bracketsKey is where the context has the number of brackets.
var bracketsKey = parser.NewContextKey()

// Parse implements [parser.InlineParser].
func (l fewLinks) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); line[0] != ']' {
		n, _ := pc.Get(bracketsKey).(int)
		if n == maxLinks {
			return nil
		}
		pc.Set(bracketsKey, n+1)
	}
	return l.InlineParser.Parse(parent, block, pc)
}

// CloseBlock implements [parser.CloseBlocker].
func (l fewLinks) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	l.InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

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
	case utf8.RuneCountInString(content) > longestParsed:
		return strings.Split(string(w.source), "\n")
	}
	w.blocks(markdown.Parse(text.NewReader(w.source)))
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
