package media_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// Metadata can claim the same bytes again and again, so that to look at all of it would take
// minutes for each upload. Only so much is looked at, which these files show by what is left.
func TestMetadataThatOverlapsIsLookedAtInPart(t *testing.T) {
	plain := encoded(t, "jpeg", 30, 20)
	photo := slices.Concat(plain[:2], segment([]byte("Exif\x00\x00"), exif(binary.BigEndian, 1)), plain[2:])
	const names = 10_000
	for name, repeated := range map[string]string{
		"names of Exif":   "Exif\x00\x00",
		"TIFFs":           "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00",
		"segments of XMP": "\xff\xe1\xff\xffhttp://ns.adobe.com/x",
	} {
		some := slices.Concat(plain, bytes.Repeat([]byte(repeated), names/2), photo)
		if inspect(t, some); bytes.Contains(some, latitude) {
			t.Errorf("%s: half as many as are looked at keep the position", name)
		}
		many := slices.Concat(plain, bytes.Repeat([]byte(repeated), names), photo)
		if inspect(t, many); !bytes.Contains(many, latitude) {
			t.Errorf("%s: more than %d are looked at", name, names)
		}
	}
}

func TestPositionsThatOverlapAreErasedInPart(t *testing.T) {
	const entries, gpsAt, values = 1000, 26, 64 << 10
	order := binary.LittleEndian
	entry := func(b []byte, tag, kind uint16, count, value uint32) []byte {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		return order.AppendUint32(order.AppendUint32(b, count), value)
	}
	tiff := append([]byte("II*\x00\x08\x00\x00\x00"), 1, 0)
	tiff = order.AppendUint32(entry(tiff, 0x8825, 4, 1, gpsAt), 0)
	tiff = order.AppendUint16(tiff, entries)
	const valuesAt = gpsAt + 2 + 12*entries
	for i := range uint16(entries) {
		tiff = entry(tiff, i+1, 2, values, valuesAt)
	}
	tiff = append(tiff, bytes.Repeat([]byte("+48.85"), values/6)...)
	last := tiff[valuesAt-12 : valuesAt]
	b := pngWith(t, 30, 20, chunk("eXIf", tiff))
	_ = inspect(t, b)
	if bytes.Contains(b, []byte("+48.85")) || bytes.Contains(b, tiff[8:22]) {
		t.Error("the position is still there")
	}
	if !bytes.Contains(b, last) {
		t.Errorf("the same bytes are erased %d times", entries)
	}
}

func TestAllPositionsOfADirectoryAreRemoved(t *testing.T) {
	tiff := exif(binary.BigEndian, 6)
	const first, entryBytes = 10, 12
	gps := tiff[first+2*entryBytes:][:entryBytes]
	copy(tiff[first:], gps) // instead of the maker
	b := pngWith(t, 30, 20, chunk("eXIf", tiff))
	if info := inspect(t, b); info.Width != 20 {
		t.Errorf("it is %+v: the orientation is lost", info)
	}
	if bytes.Contains(b, latitude) || bytes.Contains(b, []byte("\x88\x25")) || !bytes.Contains(b, []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12")) {
		t.Errorf("it is now %q", b)
	}
}
