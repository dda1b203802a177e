package journal

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrNoSpace says that a file doesn't fit: in its room, among all files, or on the disk.
// Nothing of it is kept.
var ErrNoSpace = errors.New("there is no space for the file")

// UnusedFor is how long a file that belongs to no entry is kept, by the log's clock.
const UnusedFor = time.Hour

// File is what a journal knows of a file. Its bytes never change.
type File struct {
	ID       string // at least 128 random bits, in letters and digits
	Room     string // canonical room code
	Uploader string // the member
	Size     int64
	Digest   [32]byte  // SHA-256 of the bytes
	Info     []byte    // what the caller of Store has given; the journal doesn't look at it
	Seq      uint64    // of the entry that it belongs to; 0 for none yet
	At       time.Time // when it was stored, by the log's clock
}

// Files is a journal that holds files. All engines do.
//
// A file is stored first, and then belongs to the entry that names it (see Draft.Files). It
// is removed when its entry is erased, pruned or expired, when its room is closed, or when
// it has belonged to no entry for UnusedFor. The file is gone from the log in the same
// commit, and soon afterwards its bytes are gone from the disk of every node. A reader that
// has it open can read to the end.
type Files interface {
	// NewFile returns an empty file to write to. The caller calls Store or Discard in the
	// end.
	NewFile(ctx context.Context) (Upload, error)
	// OpenFile opens the bytes of a file of the room. It waits while they come from another
	// node, until ctx ends. The error is ErrGone if there is no such file in the room (any
	// more). The caller closes the reader.
	OpenFile(ctx context.Context, room, id string) (io.ReadSeekCloser, File, error)
	// StatFile returns a file of the room without opening it. Errors are those of OpenFile.
	StatFile(ctx context.Context, room, id string) (File, error)
	// FileBytes returns the sum of the sizes of the files of a room, or of all rooms if room
	// is "".
	FileBytes(ctx context.Context, room string) (int64, error)
}

// Upload is a file that isn't stored yet. It is for one goroutine at a time.
//
// The error of a write wraps ErrNoSpace if the file doesn't fit.
type Upload interface {
	io.Writer   // appends
	io.ReaderAt // reads what was written
	io.WriterAt // replaces what was written, and can't write beyond its end
	Size() int64

	// Store makes the file durable (in a cluster, on a majority of the nodes) and records
	// it in the log, with the given ID. Only then it returns. After an error the file
	// can't be used; after ErrUnavailable it may be in the log, and is then removed like
	// every file that isn't used. Other errors are ErrNoSpace, ErrRoomClosed, ErrClosed and
	// ctx's.
	Store(ctx context.Context, f NewFile) (File, error)
	// Discard removes what was written. After Store it does nothing.
	Discard()
}

// NewFile is what Upload.Store records of a file, in addition to its size and digest.
type NewFile struct {
	Room     string
	Uploader string // the member that may use it in an entry
	Info     []byte // see File
	// MaxRoom is how many bytes the room's files may have, with this one; 0 for any number.
	// The log decides, in its order. If they would have more, the error is ErrNoSpace.
	MaxRoom int64
}

// Recording makes a draft record a file whose bytes are durable, or judges it by MaxRoom.
// Only engines use it. If the log has the ID already, the draft changes nothing.
type Recording struct {
	File          // of which Room, Seq and At aren't looked at
	MaxRoom int64 // see NewFile
}
