// Package media looks at the bytes of files that people upload: what they are, whether a
// browser may show them, how large an image is, and where it says its photographer was. It
// also cleans the names of files and writes the header that names them.
//
// It believes nothing but the bytes, decodes no pixels, and needs the same little memory for
// any file. It has no goroutines, and its functions are safe for concurrent use.
package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // its header
	_ "image/jpeg" // its header
	_ "image/png"  // its header
	"io"
	"mime"

	"github.com/gabriel-vasile/mimetype"
	_ "golang.org/x/image/webp" // its header
)

// File is the bytes that are looked at, and may be changed in their place.
type File interface {
	io.ReaderAt
	io.WriterAt
}

// Info is what Inspect finds out.
type Info struct {
	// Type is the media type, without parameters: OctetStream if it is unknown, or if the
	// file is something else as well, such as an image with a script in it.
	Type string
	// Width and Height are those of an image as it is shown, in pixels; 0 if unknown.
	Width, Height int
}

// OctetStream is the type of bytes that nobody should interpret.
const OctetStream = "application/octet-stream"

const (
	// headBytes is how much of a file decides about its type.
	headBytes = 4096
	// maxPixels is how many an image may have that browsers are given to show: above all
	// cameras, and below what takes gigabytes to decode.
	maxPixels = 1 << 28
	maxSide   = 1 << 16 // pixels
)

// Inspect finds out what the size bytes of f are. From images and movies it removes the position
// at which they were taken, in place; nothing else of f changes. The error is one of f.
func Inspect(f File, size int64) (Info, error) {
	head := make([]byte, min(size, headBytes))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return Info{}, fmt.Errorf("read the beginning of a file: %w", err)
	}
	info := Info{Type: typeOf(head)}
	orientation, err := scrub(f, size, info.Type)
	if err != nil {
		return Info{}, err
	}
	if !isImage(info.Type) {
		return info, nil
	}
	width, height, ok := dimensions(f, size, info.Type)
	switch {
	case !ok:
		return Info{Type: OctetStream}, nil
	case orientation >= 5 && orientation <= 8: // lies on its side
		width, height = height, width
	}
	info.Width, info.Height = width, height
	return info, nil
}

// typeOf returns the type of a file that begins with head.
func typeOf(head []byte) string {
	kind, _, err := mime.ParseMediaType(mimetype.Detect(head).String())
	if err != nil {
		return OctetStream
	}
	if c, ok := aliases[kind]; ok {
		kind = c
	}
	if _, shown := shownTypes[kind]; shown && isPolyglot(head) {
		return OctetStream
	}
	return kind
}

// aliases are the usual names of types that the library calls by others.
var aliases = map[string]string{
	"image/apng":  "image/png",
	"image/avis":  "image/avif",
	"audio/x-m4a": "audio/mp4",
	"video/x-m4v": "video/mp4",
}

// shownTypes are the types that a browser may show or play: their decoders run no scripts.
// The value says whether it is an image.
var shownTypes = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true,
	"audio/mpeg": false, "audio/mp4": false, "audio/ogg": false, "audio/wav": false, "audio/flac": false, "audio/aac": false,
	"video/mp4": false, "video/webm": false, "video/ogg": false, "video/quicktime": false,
}

// Shown reports whether a file of this type, as Inspect has found it, may be shown by a
// browser. All others are for saving only.
func Shown(kind string) bool {
	_, ok := shownTypes[kind]
	return ok
}

func isImage(kind string) bool { return shownTypes[kind] }

// markers are what begins a document or a script, and has no place in an image or a sound.
var markers = [][]byte{
	[]byte("<!doctype"), []byte("<html"), []byte("<head"), []byte("<body"), []byte("<script"), []byte("<svg"), []byte("<iframe"), []byte("<?php"),
	[]byte("javascript:"), []byte("%pdf-"),
}

// isPolyglot reports whether a file that looks like an image, a sound or a video may be
// meant for something else as well. It isn't the only defence: browsers are told not to guess.
func isPolyglot(head []byte) bool {
	lower := bytes.ToLower(head)
	for _, m := range markers {
		if bytes.Contains(lower, m) {
			return true
		}
	}
	// GIF89a=… and GIF89a/*… are statements of JavaScript.
	const sizeAt = len("GIF89a")
	return bytes.HasPrefix(head, []byte("GIF8")) && len(head) > sizeAt+1 &&
		(head[sizeAt] == '=' || head[sizeAt] == '/' && (head[sizeAt+1] == '*' || head[sizeAt+1] == '/'))
}

// dimensions returns the width and height of an image as its header has them. ok is false if
// it has none that make sense, so that a browser shouldn't try.
func dimensions(f io.ReaderAt, size int64, kind string) (width, height int, ok bool) {
	switch kind {
	case "image/avif":
		width, height = avifSize(f, size)
	case "image/jpeg":
		width, height = jpegSize(f, size)
	default:
		c, _, err := image.DecodeConfig(io.NewSectionReader(f, 0, min(size, maxHeader)))
		if err != nil {
			return 0, 0, false
		}
		width, height = c.Width, c.Height
	}
	ok = width > 0 && height > 0 && width <= maxSide && height <= maxSide && width*height <= maxPixels
	return width, height, ok
}

// maxHeader is how much of an image is read for its size.
const maxHeader = 4 << 20
