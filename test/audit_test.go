package test

import (
	"context"
	"database/sql"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// within is a context for one step of a test.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for what comes by itself.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v still not so: %s", patience, what)
		}
	}
}

// each does f for all clients at once and waits.
func each(clients []*client, f func(*client)) {
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { f(c) })
	}
	all.Wait()
}

// settle lets the clients come back, send again what is unsettled and read to
// the end of their rooms. Then it checks the whole log against the ledger.
func (s *site) settle(clients []*client) {
	s.t.Helper()
	each(clients, func(c *client) {
		session, err := c.connect(within(s.t))
		if err != nil {
			s.t.Errorf("%s can't come back: %v", c.nick, err)
			return
		}
		for len(c.waiting()) > 0 {
			select {
			case <-c.settling:
			case <-session.ended:
				s.t.Errorf("%s was cut while it settled: %v", c.nick, session.err)
				return
			}
		}
	})
	if s.t.Failed() {
		return
	}
	for _, c := range clients {
		eventually(s.t, c.nick+" has read all", func() bool { return c.position() == s.ledger.head(c.room) })
	}
	s.audit()
}

// audit reads the whole log of every room and checks it against the ledger.
func (s *site) audit() {
	s.t.Helper()
	var all sync.WaitGroup
	for _, code := range s.ledger.codes() {
		all.Go(func() {
			shown := s.ledger.head(code) // others, such as a bot, may talk on
			log, err := s.read(within(s.t), code)
			// A server of a cluster may need a while to let somebody in.
			for end := time.Now().Add(patience); err != nil && s.broken && strings.Contains(err.Error(), "unavailable") && time.Now().Before(end); {
				time.Sleep(100 * time.Millisecond) // the pace of who comes again
				log, err = s.read(within(s.t), code)
			}
			if err != nil {
				s.t.Errorf("read room %s: %v", code, err)
				return
			}
			s.ledger.holds(code, log, shown)
		})
	}
	all.Wait()
}

// read returns a room's whole log, page by page.
func (s *site) read(ctx context.Context, code string) (log []event, err error) {
	l, err := s.dial(ctx, code)
	if err != nil {
		return nil, err
	}
	defer l.cut()
	if err := l.send(ctx, fields{"type": "join", "nick": "auditor", "history": 0}); err != nil {
		return nil, err
	}
	welcome, err := l.await(ctx, "welcome")
	if err != nil {
		return nil, err
	}
	s.secret(welcome.You.Seat)
	for more := true; more; {
		if err := l.send(ctx, fields{"type": "history", "ref": "page", "after": len(log), "limit": 200}); err != nil {
			return nil, err
		}
		page, err := l.await(ctx, "history")
		if err != nil {
			return nil, err
		}
		log = append(log, page.Events...)
		more = page.More
	}
	return log, nil
}

// checkFile checks the file that a killed server has left: it is sound and has every
// confirmed message. It opens a copy, because opening a file repairs it.
func (s *site) checkFile() {
	s.t.Helper()
	dir := s.t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		copyFile(s.t, s.file+suffix, filepath.Join(dir, "log"+suffix))
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		s.t.Errorf("integrity check: %v %v", verdict, err)
	}
	rows, err := db.Query("SELECT code, seq, member, entries.id, coalesce(json_extract(body, '$.content'), ''), at FROM entries JOIN rooms ON rooms.id = room ORDER BY room, seq")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	logs := make(map[string][]event)
	for rows.Next() {
		var code string
		var e event
		var at int64
		if err := rows.Scan(&code, &e.Seq, &e.From.Member, &e.ID, &e.Content, &at); err != nil {
			s.t.Fatal(err)
		}
		e.At = time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z")
		logs[code] = append(logs[code], e)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	for _, code := range s.ledger.codes() {
		s.ledger.holds(code, logs[code], math.MaxUint64) // nobody is there any more
	}
}

// copyFile copies a file, if it is there.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// oneLine fails unless text is a single line that has all of wants in it.
func oneLine(t *testing.T, text string, wants ...string) {
	t.Helper()
	if strings.Count(strings.TrimSpace(text), "\n") > 0 {
		t.Errorf("more than a line: %q", text)
	}
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q doesn't say %q", text, want)
		}
	}
}
