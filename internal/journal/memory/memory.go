// Package memory is a journal that keeps its logs in memory, and files in a temporary
// directory. They end with the process. It is for servers that need no history, and for
// quick tests.
//
// It starts no goroutine: the caller of Append does the work. A timer for each room that
// nobody follows forgets the room after a while, and one for each file that belongs to no
// entry removes it.
package memory

import (
	"context"
	"strings"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
	"snug/protocol"
)

// Options bound what the journal keeps. A zero field means its default.
type Options struct {
	// Keep is how many of the newest entries a room keeps; default 1,000.
	Keep int
	// ForgetAfter is how long the journal keeps a room that nobody follows; default ten
	// minutes.
	ForgetAfter time.Duration
	// MaxFiles is the largest size of all files in bytes; 0 for no limit.
	MaxFiles int64
}

// Journal is a [journal.Journal] in memory. Append calls done before it returns.
type Journal struct {
	journal.Files // the store of the files in directory

	keep        int
	forgetAfter time.Duration
	identity    journal.Identity
	digester    journal.Digester
	followers   journal.Followers
	directory   *files.Directory

	mu     sync.Mutex
	rooms  map[string]*room
	made   uint64    // how many rooms were made so far; part of their epochs
	drafts uint64    // how many there were so far
	at     time.Time // of the last draft by the log's clock, which never runs backwards
	ended  closedRooms
	closed bool
}

var (
	_ journal.Journal    = (*Journal)(nil)
	_ journal.Observable = (*Journal)(nil)
	_ journal.Catalog    = (*Journal)(nil)
)

// Open returns an empty journal.
func Open(o Options) *Journal {
	j := &Journal{keep: o.Keep, forgetAfter: o.ForgetAfter, identity: journal.NewIdentity(), directory: files.Temporary(o.MaxFiles), rooms: map[string]*room{}}
	j.Files = newStore(j)
	if j.keep == 0 {
		j.keep = 1000
	}
	if j.forgetAfter == 0 {
		j.forgetAfter = 10 * time.Minute
	}
	j.digester = journal.NewDigester(&j.identity)
	return j
}

// open returns the room, and makes it if there is none. The caller holds j.mu.
func (j *Journal) open(code string) *room {
	if r := j.rooms[code]; r != nil {
		return r
	}
	j.made++
	r := &room{log: j.made, generation: j.ended.generation(code), state: map[string][]byte{}, known: map[commandKey]command{}, used: time.Now()}
	r.forget = time.AfterFunc(j.forgetAfter, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		// The room may have been used while this waited for the lock. Then the timer
		// was set again.
		if r.feeds == 0 && j.rooms[code] == r && time.Since(r.used) >= j.forgetAfter {
			delete(j.rooms, code)
			j.dropAllFiles(r)
		}
	})
	j.rooms[code] = r
	return r
}

// Append implements [journal.Journal].
func (j *Journal) Append(_ context.Context, d journal.Draft, done journal.Done) error {
	var digest journal.Digest
	if d.Once {
		digest = j.digester.Digest(&d)
	}
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return journal.ErrClosed
	}
	if d.Began != nil {
		d.Began()
	}
	o, err := j.put(&d, digest)
	j.mu.Unlock()
	done(o, err)
	return nil
}

