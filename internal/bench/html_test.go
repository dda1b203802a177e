package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestThePageIsWellFormedAndNeedsNothing(t *testing.T) {
	o := options(serve(t))
	empty := newReport(&o)
	faulty := measure(t, o)
	faulty.Faults["closed by the server with 1008: <script>alert(1)</script>"] = 3
	faulty.Remarks = append(faulty.Remarks, "Mind the <gap> & the rest.")
	for name, r := range map[string]*Report{"measured": faulty, "empty": empty} {
		var page bytes.Buffer
		if err := r.WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		html := page.String()
		for _, outside := range []string{"<script", "<link", "<img", "src=", "href=", "url(", "@import", "NaN", "Inf", "ZgotmplZ"} {
			if strings.Contains(html, outside) {
				t.Errorf("%s: the page has %q", name, outside)
			}
		}
		read := xml.NewDecoder(&page) // which is stricter than HTML
		plots := 0
		for {
			token, err := read.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "svg" {
				plots++
			}
		}
		if plots != 3 {
			t.Errorf("%s: %d plots, want 3", name, plots)
		}
	}
}
