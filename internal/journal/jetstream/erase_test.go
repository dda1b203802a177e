package jetstream_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"snug/protocol"
)

// Erased text is in no file, neither of the projection nor of the stream.
func TestErasedTextLeavesTheStream(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	j := open(t, n, newStream(), filepath.Join(dir, "log.snug"))
	defer closeAll(t, j)
	must(t, j, message("lobby", "ann", "a", "a secret that goes"))
	must(t, j, message("lobby", "ann", "b", "what is said stays"))
	if !has(t, dir, "a secret that goes") {
		t.Fatal("the files don't have the text before it is erased")
	}
	must(t, j, about(protocol.EventDeleted, "lobby", "ann", "d", 1))
	must(t, j, message("lobby", "ann", "a", "a secret that goes")) // a repeat brings the text again
	wait(t, "the text is gone", func() bool { return !has(t, dir, "a secret that goes") })
	if !has(t, dir, "what is said stays") {
		t.Error("what wasn't erased is gone too")
	}
}

// has reports whether any file below dir has a text, as it is or at any offset of base64.
func has(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	forms := [][]byte{[]byte(text)}
	for skip := range 3 {
		forms = append(forms, inBase64(text, skip))
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
			return nil // it was removed meanwhile
		}
		data, err := os.ReadFile(path)
		for _, form := range forms {
			found = found || bytes.Contains(data, form)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inBase64 returns text in base64 after skip bytes, without the letters that the bytes
// around it change.
func inBase64(text string, skip int) []byte {
	all := base64.StdEncoding.EncodeToString(append(make([]byte, skip), text...))
	return []byte(all[4 : len(all)-4])
}