func (j *Journal) put(d *journal.Draft, digest journal.Digest) (journal.Outcome, error) {
	if now := journal.Millis(time.Now()); now.After(j.at) {
		j.at = now
	}
	if j.at.Before(j.ended.until(d.Room)) {
		return journal.Outcome{}, journal.ErrRoomClosed
	}
	r := j.open(d.Room)
	if r.feeds == 0 {
		j.idle(r)
	}
	j.drafts++
	r.at = j.at
	r.dropExpired()
	key := commandKey{d.Event.From.Member, d.Event.ID}
	if d.Once {
		f, known := r.known[key]
		switch {
		case known && f.digest != digest:
			return journal.Outcome{}, journal.ErrConflict
		case known:
			return journal.Outcome{Seq: f.seq, Duplicate: true}, nil
		}
	}
	if d.OnlyIfRepeat {
		return journal.Outcome{}, journal.ErrNotRepeat
	}
	if err := r.checkConditions(d); err != nil {
		return journal.Outcome{}, err
	}
	if d.StateOnly {
		return j.changeOnly(r, d), nil
	}
	r.head++
	e := &journal.Entry{Event: d.Event, Private: d.Private}
	e.Seq, e.At = r.head, r.at
	r.entries = append(r.entries, e)
	r.useFiles(d.Files)
	r.count(e, 1)
	if e.Type == protocol.EventMessage {
		r.said = e.At
	}
	if len(r.entries) > j.keep {
		r.count(r.entries[0], -1)
		r.entries = r.entries[1:] // append drops the old array when it grows
		j.followers.SetFirst(d.Room, r.generation, r.first())
		j.dropPruned(r)
	}
	if d.Once {
		r.known[key] = command{r.head, r.at, digest}
		r.order = append(r.order, key)
	}
	if e.Type == protocol.EventDeleted {
		r.erase(e.Target)
		j.dropFiles(r, func(f *file) bool { return f.Seq == e.Target })
	}
	r.change(d.State)
	// Under the lock, so that feeds get entries in the order of the log.
	j.followers.Push(d.Room, r.generation, e)
	if d.Close {
		j.closeRoom(d.Room, r)
	}
	return journal.Outcome{Seq: r.head}, nil
}

// Follow implements [journal.Journal].
func (j *Journal) Follow(_ context.Context, code string) (journal.Snapshot, *journal.Feed, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return journal.Snapshot{}, nil, journal.ErrClosed
	}
	r := j.open(code)
	r.forget.Stop()
	r.feeds++
	s := j.snapshot(code, r, "")
	feed := j.followers.Add(code, func() { j.leave(r) })
	feed.Begin(s, j.drafts)
	return s, feed, nil
}

// snapshot returns the room with the keys of its state that begin with prefix. The caller
// holds j.mu.
func (j *Journal) snapshot(code string, r *room, prefix string) journal.Snapshot {
	s := journal.Snapshot{Epoch: j.identity.Epoch(code, r.log), First: r.first(), Head: r.head, State: map[string][]byte{}, Generation: r.generation}
	if until := j.ended.until(code); until.After(time.Now()) && until.After(j.at) {
		s.Closed = until
	}
	for key, value := range r.state {
		if strings.HasPrefix(key, prefix) {
			s.State[key] = value
		}
	}
	return s
}

// Observe implements [journal.Observable].
func (j *Journal) Observe(f func(room string, entries []*journal.Entry)) (stop func()) {
	return j.followers.Observe(f)
}

// ObserveFirst implements [journal.Observable].
func (j *Journal) ObserveFirst(f func(room string, first uint64)) (stop func()) {
	return j.followers.ObserveFirst(f)
}

// ObserveChanges implements [journal.Observable].
func (j *Journal) ObserveChanges(f func(room string, changes []journal.Change)) (stop func()) {
	return j.followers.ObserveChanges(f)
}

// Rooms implements [journal.Observable].
func (j *Journal) Rooms(_ context.Context, prefix string) (map[string]journal.Snapshot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, journal.ErrClosed
	}
	all := make(map[string]journal.Snapshot)
	for code, r := range j.rooms {
		if s := j.snapshot(code, r, prefix); len(s.State) > 0 {
			all[code] = s
		}
	}
	return all, nil
}

func (j *Journal) leave(r *room) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.feeds--
	if r.feeds == 0 && !j.closed && !r.ended {
		j.idle(r)
	}
}

// idle starts the timer after which a room that nobody follows is forgotten. The caller
// holds j.mu.
func (j *Journal) idle(r *room) {
	r.used = time.Now()
	r.forget.Reset(j.forgetAfter)
}

// Key implements [journal.Journal].
func (j *Journal) Key(purpose string) []byte { return j.identity.Key(purpose) }

// Close implements [journal.Journal].
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return journal.ErrClosed
	}
	j.closed = true
	for _, r := range j.rooms {
		r.forget.Stop()
		j.dropAllFiles(r)
	}
	clear(j.rooms)
	return j.directory.RemoveAll()
}
