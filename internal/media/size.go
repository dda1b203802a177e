package media

import (
	"encoding/binary"
	"io"
)

// jpegSize returns the size of a JPEG from its frame header (ITU-T T.81, annex B.2.2); zeros
// if it has none.
func jpegSize(f io.ReaderAt, size int64) (width, height int) {
	const marker, frame = 4, 5
	at := int64(2)
	for at+marker+frame <= min(size, maxHeader) {
		var b [marker + frame]byte
		if readFull(f, b[:], at) != nil || b[0] != 0xFF {
			return 0, 0
		}
		switch kind := b[1]; {
		case kind == 0xFF: // filling
			at++
			continue
		case kind == 0xD8, kind == 0x01, kind >= 0xD0 && kind <= 0xD7: // without content
			at += 2
			continue
		case kind == 0xD9, kind == 0xDA: // the end, or pixels
			return 0, 0
		case kind >= 0xC0 && kind <= 0xCF && kind != 0xC4 && kind != 0xC8 && kind != 0xCC:
			return int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[5:]))
		}
		at += 2 + int64(binary.BigEndian.Uint16(b[2:]))
	}
	return 0, 0
}

// avifSize returns the size of an AVIF as it is shown, from its properties (ISO/IEC 23008-12,
// section 6.5): that of the largest image in it, rotated. Zeros if it has none.
func avifSize(f io.ReaderAt, size int64) (width, height int) {
	meta := find(f, span{0, size}, "meta")
	if meta.empty() {
		return 0, 0
	}
	meta.from += 4 // version and flags
	properties := find(f, find(f, meta, "iprp"), "ipco")
	turned := false
	each(f, properties, func(p box) bool {
		var b [12]byte
		switch {
		case p.kind == "ispe" && p.content.to-p.content.from >= 12 && readFull(f, b[:], p.content.from) == nil:
			w, h := int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:]))
			if w > maxSide || h > maxSide {
				w, h = maxSide+1, maxSide+1
			}
			if w*h > int64(width)*int64(height) {
				width, height = int(w), int(h)
			}
		case p.kind == "irot" && readFull(f, b[:1], p.content.from) == nil:
			turned = b[0]&1 == 1 // by 90 or 270 degrees
		}
		return true
	})
	if turned {
		return height, width
	}
	return width, height
}

// span is a part of a file.
type span struct{ from, to int64 }

func (s span) empty() bool { return s.from >= s.to }

// find returns the content of the first box of a kind within a part of a file; an empty span
// if there is none.
func find(f io.ReaderAt, within span, kind string) (found span) {
	each(f, within, func(b box) bool {
		if b.kind == kind {
			found = b.content
		}
		return found.empty()
	})
	return found
}

// box is a part of a file with a kind, such as a property of an image.
type box struct {
	kind    string // four characters
	at      int64  // where it begins: with its size, and then its kind
	content span
}

// each calls do with the boxes within a part of a file (ISO/IEC 14496-12, section 4.2), until
// it returns false.
func each(f io.ReaderAt, within span, do func(box) bool) {
	const header, long = 8, 16
	at := within.from
	for range maxBoxes {
		var b [long]byte
		if at+header > within.to || readFull(f, b[:header], at) != nil {
			return
		}
		size, content := int64(binary.BigEndian.Uint32(b[:])), at+header
		switch size {
		case 0: // to the end
			size = within.to - at
		case 1:
			if at+long > within.to || readFull(f, b[:], at) != nil {
				return
			}
			size, content = int64(binary.BigEndian.Uint64(b[header:])&(1<<62-1)), at+long
		}
		if size < content-at || size > within.to-at {
			return
		}
		if !do(box{string(b[4:8]), at, span{content, at + size}}) {
			return
		}
		at += size
	}
}

// maxBoxes bounds how many boxes are looked at.
const maxBoxes = 1000
