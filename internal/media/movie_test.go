package media_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"snug/internal/media"
)

// iso6709 is a position as movies have it.
const iso6709 = "+48.8583+002.2944+035.000/"

// movieWith returns the beginning of a movie with boxes in its moov.
func movieWith(brand string, inMovie ...[]byte) []byte {
	return slices.Concat(box("ftyp", []byte(brand+"\x00\x00\x02\x00"+brand)), box("mdat", []byte("pictures")),
		box("moov", box("mvhd", make([]byte, 100)), slices.Concat(inMovie...)))
}

// text is a value of the user data of QuickTime.
func text(kind, value string) []byte {
	return box(kind, binary.BigEndian.AppendUint16(nil, uint16(len(value))), []byte{0x15, 0xC7}, []byte(value))
}

// appleMeta is metadata by keys, as iPhones write it.
func appleMeta(values map[string]string, order ...string) []byte {
	keys, list := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(len(order))), []byte(nil)
	for i, key := range order {
		keys = append(keys, box("mdta", []byte(key))...)
		number := string(binary.BigEndian.AppendUint32(nil, uint32(i+1)))
		list = append(list, box(number, box("data", []byte{0, 0, 0, 1, 0, 0, 0, 0}, []byte(values[key])))...)
	}
	return box("meta", box("hdlr", make([]byte, 24)), box("keys", keys), box("ilst", list))
}

func TestPositionOfAMovieIsRemoved(t *testing.T) {
	const apple = "com.apple.quicktime."
	values := map[string]string{apple + "make": "Apple", apple + "location.ISO6709": iso6709, apple + "model": "iPhone"}
	long := slices.Concat([]byte{0, 0, 0, 1}, []byte("\xa9xyz"), binary.BigEndian.AppendUint64(nil, uint64(16+4+len(iso6709))), []byte{0, 26, 0x15, 0xC7}, []byte(iso6709))
	xmp := append(make([]byte, 16), `<x:xmpmeta exif:GPSLatitude="48,51.5N"/>`...)
	for name, b := range map[string][]byte{
		"MP4":                 movieWith("isom", box("udta", text("\xa9mod", "Kamera"), text("\xa9xyz", iso6709))),
		"QuickTime":           movieWith("qt  ", box("udta", text("\xa9xyz", iso6709), text("\xa9mod", "Kamera"), make([]byte, 4))),
		"3GPP":                movieWith("isom", box("udta", box("loci", make([]byte, 6), []byte(iso6709)), text("\xa9mod", "Kamera"))),
		"of a track":          movieWith("isom", box("trak", box("udta", text("\xa9xyz", iso6709), text("\xa9mod", "Kamera")))),
		"size of 64 bits":     movieWith("isom", box("udta", long, text("\xa9mod", "Kamera"))),
		"keys":                slices.Concat(movieWith("qt  ", appleMeta(values, apple+"make", apple+"location.ISO6709", apple+"model")), []byte("Kamera")),
		"iTunes":              movieWith("M4A ", box("udta", box("meta", make([]byte, 4), box("hdlr", make([]byte, 25)), box("ilst", box("\xa9xyz", box("data", make([]byte, 8), []byte(iso6709))), box("\xa9nam", []byte("Kamera")))))),
		"XMP":                 movieWith("isom", box("uuid", xmp, []byte(iso6709)), text("\xa9mod", "Kamera")),
		"twice":               movieWith("isom", box("udta", text("\xa9xyz", iso6709)), box("udta", text("\xa9xyz", iso6709), text("\xa9mod", "Kamera"))),
		"a box that is cut":   append(movieWith("isom", box("udta", text("\xa9xyz", iso6709), text("\xa9mod", "Kamera"))), 0, 0, 9, 9, 'm', 'o'),
		"one that is too big": movieWith("isom", box("udta", text("\xa9mod", "Kamera"), text("\xa9xyz", iso6709)), []byte{0xFF, 0, 0, 0, 't', 'r', 'a', 'k'}),
	} {
		t.Run(name, func(t *testing.T) {
			before := bytes.Clone(b)
			if !bytes.Contains(before, []byte(iso6709)) {
				t.Fatal("the test's movie has no position")
			}
			info := inspect(t, b)
			if !media.Shown(info.Type) {
				t.Errorf("the type is %s", info.Type)
			}
			if bytes.Contains(b, []byte(iso6709)) || bytes.Contains(b, []byte("GPSLatitude")) {
				t.Errorf("the position is still there: %q", b)
			}
			if len(b) != len(before) || !bytes.Contains(b, []byte("Kamera")) || !bytes.Contains(b, []byte("pictures")) {
				t.Errorf("the rest has changed: %q", b)
			}
			if name == "keys" && (!bytes.Contains(b, []byte("Apple")) || !bytes.Contains(b, []byte("iPhone"))) {
				t.Errorf("the other values have changed: %q", b)
			}
			again := bytes.Clone(b)
			_ = inspect(t, again)
			if !bytes.Equal(again, b) {
				t.Error("looked at again it changes")
			}
		})
	}
}

func TestMovieWithoutPositionStaysAsItIs(t *testing.T) {
	b := movieWith("isom", box("udta", text("\xa9mod", "Kamera")), appleMeta(map[string]string{"make": "x"}, "make"), box("uuid", make([]byte, 40)))
	before := bytes.Clone(b)
	_ = inspect(t, b)
	if !bytes.Equal(b, before) {
		t.Errorf("it is now %q", b)
	}
}

// A movie can claim any number of boxes in boxes; only so many are looked at.
func TestMovieOfManyBoxesIsLookedAtInPart(t *testing.T) {
	inner := bytes.Repeat(box("udta"), 900)
	for range 3 {
		inner = bytes.Repeat(box("trak", inner), 8)
	}
	many := bytes.Repeat(box("abcd"), 900)
	meta := box("meta", make([]byte, 4), many)
	values := box("ilst", bytes.Repeat(box("\x00\x00\x00\x01", many), 900))
	keys := box("keys", make([]byte, 8), box("mdta", []byte("location")))
	for name, boxes := range map[string][]byte{
		"boxes in boxes":     inner,
		"boxes of metadata":  bytes.Repeat(meta, 900),
		"boxes of one value": box("meta", make([]byte, 4), box("hdlr"), keys, values),
	} {
		f := &countedReads{memory: movieWith("isom", boxes)}
		if _, err := media.Inspect(f, int64(len(f.memory))); err != nil {
			t.Fatal(err)
		}
		if f.reads > 10_000 {
			t.Errorf("%s: %d reads for %d bytes", name, f.reads, len(f.memory))
		}
	}
}

type countedReads struct {
	memory
	reads int
}

func (f *countedReads) ReadAt(p []byte, at int64) (int, error) {
	f.reads++
	return f.memory.ReadAt(p, at)
}

func TestPositionOfHEICIsRemoved(t *testing.T) {
	b := slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), box("meta", make([]byte, 4)),
		box("mdat", []byte{0, 0, 0, 6}, []byte("Exif\x00\x00"), exif(binary.BigEndian, 6)))
	if info := inspect(t, b); info.Type != "image/heic" || media.Shown(info.Type) {
		t.Errorf("it is %+v", info)
	}
	if bytes.Contains(b, latitude) || !bytes.Contains(b, []byte("Kamera")) {
		t.Errorf("it is now %q", b)
	}
}
