package media

import (
	"bytes"
	"encoding/binary"
)

// Exif is a TIFF: directories of entries of 12 bytes (Exif 2.32, section 4.6). The main
// directory has the orientation, and says where the one with the position is.

const (
	tagOrientation = 0x0112
	tagGPS         = 0x8825
	entryBytes     = 12
	maxExif        = 1 << 20 // bytes; a camera's are below 64 KiB
)

// exifName is what stands before the TIFF in a JPEG, and often in other formats.
var exifName = []byte("Exif\x00\x00")

// cleanExif removes the position from a TIFF with Exif, in place. It returns the orientation,
// 0 for none, and whether anything has changed. Of a TIFF that isn't as it should be it
// erases the entry that says where the position is, if it can be found.
func cleanExif(tiff []byte) (orientation int, changed bool) {
	d, ok := newDirectory(tiff)
	if !ok {
		return 0, false
	}
	kept, left := 0, maxErased*len(tiff)
	for i := range d.count {
		e := d.entry(i)
		switch d.order.Uint16(e) {
		case tagOrientation:
			orientation = int(d.order.Uint16(e[8:]))
		case tagGPS:
			d.erase(d.order.Uint32(e[8:]), &left)
			continue
		}
		copy(d.entry(kept), e)
		kept++
	}
	if kept == d.count {
		return orientation, false
	}
	d.shorten(kept)
	return orientation, true
}

// directory is a directory of a TIFF.
type directory struct {
	tiff  []byte
	order binary.ByteOrder
	at    int // of its first entry
	count int
}

// newDirectory returns the main directory of a TIFF.
func newDirectory(tiff []byte) (d directory, ok bool) {
	const header = 8
	if len(tiff) < header {
		return d, false
	}
	switch string(tiff[:4]) {
	case "II*\x00":
		d.order = binary.LittleEndian
	case "MM\x00*":
		d.order = binary.BigEndian
	default:
		return d, false
	}
	d.tiff = tiff
	return d.open(d.order.Uint32(tiff[4:]))
}

// open returns the directory at an offset, with the entries that are there.
func (d directory) open(offset uint32) (directory, bool) {
	const countBytes = 2
	if int64(offset)+countBytes > int64(len(d.tiff)) {
		return d, false
	}
	d.at = int(offset) + countBytes
	d.count = min(int(d.order.Uint16(d.tiff[offset:])), (len(d.tiff)-d.at)/entryBytes)
	return d, true
}

func (d directory) entry(i int) []byte { return d.tiff[d.at+i*entryBytes:][:entryBytes] }

// typeBytes are the sizes of the types of values; those of unknown types count as the
// largest.
var typeBytes = [...]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}

// maxErased is how many times as many bytes as a TIFF has are erased in it at most: directories
// and values that overlap could otherwise take hours.
const maxErased = 4

// erase overwrites the directory at an offset, and all its values, with zeros, but no more
// bytes than left says, which it reduces.
func (d directory) erase(offset uint32, left *int) {
	g, ok := d.open(offset)
	if !ok {
		return
	}
	for i := 0; i < g.count && *left > 0; i++ {
		e := g.entry(i)
		size := int64(8)
		if t := int(d.order.Uint16(e[2:])); t < len(typeBytes) && typeBytes[t] > 0 {
			size = typeBytes[t]
		}
		size *= int64(d.order.Uint32(e[4:]))
		from := int64(d.order.Uint32(e[8:]))
		// A value that claims to be elsewhere in the TIFF must not take the main
		// directory with it.
		if size > 4 && from >= 8 && from < int64(len(d.tiff)) {
			to := min(from+size, int64(len(d.tiff)))
			if to <= int64(d.at) || from >= int64(d.at+d.count*entryBytes) {
				clear(d.tiff[from:to])
				*left -= int(to - from)
			}
		}
		clear(e)
		*left -= entryBytes
	}
	if g.at != d.at {
		d.order.PutUint16(d.tiff[offset:], 0)
	}
}

// shorten leaves the first entries: the offset of the next directory, which stands after all
// of them, moves up, and zeros follow it.
func (d directory) shorten(count int) {
	const nextBytes = 4
	end := min(d.at+d.count*entryBytes+nextBytes, len(d.tiff))
	at := d.at + count*entryBytes
	n := copy(d.tiff[at:end], d.tiff[d.at+d.count*entryBytes:end])
	clear(d.tiff[at+n : end])
	d.order.PutUint16(d.tiff[d.at-2:], uint16(count))
}

// hasPosition reports whether a packet of XMP, which is XML, has a position.
func hasPosition(xmp []byte) bool {
	return bytes.Contains(xmp, []byte("GPS")) || bytes.Contains(xmp, []byte("G\x00P\x00S")) // in UTF-16
}
