package keyfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snug/internal/keyfile"
)

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRead(t *testing.T) {
	for _, content := range []string{"", "s3cret\n", strings.Repeat("x", keyfile.MaxBytes)} {
		if got, err := keyfile.Read(write(t, content)); err != nil || string(got) != content {
			t.Errorf("of %d bytes: %d bytes, %v", len(content), len(got), err)
		}
	}
	if got, err := keyfile.Read(write(t, "\uFEFFs3cret\n")); err != nil || string(got) != "s3cret\n" {
		t.Errorf("with a byte order mark: %q, %v", got, err)
	}
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	refusals := map[string]string{
		write(t, strings.Repeat("x", keyfile.MaxBytes+1)): "more than 65536 bytes",
		t.TempDir():                             "is a directory",
		filepath.Join(t.TempDir(), "isntthere"): "no such file",
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		refusals["/dev/zero"] = "more than 65536 bytes"
	}
	for name, want := range refusals {
		if _, err := keyfile.Read(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
}

func TestFirstLine(t *testing.T) {
	for content, want := range map[string]string{
		" 0123456789abcdef \r\nand more": "0123456789abcdef",
		"0123456789abcdef":               "0123456789abcdef",
		"\n0123456789abcdef\n":           "",
		"short\n":                        "",
		"\uFEFF0123456789abcdef\n":       "0123456789abcdef",
		"\uFEFF0123456789abc\n":          "",
	} {
		got, err := keyfile.FirstLine(write(t, content), 16)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", content, got, err, want)
		}
	}
}
