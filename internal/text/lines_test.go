package text_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"snug/internal/text"
)

func TestLinesAreReadOneByOne(t *testing.T) {
	long := strings.Repeat("x", 100_000) // more than is read at once
	for in, want := range map[string][]string{
		"":                       nil,
		"\n":                     {""},
		"one":                    {"one"},
		"one\r\n\ntwo\n":         {"one", "", "two"},
		"\uFEFFone\n\uFEFFtwo\n": {"one", "\uFEFFtwo"},
		long + "\n" + long:       {long, long},
	} {
		var got []string
		lines := text.NewLines(strings.NewReader(in), 100_001)
		for {
			line, err := lines.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line))
			if lines.Number != len(got) {
				t.Errorf("%.20q: line %d has number %d", in, len(got), lines.Number)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.20q has %.40q, want %.40q", in, got, want)
		}
	}
}

func TestALineThatIsTooLongIsNamed(t *testing.T) {
	lines := text.NewLines(io.MultiReader(strings.NewReader("short\n"), endless{}), 100_000)
	if _, err := lines.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Next(); !errors.Is(err, text.ErrLongLine) || lines.Number != 2 {
		t.Errorf("line %d: %v", lines.Number, err)
	}
}

// endless never ends, and has no line end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "x"), nil }
