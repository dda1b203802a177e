package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/internal/media"
	"snug/internal/room"
	"snug/protocol"
)

// Files that come pass through memory in pieces of copyBytes. They are stored when all of a
// request has come.

const (
	copyBytes = 64 << 10
	// slowestUpload is how many bytes a second a body has to bring at least, on the whole,
	// and readWithin how long it may bring nothing.
	slowestUpload = 8 << 10
	readWithin    = 30 * time.Second
	// writeWithin is how long an answer may take.
	writeWithin = time.Minute
	// maxUploads and maxUploadsPerAddress are how many may be coming at once.
	maxUploads, maxUploadsPerAddress = 256, 16
)

// upload stores the files that a request brings: its body, or the parts of a form.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, c *caller) error {
	key, err := retryKey(r)
	if err != nil {
		return err
	}
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	if c.seat == "" && c.holder == nil && key == "" {
		return protocol.Errorf(protocol.Forbidden, "an upload needs the header Snug-Seat, with the seat of a welcome, or a token: without them, post the message and its files as one form to the room's link")
	}
	p, err := s.visit(r.Context(), c, key)
	if err != nil {
		return err
	}
	defer p.Leave()
	body, end, err := s.beginUpload(w, r, c)
	if err != nil {
		return err
	}
	defer end()
	came := form{uploads: true}
	defer came.discard()
	if isForm(r) {
		err = s.readForm(r, p, c, body, &came)
	} else {
		err = s.readFile(r.Context(), p, c, c.query.Get("name"), body, max(r.ContentLength, 0), &came)
	}
	switch {
	case err != nil:
		return err
	case len(came.files) == 0:
		return protocol.Errorf(protocol.Empty, "the form has no file: it needs a part with a filename")
	}
	all, err := came.store(r.Context(), p)
	if err != nil {
		return err
	}
	answerJSON(w, http.StatusCreated, protocol.AppendFiles(nil, protocol.Files{Files: all}))
	return nil
}

// beginUpload makes the body of a request one that may be large and slow. The caller calls
// end. The error is a *protocol.Error.
func (s *Server) beginUpload(w http.ResponseWriter, r *http.Request, c *caller) (body io.Reader, end func(), err error) {
	most := s.options.MaxFileSize
	switch {
	case most == 0 && !isForm(r): // a form may have no file
		return nil, nil, noFiles()
	case r.Header.Get("Content-Encoding") != "" && r.Header.Get("Content-Encoding") != "identity":
		return nil, nil, protocol.Errorf(protocol.BadField, "the body is encoded: send it as it is, without Content-Encoding")
	case !isForm(r) && r.ContentLength > most, r.ContentLength > protocol.MaxFiles*(most+maxPartHeader)+int64(s.limits.FrameBytes):
		return nil, nil, s.tooLarge()
	case !s.uploading.begin(c.network()):
		e := protocol.Errorf(protocol.TooMany, "too many files are being uploaded at once")
		e.RetryAfter = time.Second
		return nil, nil, e
	}
	b := &patientBody{body: r.Body, control: http.NewResponseController(w), server: s, began: time.Now()}
	stop := context.AfterFunc(s.serving, b.hurry)
	return b, func() {
		stop()
		s.uploading.end(c.network())
	}, nil
}

func noFiles() *protocol.Error {
	return protocol.Errorf(protocol.Forbidden, "this server takes no files")
}

func (s *Server) tooLarge() *protocol.Error {
	return protocol.Errorf(protocol.TooLong, "the file is too large: at most %d bytes", s.options.MaxFileSize)
}

// patientBody is a request's body that may come for as long as it keeps coming, until the
// server drains. The server's own bounds are for small ones.
type patientBody struct {
	body    io.Reader
	control *http.ResponseController
	server  *Server
	began   time.Time
	n       int64
}

func (b *patientBody) Read(p []byte) (int, error) {
	now := time.Now()
	until := b.began.Add(readWithin + time.Duration(b.n)*time.Second/slowestUpload)
	if soon := now.Add(readWithin); soon.Before(until) {
		until = soon
	}
	_ = b.control.SetReadDeadline(until)                              // a server in front without it has bounds of its own
	_ = b.control.SetWriteDeadline(now.Add(writeWithin + readWithin)) // as above
	if b.server.Draining() {
		b.hurry()
		return 0, shuttingDown()
	}
	n, err := b.body.Read(p)
	b.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && b.server.Draining() {
		err = shuttingDown()
	}
	return n, err
}

