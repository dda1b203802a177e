// Package cli is what the commands of Snug share: they say what would be right when
// they are called wrongly.
package cli

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// Parse parses a command line. The error for an unknown flag or argument suggests what was
// probably meant: a flag of a similar name, or what hints has for the name of the flag or of the first argument.
//
// An argument that isn't UTF-8 is refused: kong would silently replace what is wrong in it. So is a flag
// that is set to nothing, by an argument, a variable or a file (see checkEmpty).
func Parse(parser *kong.Kong, args []string, hints map[string]string) (*kong.Context, error) {
	for i, arg := range args {
		if !utf8.ValidString(arg) {
			return nil, fmt.Errorf("argument %d, %q, isn't text in UTF-8", i+1, arg)
		}
	}
	known := flags(parser.Model.Node)
	args = joinNegative(known, args)
	ctx, err := parser.Parse(args)
	if err == nil {
		err = checkEmpty(ctx)
	} else {
		err = explain(err, parser.Model.Node, args, hints)
	}
	if err != nil {
		return nil, err
	}
	return ctx, nil
}

// explain returns an error that says what was probably meant by arguments, for which kong has returned err.
func explain(err error, app *kong.Node, args []string, hints map[string]string) error {
	known, words := flags(app), ""
	if parsed := (*kong.ParseError)(nil); errors.As(err, &parsed) && parsed.Context.Selected() != nil {
		command := parsed.Context.Selected()
		known = slices.Concat(parsed.Context.Flags(), flags(command)) // and not those of other commands
		if n := len(command.Positional); n > 0 && command.Positional[n-1].IsCumulative() {
			words = "; write -- before words that begin with a dash"
		}
	}
	var names []string
	for _, flag := range known {
		names = append(names, flag.Name)
	}
	if wanted := strings.Replace(err.Error(), `must be one of "",`, "must be one of ", 1); wanted != err.Error() {
		return errors.New(wanted) // it is empty only if it is absent
	}
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, isFlag := strings.CutPrefix(arg, "--")
		name, _, hasValue := strings.Cut(name, "=")
		if long, one := strings.CutPrefix(name, "-"); one && !isFlag && len(long) > 1 && slices.Contains(names, long) {
			return fmt.Errorf("unknown flag -%s: did you mean --%s? Long names have two dashes", long, long)
		}
		flag := withValue(known, arg)
		unexpected := strings.HasPrefix(err.Error(), "unexpected argument "+arg)
		switch {
		case flag != nil && (i+1 == len(args) || len(args[i+1]) > 1 && args[i+1][0] == '-'):
			return fmt.Errorf("%s has no value: write %s %s", arg, arg, flag.FormatPlaceHolder())
		case unexpected && i > 0 && isSwitch(known, args[i-1]):
			return fmt.Errorf("unexpected argument %s: %s alone turns it on, and %s=no turns it off", arg, args[i-1], args[i-1])
		case isFlag && slices.Contains(names, name):
		case unexpected && hasValue && slices.Contains(names, name):
			return fmt.Errorf("unexpected argument %s: did you mean --%s?", arg, arg)
		case isFlag && hints[name] != "":
			return fmt.Errorf("unknown flag --%s: did you mean %s?", name, hints[name])
		case i == 0 && unexpected && hints[name] != "":
			return fmt.Errorf("unexpected argument %s: did you mean %s?", name, hints[name])
		case isFlag:
			if near := Nearest(name, names); near != "" {
				return fmt.Errorf("unknown flag --%s: did you mean --%s? --help lists all flags%s", name, near, words)
			}
			return fmt.Errorf("unknown flag --%s: --help lists all flags%s", name, words)
		case strings.HasPrefix(err.Error(), "unknown flag "+arg+","): // to which kong suggests any other letter
			return fmt.Errorf("unknown flag %s: --help lists all flags%s", arg, words)
		}
	}
	return err
}

// checkEmpty returns an error for a flag that is set to nothing, mostly by an unset variable of a script. To take it
// as absent could leave a server without TLS, or make a token for all rooms. A flag whose field is a
// pointer may be empty: there, it differs from an absent one.
func checkEmpty(ctx *kong.Context) error {
	for _, flag := range ctx.Flags() {
		if !flag.Set || flag.HasDefault && flag.Default == "" || !isEmpty(flag.Target) {
			continue
		}
		name := "--" + flag.Name
		if len(flag.Envs) > 0 {
			name += " (or $" + flag.Envs[0] + ")"
		}
		return fmt.Errorf("%s is empty: leave it out, or set it", name)
	}
	return nil
}

// isEmpty reports whether a text has no character, or a list nothing but spaces.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.String:
		return value.Len() == 0
	case reflect.Slice:
		for _, element := range value.Seq2() {
			if element.Kind() != reflect.String || strings.TrimSpace(element.String()) != "" {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// joinNegative joins flags and their values that are negative numbers, as --max-rooms=-1 or -n-1. kong would
// take the value for a flag.
func joinNegative(known []*kong.Flag, args []string) (joined []string) {
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		if i > 0 && len(arg) > 1 && arg[0] == '-' && '0' <= arg[1] && arg[1] <= '9' {
			if flag := args[i-1]; withValue(known, flag) != nil {
				if strings.HasPrefix(flag, "--") {
					flag += "="
				}
				joined[len(joined)-1] = flag + arg
				continue
			}
		}
		joined = append(joined, arg)
	}
	return joined
}

// withValue returns the flag whose value is the argument after arg; nil if there is none.
func withValue(known []*kong.Flag, arg string) (found *kong.Flag) {
	for _, flag := range known {
		if arg != "--"+flag.Name && (flag.Short == 0 || arg != "-"+string(flag.Short)) {
			continue
		}
		if flag.IsBool() || flag.IsCounter() {
			return nil // in one of the commands
		}
		found = flag
	}
	return found
}

// isSwitch reports whether arg is a flag that takes no value after it.
func isSwitch(known []*kong.Flag, arg string) bool {
	return slices.ContainsFunc(known, func(flag *kong.Flag) bool { return arg == "--"+flag.Name && flag.IsBool() })
}

// flags returns all flags of a command and its subcommands.
func flags(n *kong.Node) (all []*kong.Flag) {
	all = slices.Clone(n.Flags)
	for _, child := range n.Children {
		all = append(all, flags(child)...)
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
