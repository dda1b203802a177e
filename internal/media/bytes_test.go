package media_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"
)

// memory is a file in memory, whose length can't change.
type memory []byte

func (m memory) ReadAt(p []byte, at int64) (int, error) { return bytes.NewReader(m).ReadAt(p, at) }

func (m memory) WriteAt(p []byte, at int64) (int, error) {
	if at < 0 || at+int64(len(p)) > int64(len(m)) {
		return 0, errors.New("outside of the file")
	}
	return copy(m[at:], p), nil
}

// encoded returns an image of a size in a format of the standard library.
func encoded(t testing.TB, format string, width, height int) []byte {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp is a lossless WebP of 1×1.
func webp(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// box is a box of an AVIF.
func box(kind string, content ...[]byte) []byte {
	all := slices.Concat(content...)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8)), []byte(kind), all)
}

// avif is the beginning of an AVIF of a size, rotated by so many quarters.
func avif(width, height uint32, quarters byte) []byte {
	ispe := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), width), height)
	return slices.Concat(
		box("ftyp", []byte("avif\x00\x00\x00\x00avifmif1miaf")),
		box("meta", make([]byte, 4), box("iprp", box("ipco", box("ispe", ispe), box("irot", []byte{quarters})))),
		box("mdat", []byte("pixels")))
}

// latitude is the value of the position in the Exif of tests: 48° 51' 30".
var latitude = slices.Concat(rational(48), rational(51), rational(30))

func rational(n uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, n), 1)
}

// exif returns a TIFF with a maker's name, an orientation and a position.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	entry := func(tag, kind uint16, count, value uint32) (b []byte) {
		b = order.AppendUint16(order.AppendUint16(nil, tag), kind)
		b = order.AppendUint32(b, count)
		if kind == 3 {
			return order.AppendUint16(order.AppendUint16(b, uint16(value)), 0)
		}
		return order.AppendUint32(b, value)
	}
	const gpsAt, makerAt, latitudeAt = 8 + 2 + 3*12 + 4, 8 + 2 + 3*12 + 4 + 2 + 2*12 + 4, 8 + 2 + 3*12 + 4 + 2 + 2*12 + 4 + 8
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	b = append(b, entry(0x010F, 2, 8, makerAt)...)
	b = append(b, entry(0x0112, 3, 1, uint32(orientation))...)
	b = append(b, entry(0x8825, 4, 1, gpsAt)...)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 2)
	b = append(b, entry(1, 2, 2, 'N')...)
	b = append(b, entry(2, 5, 3, latitudeAt)...)
	b = order.AppendUint32(b, 0)
	return slices.Concat(b, []byte("Kamera\x00\x00"), latitude)
}

// segment returns a segment of a JPEG.
func segment(content ...[]byte) []byte {
	all := slices.Concat(content...)
	return slices.Concat([]byte{0xFF, 0xE1}, binary.BigEndian.AppendUint16(nil, uint16(len(all)+2)), all)
}

// photo returns a JPEG of 30×20 as cameras write it: with Exif, XMP, and after its end another image.
func photo(t testing.TB, orientation uint16) []byte {
	plain := encoded(t, "jpeg", 30, 20)
	name := []byte("Exif\x00\x00")
	xmp := []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta exif:GPSLatitude=\"48,51.5N\"/>")
	preview := slices.Concat(plain[:2], segment(name, exif(binary.BigEndian, 1)), plain[2:])
	return slices.Concat(plain[:2], segment(name, exif(binary.LittleEndian, orientation)), segment(xmp), plain[2:], preview)
}

// chunk returns a chunk of a PNG.
func chunk(kind string, content []byte) []byte {
	b := append([]byte(kind), content...)
	sum := crc32.ChecksumIEEE(b)
	return binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), b...), sum)
}

// pngWith returns a PNG with a chunk after its header.
func pngWith(t testing.TB, width, height int, more ...[]byte) []byte {
	plain := encoded(t, "png", width, height)
	const header = 8 + 25
	return slices.Concat(plain[:header], slices.Concat(more...), plain[header:])
}

// hugePNG is the header of a PNG of a size.
func hugePNG(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, 8, 2, 0, 0, 0)), chunk("IDAT", nil), chunk("IEND", nil))
}

// bigFile is a JPEG of 200 MiB that exists as it is read: its photo, and then zeros.
type bigFile struct {
	memory
	size int64
	most int // the largest read
}

func (f *bigFile) ReadAt(p []byte, at int64) (int, error) {
	f.most = max(f.most, len(p))
	clear(p)
	if at < int64(len(f.memory)) {
		copy(p, f.memory[at:])
	}
	if rest := f.size - at; int64(len(p)) > rest {
		return int(max(rest, 0)), io.EOF
	}
	return len(p), nil
}

// WriteAt forgets what isn't among the first bytes, which are in memory.
func (f *bigFile) WriteAt(p []byte, at int64) (int, error) {
	if at < int64(len(f.memory)) {
		copy(f.memory[at:], p)
	}
	return len(p), nil
}
