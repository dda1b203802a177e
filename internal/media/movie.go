package media

import (
	"bytes"
	"encoding/binary"
)

// scrubMovie removes the position from the headers of an MP4 or a QuickTime movie, in place:
// from its user data (3GPP TS 26.244, section 8.10, and the QuickTime File Format, "User Data
// Atoms"), from its metadata by keys, and from XMP. What a camera records with each picture
// stays.
func scrubMovie(f File, size int64) error {
	m := &movie{f: f, left: maxBoxes}
	m.scrub(span{0, size})
	return m.err
}

// movie is a movie that is being scrubbed.
type movie struct {
	f    File
	left int   // how many boxes are still looked at
	err  error // the first one of f
}

// each calls do with the boxes within a part of the movie, as long as there are some left to
// look at.
func (m *movie) each(within span, do func(box)) {
	if m.left <= 0 || m.err != nil {
		return
	}
	each(m.f, within, func(b box) bool {
		m.left--
		do(b)
		return m.left > 0 && m.err == nil
	})
}

// find returns the content of the first box of a kind within a part of the movie; an empty span
// if there is none.
func (m *movie) find(within span, kind string) (found span) {
	m.each(within, func(b box) {
		if b.kind == kind && found.empty() {
			found = b.content
		}
	})
	return found
}

// scrub removes positions from the boxes within a part of the movie.
func (m *movie) scrub(within span) {
	m.each(within, func(b box) {
		switch b.kind {
		case "moov", "trak", "udta":
			m.scrub(b.content)
		case "meta":
			m.scrubMeta(b.content)
		case "\xa9xyz", "loci":
			m.free(b)
		case "uuid", "XMP_":
			if hasPosition(m.read(b.content)) {
				m.free(b)
			}
		}
	})
}

// scrubMeta removes positions from metadata, which names its values by the numbers of keys, or
// by four characters.
func (m *movie) scrubMeta(content span) {
	const version = 4 // which QuickTime leaves out
	var first [8]byte
	if readFull(m.f, first[:], content.from) == nil && string(first[4:]) != "hdlr" {
		content.from += version
	}
	keys := movieKeys(m.read(m.find(content, "keys")))
	m.each(m.find(content, "ilst"), func(b box) {
		number := int64(binary.BigEndian.Uint32([]byte(b.kind)))
		switch {
		case b.kind == "\xa9xyz":
			m.free(b)
		case number >= 1 && number <= int64(len(keys)) && namesPosition(keys[number-1]):
			const typeAndLanguage = 8
			value := m.find(b.content, "data")
			value.from += typeAndLanguage
			m.fill(value, ' ')
		}
	})
}

// movieKeys returns the keys in the content of a box of keys.
func movieKeys(content []byte) (keys [][]byte) {
	const versionAndCount, header = 8, 8
	for rest := content[min(versionAndCount, len(content)):]; len(rest) >= header && len(keys) < maxBoxes; {
		size := int64(binary.BigEndian.Uint32(rest))
		if size < header || size > int64(len(rest)) {
			break
		}
		keys = append(keys, rest[header:size])
		rest = rest[size:]
	}
	return keys
}

// namesPosition reports whether a key is that of a position, such as
// com.apple.quicktime.location.ISO6709.
func namesPosition(key []byte) bool {
	key = bytes.ToLower(key)
	return bytes.Contains(key, []byte("location")) || bytes.Contains(key, []byte("gps"))
}

// read returns the content of a box; nil if it is too large to have a position.
func (m *movie) read(content span) []byte {
	if content.empty() || content.to-content.from > maxExif {
		return nil
	}
	b := make([]byte, content.to-content.from)
	if err := readFull(m.f, b, content.from); err != nil {
		m.err = err
		return nil
	}
	return b
}

// free makes b a box that is free: space without meaning (ISO/IEC 14496-12, section 8.1.2).
func (m *movie) free(b box) {
	m.fill(b.content, 0)
	if m.err == nil {
		_, m.err = m.f.WriteAt([]byte("free"), b.at+4)
	}
}

// fill fills a part of the movie with one byte.
func (m *movie) fill(part span, with byte) {
	piece := bytes.Repeat([]byte{with}, 4096)
	for at := part.from; at < part.to && m.err == nil; at += int64(len(piece)) {
		_, m.err = m.f.WriteAt(piece[:min(int64(len(piece)), part.to-at)], at)
	}
}