// hurry ends a read that waits.
func (b *patientBody) hurry() {
	_ = b.control.SetReadDeadline(time.Now()) // as above
}

func shuttingDown() *protocol.Error {
	e := protocol.Errorf(protocol.Unavailable, "the server is shutting down: come back in a while")
	e.RetryAfter = time.Second
	return e
}

// received is a file that has come and isn't stored yet.
type received struct {
	upload journal.Upload
	file   protocol.File
	digest string // of what has come, and the name
}

// readFile reads a file up to its end. The error is a *protocol.Error, which may be wrapped.
func (s *Server) readFile(ctx context.Context, p *room.Participant, c *caller, name string, body io.Reader, size int64, to *form) error {
	if s.options.MaxFileSize == 0 {
		return noFiles()
	}
	if wait := s.uploads.Take(c.from); wait > 0 {
		e := protocol.Errorf(protocol.RateLimited, "too many files from your address: at most %d a minute", s.options.UploadsPerMinute)
		e.RetryAfter = wait
		return e
	}
	u, err := p.NewFile(ctx, size)
	if err != nil {
		return err
	}
	f := received{upload: u, file: protocol.File{Name: media.Name(name)}}
	to.files = append(to.files, f) // so that it is discarded
	hash := sha256.New()
	hash.Write([]byte(f.file.Name + "\x00"))
	if err := s.copyFile(u, io.TeeReader(io.LimitReader(body, s.options.MaxFileSize+1), hash)); err != nil {
		return s.options.Rooms.FileRefusal(p.Room(), err)
	}
	info, err := media.Inspect(u, u.Size())
	if err != nil {
		return s.options.Rooms.FileRefusal(p.Room(), err)
	}
	f.file.Type, f.file.Width, f.file.Height = info.Type, info.Width, info.Height
	f.digest = hex.EncodeToString(hash.Sum(nil))
	to.files[len(to.files)-1] = f
	return nil
}

// copyFile copies a body into a file. The error is a *protocol.Error, or one of the file.
func (s *Server) copyFile(u journal.Upload, body io.Reader) error {
	piece := make([]byte, copyBytes)
	for {
		n, err := body.Read(piece)
		if u.Size()+int64(n) > s.options.MaxFileSize {
			return s.tooLarge()
		}
		if n > 0 {
			if _, err := u.Write(piece[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if u.Size() == 0 {
				return protocol.Errorf(protocol.Empty, "the file is empty")
			}
			return nil
		case err != nil:
			return badBody(err, "the body can't be read: it ended early or came too slowly")
		}
	}
}

// badBody is the refusal of a body that can't be read because of err.
func badBody(err error, detail string) *protocol.Error {
	var refusal *protocol.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return protocol.Errorf(protocol.BadField, "%s", detail)
}

const (
	// smallBody is what net/http reads by itself of a body that nobody has read.
	smallBody = 256 << 10
	// lingerWithin and discardBytes bound what is read of a body that is refused.
	lingerWithin = 10 * time.Second
	discardBytes = 128 << 20
)

// bringsFiles reports whether the body of a request may be as large as files are.
func bringsFiles(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/files") || isForm(r)
}

// lingerAfterRefusal prepares the refusal of a request that may still be sending a large
// body. The function that it returns reads some of the rest, or the client would see that the
// connection was cut, and not the answer.
func (s *Server) lingerAfterRefusal(w http.ResponseWriter, r *http.Request) func() {
	if !bringsFiles(r) || r.Body == nil || r.Body == http.NoBody || r.ContentLength >= 0 && r.ContentLength < smallBody {
		return func() {} // other bodies are small, and net/http reads what is left of such
	}
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/2 always is
	w.Header().Set("Connection", "close")
	return func() {
		within := lingerWithin
		if s.Draining() {
			within = time.Second
		}
		_ = control.Flush()                                 // the client may be gone
		_ = control.SetReadDeadline(time.Now().Add(within)) // as for patientBody
		_, _ = io.CopyN(io.Discard, r.Body, discardBytes)   // for as long as it comes
	}
}
