// Package charset reads text as other programs write it: UTF-8, perhaps with a byte order mark, or UTF-16
// and UTF-32 with one. Its functions are safe for concurrent use.
package charset

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// UTF8Mark is the byte order mark of UTF-8, which a text may begin with, and which isn't part of it.
const UTF8Mark = "\uFEFF"

// Decoder returns what converts a text that begins with begin to UTF-8, if its byte order mark is that of
// UTF-16 or UTF-32; otherwise it returns nil. begin has four bytes, or is the whole text. The
// converted text has a replacement character for what can't be converted.
func Decoder(begin []byte) transform.Transformer {
	switch {
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(begin, []byte{0, 0, 0xFE, 0xFF}):
		return utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM).NewDecoder()
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE}), bytes.HasPrefix(begin, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
	}
	return nil
}

// Decode returns a text in UTF-8, without a byte order mark. It reports false for what is no text in one
// of the encodings.
func Decode(b []byte) (text []byte, ok bool) {
	decoder := Decoder(b)
	if decoder == nil {
		return bytes.TrimPrefix(b, []byte(UTF8Mark)), utf8.Valid(b)
	}
	text, _, err := transform.Bytes(decoder, b)
	return text, err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}
