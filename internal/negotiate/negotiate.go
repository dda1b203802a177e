// Package negotiate decides which of two representations a client gets (RFC 9110, section 12.5.1). Its
// functions are pure. The standard library only.
package negotiate

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Prefers reports whether r's Accept headers prefer the media type typ to another one: by a higher
// weight; with equal weights, by naming it more exactly; and if that is equal, too, by naming it
// first. Without a preference, it reports false. The types are in lower case, without parameters.
func Prefers(r *http.Request, typ, to string) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	a, b := find(accept, typ), find(accept, to)
	switch {
	case a.weight != b.weight:
		return a.weight > b.weight
	case a.exactness != b.exactness:
		return a.weight > 0 && a.exactness > b.exactness
	}
	return a.weight > 0 && a.index < b.index
}

// match is the range of an Accept header that a media type is in.
type match struct {
	weight    float64
	exactness int // 3: the type itself, 2: type/*, 1: */*, 0: none
	index     int // in the header
}

// find returns the most exact range of accept that typ is in.
func find(accept, typ string) (found match) {
	general, _, _ := strings.Cut(typ, "/")
	index := 0
	for element := range strings.SplitSeq(accept, ",") {
		index++
		name, params, err := mime.ParseMediaType(element)
		if err != nil {
			continue
		}
		exactness := 0
		switch name {
		case typ:
			exactness = 3
		case general + "/*":
			exactness = 2
		case "*/*":
			exactness = 1
		}
		if exactness <= found.exactness {
			continue
		}
		found = match{1, exactness, index}
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil && q >= 0 && q < 1 {
			found.weight = q
		}
	}
	return found
}
