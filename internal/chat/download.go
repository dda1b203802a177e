package chat

import (
	"io"
	"net/http"
	"time"

	"snug/internal/media"
)

// download answers with a file. Its ID is all that it takes: an <img> can't send a seat or a
// token, and the ID is as hard to guess.
func (s *Server) download(w http.ResponseWriter, r *http.Request, c *caller) error {
	bytes, f, digest, err := s.options.Rooms.OpenFile(r.Context(), c.code, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer func() { _ = bytes.Close() }() // it was only read
	media.SetHeaders(w.Header(), f.Type, f.Name, digest)
	http.ServeContent(w, r, "", time.Time{}, &patientFile{bytes, http.NewResponseController(w)})
	return nil
}

// patientFile is a file whose reader may be slow, but has to take each piece in time.
type patientFile struct {
	io.ReadSeeker
	control *http.ResponseController
}

func (f *patientFile) Read(p []byte) (int, error) {
	_ = f.control.SetWriteDeadline(time.Now().Add(writeWithin)) // a server in front without it has bounds of its own
	return f.ReadSeeker.Read(p)
}
