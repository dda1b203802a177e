// Package markdown parses the Markdown of messages, as far as it is more than text for what
// runs outside the page: whom a message mentions, and how a terminal shows it.
package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Longest is how many characters a text may have for it to be worth parsing: the time for
// some inputs grows with the square of their length. (The page, which reads for one
// person, has a higher bound.)
const Longest = 4096

// deepest is how deep lists and quotes nest: each level costs time for each line.
const deepest = 32

// markdown knows code, quotes, headings, lists, links and emphasis. As the page, it has no HTML,
// references and code by indentation; tables, tasks and formulas, which the page has, are text.
var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(indented{parser.NewATXHeadingParser()}, 600),
		util.Prioritized(indented{parser.NewFencedCodeBlockParser()}, 700),
		util.Prioritized(shallow{quote{parser.NewBlockquoteParser()}}, 800),
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

// quote is a quote with its signs at any indentation: there is no code by indentation that they could be.
type quote struct{ parser.BlockParser }

// CanAcceptIndentedLine implements [parser.BlockParser].
func (quote) CanAcceptIndentedLine() bool { return true }

// Open implements [parser.BlockParser].
func (q quote) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	skipIndent(reader)
	return q.BlockParser.Open(parent, reader, pc)
}

// Continue implements [parser.BlockParser].
func (q quote) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	skipIndent(reader)
	return q.BlockParser.Continue(node, reader, pc)
}

// skipIndent skips what is before the sign of a quote, if the line begins with one.
func skipIndent(reader text.Reader) {
	line, _ := reader.PeekLine()
	if _, indent := util.IndentWidth(line, reader.LineOffset()); indent >= 0 && indent < len(line) && line[indent] == '>' {
		reader.Advance(indent)
	}
}

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

// Parse returns the tree of a text, whose segments are of source. It doesn't keep source, and
// is safe for concurrent use.
func Parse(source []byte) ast.Node { return markdown.Parse(text.NewReader(source)) }
