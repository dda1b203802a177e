package convert

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// record is an event on its way into the file of its channel.
type record struct {
	channel uint32
	number  uint64
	event   []byte // as JSON
}

func (r record) compare(other record) int {
	return cmp.Or(cmp.Compare(r.channel, other.channel), cmp.Compare(r.number, other.number), bytes.Compare(r.event, other.event))
}

// sorter sorts records in bounded memory: it writes sorted runs into a temporary file, and merges
// them.
type sorter struct {
	file  *os.File
	at    int64 // its length
	runs  []run
	limit int // of the bytes in memory

	records []record // not yet in the file
	bytes   int
}

// run is a part of the file whose records are in order.
type run struct{ begin, length int64 }

const (
	runBytes    = 32 << 20
	recordBytes = 48       // that a record has in memory, apart from its event
	mergeBytes  = 16 << 10 // that are read of a run at once
)

func newSorter(directory string, limit int) (*sorter, error) {
	file, err := os.CreateTemp(directory, ".convert-*.part")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // an open file can be removed on most systems; elsewhere close does it
	return &sorter{file: file, limit: limit}, nil
}

func (s *sorter) close() error {
	err := s.file.Close()
	if removed := os.Remove(s.file.Name()); removed != nil && !errors.Is(removed, os.ErrNotExist) {
		return errors.Join(err, removed)
	}
	return err
}

func (s *sorter) add(r record) error {
	s.records = append(s.records, r)
	if s.bytes += recordBytes + len(r.event); s.bytes >= s.limit {
		return s.flush()
	}
	return nil
}

// flush writes what is in memory as a run.
func (s *sorter) flush() error {
	slices.SortFunc(s.records, record.compare)
	out := bufio.NewWriterSize(s.file, 64<<10)
	var head []byte
	length := int64(0)
	for _, r := range s.records {
		head = binary.AppendUvarint(head[:0], uint64(r.channel))
		head = binary.AppendUvarint(head, r.number)
		head = binary.AppendUvarint(head, uint64(len(r.event)))
		_, _ = out.Write(head) // Flush reports errors
		_, _ = out.Write(r.event)
		length += int64(len(head) + len(r.event))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the temporary file: %w", err)
	}
	s.runs = append(s.runs, run{s.at, length})
	s.at += length
	s.records, s.bytes = s.records[:0], 0
	clear(s.records[:cap(s.records)])
	return nil
}

// sorted calls visit for all records in order. Of equal ones, it passes over all but the first.
func (s *sorter) sorted(visit func(record) error) error {
	if err := s.flush(); err != nil {
		return err
	}
	var m merge
	for _, r := range s.runs {
		next := &merged{in: bufio.NewReaderSize(io.NewSectionReader(s.file, r.begin, r.length), mergeBytes)}
		if more, err := next.read(); err != nil {
			return err
		} else if more {
			m = append(m, next)
		}
	}
	heap.Init(&m)
	var last record
	for first := true; len(m) > 0; {
		r := m[0].record
		if first || r.compare(last) != 0 {
			if err := visit(r); err != nil {
				return err
			}
		}
		first, last = false, r
		more, err := m[0].read()
		if err != nil {
			return err
		}
		if more {
			heap.Fix(&m, 0)
		} else {
			heap.Pop(&m)
		}
	}
	return nil
}

// merged is a run that is read.
type merged struct {
	in     *bufio.Reader
	record record // the next one
}

// read reads the next record, and reports whether there is one.
func (m *merged) read() (bool, error) {
	channel, err := binary.ReadUvarint(m.in)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	number, err2 := binary.ReadUvarint(m.in)
	length, err3 := binary.ReadUvarint(m.in)
	if err := errors.Join(err, err2, err3); err != nil {
		return false, fmt.Errorf("read the temporary file: %w", err)
	}
	m.record = record{uint32(channel), number, make([]byte, length)}
	if _, err := io.ReadFull(m.in, m.record.event); err != nil {
		return false, fmt.Errorf("read the temporary file: %w", err)
	}
	return true, nil
}

// merge is a heap of runs, by their next records.
type merge []*merged

func (m merge) Len() int           { return len(m) }
func (m merge) Less(i, j int) bool { return m[i].record.compare(m[j].record) < 0 }
func (m merge) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *merge) Push(x any)        { *m = append(*m, x.(*merged)) }
func (m *merge) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
