package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// scrub removes the position from an image or a movie, and returns the orientation of an
// image; 0 for none.
func scrub(f File, size int64, kind string) (orientation int, err error) {
	switch kind {
	case "image/png":
		orientation, err = scrubPNG(f, size)
	case "image/webp":
		orientation, err = scrubWebP(f, size)
	case "image/jpeg", "image/avif", "image/heic", "image/heif":
		orientation, err = scrubAll(f, size)
	case "video/mp4", "video/quicktime", "audio/mp4", "video/3gpp", "video/3gpp2":
		err = scrubMovie(f, size)
	}
	if kind == "image/avif" {
		orientation = 0 // the format has its own, which counts (see avifSize)
	}
	if err != nil {
		return 0, fmt.Errorf("remove the position: %w", err)
	}
	return orientation, nil
}

// xmpName is what stands before XMP in a JPEG.
var xmpName = []byte("http://ns.adobe.com/x")

// maxSegment is the size of a segment of a JPEG.
const maxSegment = 1 << 16

// scrubAll looks for Exif and XMP anywhere in a file. In a JPEG they are in segments at the
// beginning, and again in each further image after its end, such as a preview; in other
// formats anywhere. It returns the orientation of the first one. It looks at maxChunks of
// them at most: each may claim the 64 KiB after it, so they could overlap.
func scrubAll(f File, size int64) (orientation int, err error) {
	found, left := false, maxChunks
	window := make([]byte, 0, 4*maxSegment)
	for at := int64(0); at < size && left > 0; {
		n := min(int64(cap(window)), size-at)
		window = window[:n]
		if err := readFull(f, window, at); err != nil {
			return 0, err
		}
		last := at+n == size
		end := len(window)
		if !last {
			end -= maxSegment // what begins later is looked at with the next window
		}
		changed := false
		for i := 0; i < end && left > 0; left-- {
			next, name := indexAny(window[i:])
			if next < 0 || i+next >= end {
				break
			}
			i += next + len(name)
			rest := window[i:min(i+maxSegment, len(window))]
			if bytes.Equal(name, exifName) {
				o, c := cleanExif(rest)
				if !found && o != 0 {
					orientation, found = o, true
				}
				changed = changed || c
				continue
			}
			changed = blankXMP(window[i-len(name):], segmentLength(window, i-len(name))) || changed
		}
		if changed {
			if _, err := f.WriteAt(window, at); err != nil {
				return 0, err
			}
		}
		if last {
			break
		}
		at += int64(end)
	}
	return orientation, nil
}

// indexAny returns where the first name of Exif or XMP is in b; -1 for none.
func indexAny(b []byte) (at int, name []byte) {
	at = bytes.Index(b, exifName)
	if x := bytes.Index(b, xmpName); x >= 0 && (at < 0 || x < at) {
		return x, xmpName
	}
	return at, exifName
}

// segmentLength returns the length of the segment of a JPEG whose content begins at i, as it
// stands before it; 0 if there is none.
func segmentLength(b []byte, i int) int {
	const lengthBytes = 2
	if i < 2*lengthBytes || b[i-4] != 0xFF || b[i-3] != 0xE1 {
		return 0
	}
	return max(int(binary.BigEndian.Uint16(b[i-2:]))-lengthBytes, 0)
}

// blankXMP overwrites a packet of XMP that has a position with spaces, after its name, which
// ends with a zero.
func blankXMP(packet []byte, length int) (changed bool) {
	packet = packet[:min(length, len(packet))]
	start := bytes.IndexByte(packet, 0) + 1
	if start == 0 || !hasPosition(packet) {
		return false
	}
	for i := range packet[start:] {
		packet[start+i] = ' '
	}
	return true
}

// readFull fills b from a place of f.
func readFull(f io.ReaderAt, b []byte, at int64) error {
	n, err := f.ReadAt(b, at)
	if n == len(b) || err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// maxChunks bounds how many chunks of an image are looked at.
const maxChunks = 10_000

// scrubPNG removes the position from the chunks of a PNG (PNG specification, third edition,
// section 5).
func scrubPNG(f File, size int64) (orientation int, err error) {
	const signature, around = 8, 12 // bytes of a chunk around its content
	at := int64(signature)
	for range maxChunks {
		var header [8]byte
		if at+around > size {
			return orientation, nil
		}
		if err := readFull(f, header[:], at); err != nil {
			return 0, err
		}
		length := int64(binary.BigEndian.Uint32(header[:]))
		kind := string(header[4:])
		if length > size-at-around || kind == "IEND" {
			return orientation, nil
		}
		if (kind == "eXIf" || kind == "iTXt" || kind == "tEXt" || kind == "zTXt") && length <= maxExif {
			chunk := make([]byte, 4+length+4)
			if err := readFull(f, chunk, at+4); err != nil {
				return 0, err
			}
			o, changed := scrubChunk(chunk[:4], chunk[4:4+length])
			if o != 0 {
				orientation = o
			}
			if changed {
				binary.BigEndian.PutUint32(chunk[4+length:], crc32.ChecksumIEEE(chunk[:4+length]))
				if _, err := f.WriteAt(chunk, at+4); err != nil {
					return 0, err
				}
			}
		}
		at += around + length
	}
	return orientation, nil
}

// scrubChunk removes the position from a chunk of a PNG. Texts may be compressed; those that
// hold Exif or XMP become a chunk without meaning.
func scrubChunk(kind, content []byte) (orientation int, changed bool) {
	if string(kind) == "eXIf" {
		return cleanExif(content)
	}
	keyword, _, _ := bytes.Cut(content, []byte{0})
	if !bytes.Equal(keyword, []byte("XML:com.adobe.xmp")) && !bytes.HasPrefix(keyword, []byte("Raw profile type ")) || bytes.Equal(keyword, []byte("Raw profile type icc")) {
		return 0, false
	}
	copy(kind, "skIp")
	clear(content)
	return 0, true
}

// scrubWebP removes the position from the chunks of a WebP (RFC 9649, section 2.7).
func scrubWebP(f File, size int64) (orientation int, err error) {
	const riff, header = 12, 8
	at := int64(riff)
	for range maxChunks {
		var h [header]byte
		if at+header > size {
			return orientation, nil
		}
		if err := readFull(f, h[:], at); err != nil {
			return 0, err
		}
		length := int64(binary.LittleEndian.Uint32(h[4:]))
		kind := string(h[:4])
		if content := min(length, size-at-header); (kind == "EXIF" || kind == "XMP ") && content <= maxExif {
			chunk := make([]byte, content)
			if err := readFull(f, chunk, at+header); err != nil {
				return 0, err
			}
			var changed bool
			if kind == "EXIF" {
				orientation, changed = cleanExif(bytes.TrimPrefix(chunk, exifName))
			} else if changed = hasPosition(chunk); changed {
				copy(chunk, bytes.Repeat([]byte{' '}, len(chunk)))
			}
			if changed {
				if _, err := f.WriteAt(chunk, at+header); err != nil {
					return 0, err
				}
			}
		}
		at += header + length + length&1
	}
	return orientation, nil
}
