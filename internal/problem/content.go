package problem

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeContent is [http.ServeContent] for content without a name and a time. It answers with a problem if a range isn't
// in the content, or the client wants another content, and ignores a Range that isn't understood. w's header has the
// content's type.
func ServeContent(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) {
	if ranges := r.Header.Get("Range"); ranges != "" {
		request := *r
		request.Header = r.Header.Clone()
		request.Header.Set("Range", byteRanges(ranges))
		r = &request
	}
	http.ServeContent(&contentWriter{ResponseWriter: w}, r, "", time.Time{}, content)
}

// byteRanges returns the value of a Range header as http.ServeContent understands it; empty if the header is to
// be ignored, as its unit isn't bytes or it is invalid (RFC 9110, section 14.2).
func byteRanges(header string) string {
	unit, set, _ := strings.Cut(header, "=")
	if !strings.EqualFold(unit, "bytes") {
		return ""
	}
	var ranges []string
	for element := range strings.SplitSeq(set, ",") {
		element = strings.Trim(element, " \t")
		if element == "" {
			continue
		}
		first, last, ok := strings.Cut(element, "-")
		from, isFrom := position(first)
		to, isTo := position(last)
		switch {
		case !ok, !isFrom && first != "", !isTo && last != "", !isFrom && !isTo, isFrom && isTo && to < from:
			return ""
		case !isFrom && to == 0: // the last 0 bytes, which nothing has
			element = strconv.Itoa(math.MaxInt64) + "-"
		case !isFrom:
			element = "-" + strconv.FormatInt(to, 10)
		case !isTo:
			element = strconv.FormatInt(from, 10) + "-"
		default:
			element = strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10)
		}
		ranges = append(ranges, element)
	}
	if len(ranges) == 0 {
		return ""
	}
	return "bytes=" + strings.Join(ranges, ",")
}

// position parses a position in bytes. One beyond all contents is as good as any other.
func position(digits string) (at int64, ok bool) {
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	at, err := strconv.ParseInt(digits, 10, 64)
	return at, err == nil || errors.Is(err, strconv.ErrRange)
}

// contentWriter replaces answers that http.ServeContent writes as text, or without a word.
type contentWriter struct {
	http.ResponseWriter
	replaced bool
}

func (w *contentWriter) WriteHeader(status int) {
	var why string
	switch status {
	case http.StatusRequestedRangeNotSatisfiable:
		why = "the header Range asks for what isn't there: the header Content-Range of this answer says how many bytes there are"
	case http.StatusPreconditionFailed:
		why = "the header If-Match names other bytes: the header ETag of this answer is that of those that are here"
		w.Header().Del("Content-Encoding")
	default:
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.replaced = true
	Write(w.ResponseWriter, status, why)
}

func (w *contentWriter) Write(b []byte) (int, error) {
	if w.replaced {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *contentWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
