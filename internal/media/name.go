package media

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// MaxNameBytes bounds a file's name, in UTF-8.
	MaxNameBytes = 200
	// maxExtension is how much of its end is kept of a name that is too long.
	maxExtension = 16
	// Unnamed is the name of a file that has none.
	Unnamed = "file"
)

// Name returns a name for a file that is safe to show, and to save under on all systems, made
// of the one that a client gives: one line, without directories, and without characters that
// turn text around or mean something to a shell or a file system.
func Name(given string) string {
	given = strings.ToValidUTF8(given, "�")
	if len(given) > 8*MaxNameBytes { // directories may stand before the name
		given = strings.ToValidUTF8(given[len(given)-8*MaxNameBytes:], "")
	}
	given = given[strings.LastIndexAny(given, `/\`)+1:]
	name := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner,
			unicode.In(r, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, norm.NFC.String(given))
	name = shortened(trimmed(norm.NFC.String(name))) // what was apart may be together now
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch {
	case strings.Trim(name, "._ \u200c\u200d") == "":
		return Unnamed
	case reserved[strings.TrimSpace(stem)]:
		return "_" + name
	}
	return name
}

const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d' // part of words and of emoji

// trimmed returns a name without what systems drop at its ends, and without the dot that
// hides a file.
func trimmed(name string) string { return strings.TrimLeft(strings.Trim(name, " ."), ". ") }

// shortened returns a name of at most MaxNameBytes, with its extension.
func shortened(name string) string {
	if len(name) <= MaxNameBytes {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > maxExtension {
		extension = ""
	}
	stem := name[:MaxNameBytes-len(extension)]
	for len(stem) > 0 && !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return trimmed(stem) + extension
}

// reserved are the names of devices on Windows, with any extension.
var reserved = map[string]bool{
	"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true,
	"COM0": true, "COM1": true, "COM2": true, "COM3": true, "COM4": true, "COM5": true, "COM6": true, "COM7": true, "COM8": true, "COM9": true,
	"LPT0": true, "LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true, "LPT5": true, "LPT6": true, "LPT7": true, "LPT8": true, "LPT9": true,
}
