package text

import (
	"slices"
	"testing"

	"snug/protocol"
)

func TestSizesAreShort(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 48213: "48 kB", 999_499: "999 kB", 999_999: "1.0 MB", 26_214_400: "26 MB", 5 << 50: "5629 TB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("%d is %q, want %q", bytes, got, want)
		}
	}
}

func TestFilesAreLines(t *testing.T) {
	got := Files([]protocol.File{{Name: "a\x1b[31m\nb.png", Size: 12}, {Name: "c", Size: 5000, Alt: "a\x1b kite"}}, func(f protocol.File) string { return "at " + f.Name[:1] })
	if want := []string{"[a\\x1b[31m b.png, 12 B] at a", "[c, 5.0 kB: a\\x1b kite] at c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
