package media_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"snug/internal/media"
)

func inspect(t testing.TB, b []byte) media.Info {
	t.Helper()
	info, err := media.Inspect(memory(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestTypeAndSizeComeFromTheBytes(t *testing.T) {
	var zipped bytes.Buffer
	w := zip.NewWriter(&zipped)
	if _, err := w.Create("photo.jpg"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	jpegOf := encoded(t, "jpeg", 30, 20)
	for name, c := range map[string]struct {
		bytes []byte
		want  media.Info
		shown bool
	}{
		"PNG":               {encoded(t, "png", 30, 20), media.Info{Type: "image/png", Width: 30, Height: 20}, true},
		"animated PNG":      {pngWith(t, 30, 20, chunk("acTL", make([]byte, 8))), media.Info{Type: "image/png", Width: 30, Height: 20}, true},
		"JPEG":              {jpegOf, media.Info{Type: "image/jpeg", Width: 30, Height: 20}, true},
		"GIF":               {encoded(t, "gif", 30, 20), media.Info{Type: "image/gif", Width: 30, Height: 20}, true},
		"WebP":              {webp(t), media.Info{Type: "image/webp", Width: 1, Height: 1}, true},
		"AVIF":              {avif(30, 20, 0), media.Info{Type: "image/avif", Width: 30, Height: 20}, true},
		"AVIF, rotated":     {avif(30, 20, 3), media.Info{Type: "image/avif", Width: 20, Height: 30}, true},
		"upright photo":     {photo(t, 1), media.Info{Type: "image/jpeg", Width: 30, Height: 20}, true},
		"photo upside down": {photo(t, 3), media.Info{Type: "image/jpeg", Width: 30, Height: 20}, true},
		"photo on its side": {photo(t, 6), media.Info{Type: "image/jpeg", Width: 20, Height: 30}, true},
		"PNG on its side":   {pngWith(t, 30, 20, chunk("eXIf", exif(binary.BigEndian, 8))), media.Info{Type: "image/png", Width: 20, Height: 30}, true},
		"MP4":               {box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41")), media.Info{Type: "video/mp4"}, true},
		"MP3":               {[]byte("ID3\x04\x00\x00\x00\x00\x00\x01"), media.Info{Type: "audio/mpeg"}, true},
		"PDF":               {[]byte("%PDF-1.7\n"), media.Info{Type: "application/pdf"}, false},
		"zip as .jpg":       {zipped.Bytes(), media.Info{Type: "application/zip"}, false},
		"SVG":               {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), media.Info{Type: "image/svg+xml"}, false},
		"HTML":              {[]byte("<!DOCTYPE html><script>alert(1)</script>"), media.Info{Type: "text/html"}, false},
		"text":              {[]byte("hello"), media.Info{Type: "text/plain"}, false},
		"nothing":           {nil, media.Info{Type: "text/plain"}, false},
		"GIF and script":    {[]byte("GIF89a/*\x00\x00\x00*/=alert(1);"), media.Info{Type: media.OctetStream}, false},
		"GIF as statement":  {[]byte("GIF89a=1;alert(1)//"), media.Info{Type: media.OctetStream}, false},
		"JPEG and HTML":     {slices.Concat(jpegOf[:2], []byte{0xFF, 0xFE, 0, 40}, []byte("<HTML><script>alert(1)</script>       "), jpegOf[2:]), media.Info{Type: media.OctetStream}, false},
		"PNG of 10^18":      {hugePNG(1_000_000_000, 1_000_000_000), media.Info{Type: media.OctetStream}, false},
		"PNG of 1×10^9":     {hugePNG(1, 1_000_000_000), media.Info{Type: media.OctetStream}, false},
		"PNG of 3.6×10^9":   {hugePNG(60_000, 60_000), media.Info{Type: media.OctetStream}, false},
		"AVIF of 10^18":     {avif(1<<31, 1<<31, 0), media.Info{Type: media.OctetStream}, false},
		"half a PNG header": {encoded(t, "png", 30, 20)[:20], media.Info{Type: media.OctetStream}, false},
		"half a JPEG":       {jpegOf[:8], media.Info{Type: media.OctetStream}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := inspect(t, bytes.Clone(c.bytes)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if got := media.Shown(c.want.Type); got != c.shown {
				t.Errorf("shown: %t, want %t", got, c.shown)
			}
		})
	}
}

func TestPositionIsRemovedAndTheRestStays(t *testing.T) {
	withExif := func(b []byte) []byte { // a WebP
		tiff := exif(binary.LittleEndian, 6)
		chunk := slices.Concat([]byte("EXIF"), binary.LittleEndian.AppendUint32(nil, uint32(len(tiff))), tiff)
		b = slices.Concat(b, chunk)
		binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
		return b
	}
	for name, b := range map[string][]byte{
		"JPEG":         photo(t, 6),
		"PNG":          pngWith(t, 30, 20, chunk("eXIf", exif(binary.BigEndian, 6))),
		"PNG with XMP": pngWith(t, 30, 20, chunk("eXIf", exif(binary.BigEndian, 6)), chunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00exif:GPSLatitude"))),
		"WebP":         withExif(webp(t)),
	} {
		t.Run(name, func(t *testing.T) {
			before := bytes.Clone(b)
			if !bytes.Contains(before, latitude) {
				t.Fatal("the test's image has no position")
			}
			_ = inspect(t, b)
			for _, gone := range []string{string(latitude), "GPSLatitude", "\x88\x25\x00\x04", "\x25\x88\x04\x00"} {
				if strings.Contains(string(b), gone) {
					t.Errorf("%q is still there", gone)
				}
			}
			if !bytes.Contains(b, []byte("Kamera")) {
				t.Error("the rest of the Exif is gone")
			}
			again := bytes.Clone(b)
			if first, second := inspect(t, again), inspect(t, b); first != second || !bytes.Equal(again, b) {
				t.Errorf("looked at again it is %+v, then %+v", first, second)
			}
			if name != "WebP" {
				if _, _, err := image.Decode(bytes.NewReader(b)); err != nil {
					t.Errorf("it can't be decoded any more: %v", err)
				}
			}
			if strings.HasPrefix(name, "PNG") {
				if _, err := png.Decode(bytes.NewReader(b)); err != nil { // checks all sums
					t.Error(err)
				}
			}
		})
	}
}

func TestLargeFileNeedsLittleMemory(t *testing.T) {
	f := &bigFile{memory: photo(t, 6), size: 200 << 20}
	info, err := media.Inspect(f, f.size)
	if err != nil || info.Width != 20 {
		t.Fatalf("%+v, %v", info, err)
	}
	if f.most > 1<<20 {
		t.Errorf("%d bytes were read at once", f.most)
	}
}

func TestPositionAtTheBorderOfWhatIsReadAtOnce(t *testing.T) {
	plain := encoded(t, "jpeg", 30, 20)
	for _, at := range []int{191 << 10, 192<<10 - 3, 192 << 10, 256<<10 - 30, 256<<10 - 3, 256 << 10} {
		preview := slices.Concat(plain[:2], segment([]byte("Exif\x00\x00"), exif(binary.BigEndian, 1)), plain[2:])
		b := slices.Concat(plain, make([]byte, at-len(plain)), preview)
		_ = inspect(t, b)
		if bytes.Contains(b, latitude) {
			t.Errorf("the position at %d is still there", at)
		}
	}
}

func FuzzInspect(f *testing.F) {
	for _, b := range [][]byte{
		photo(f, 6), pngWith(f, 3, 2, chunk("eXIf", exif(binary.BigEndian, 8))), webp(f), avif(3, 2, 1), movieWith("qt  ", box("udta", text("\xa9xyz", iso6709)), appleMeta(map[string]string{"gps": "x"}, "gps")), encoded(f, "gif", 3, 2), hugePNG(1, 1<<31-1), nil,
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info := inspect(t, b)
		if (info.Width == 0) != (info.Height == 0) || info.Width < 0 || info.Width*info.Height > 1<<28 {
			t.Errorf("the size is %d×%d", info.Width, info.Height)
		}
		if strings.ContainsAny(info.Type, "\r\n ;") || !strings.Contains(info.Type, "/") {
			t.Errorf("the type is %q", info.Type)
		}
	})
}
