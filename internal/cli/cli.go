// Package cli is what the commands of Snug share: they say what would be right when
// they are called wrongly.
package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Parse parses a command line. The error for an unknown flag or a first argument that no command
// has suggests what was probably meant: a flag of a similar name, or what hints has for the
// flag's or argument's name.
//
// An argument that isn't UTF-8 is refused: kong would silently replace what is wrong in it.
func Parse(parser *kong.Kong, args []string, hints map[string]string) (*kong.Context, error) {
	for i, arg := range args {
		if !utf8.ValidString(arg) {
			return nil, fmt.Errorf("argument %d, %q, isn't text in UTF-8", i+1, arg)
		}
	}
	ctx, err := parser.Parse(args)
	if err == nil {
		return ctx, nil
	}
	known := names(parser.Model.Node)
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, isFlag := strings.CutPrefix(arg, "--")
		name, _, _ = strings.Cut(name, "=")
		if long, one := strings.CutPrefix(name, "-"); one && !isFlag && len(long) > 1 && slices.Contains(known, long) {
			return nil, fmt.Errorf("unknown flag -%s: did you mean --%s? Long names have two dashes", long, long)
		}
		switch {
		case isFlag && slices.Contains(known, name), !isFlag && i > 0:
		case hints[name] != "":
			return nil, fmt.Errorf("%w: did you mean %s?", err, hints[name])
		case isFlag:
			if near := Nearest(name, known); near != "" {
				return nil, fmt.Errorf("unknown flag --%s: did you mean --%s? --help lists all flags", name, near)
			}
		}
	}
	return nil, err
}

// names returns the names of all flags of a command and its subcommands.
func names(n *kong.Node) (all []string) {
	for _, f := range n.Flags {
		all = append(all, f.Name)
	}
	for _, child := range n.Children {
		all = append(all, names(child)...)
	}
	return all
}

// Nearest returns the candidate that is most similar to a misspelled word; "" if none is
// similar.
func Nearest(word string, candidates []string) (nearest string) {
	least := min(len(word)/3+2, len(word))
	for _, c := range candidates {
		d := distance(word, c)
		if strings.HasPrefix(c, word) && len(word) >= 3 {
			d = 1 // an abbreviation
		}
		if d < least {
			nearest, least = c, d
		}
	}
	return nearest
}

// distance is the number of bytes to insert, delete or replace to turn a into b
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // of the prefix of a that was considered last
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
