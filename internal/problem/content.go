package problem

import (
	"io"
	"net/http"
	"time"
)

// ServeContent is [http.ServeContent] for content without a name and a time, and answers a range that
// isn't in the content with a problem. w's header has the content's type.
func ServeContent(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) {
	http.ServeContent(&contentWriter{ResponseWriter: w}, r, "", time.Time{}, content)
}

// contentWriter replaces the answer for a range that isn't in the content.
type contentWriter struct {
	http.ResponseWriter
	replaced bool
}

func (w *contentWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.replaced = true
	Write(w.ResponseWriter, status, "the header Range asks for what isn't there: the header Content-Range of this answer says how many bytes there are")
}

func (w *contentWriter) Write(b []byte) (int, error) {
	if w.replaced {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *contentWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
