package socket

import (
	"errors"
	"os"
	"testing"
	"time"
)

// bytesRead is a Buffer that keeps what was read.
type bytesRead struct {
	space [16]byte
	all   []byte
}

func (b *bytesRead) Space() []byte { return b.space[:] }

func (b *bytesRead) Advance(n int) { b.all = append(b.all, b.space[:n]...) }

// A reader that didn't run before its deadline still gets what has arrived, once.
func TestWhatHasArrivedIsReadAfterTheDeadline(t *testing.T) {
	for _, over := range []string{"TCP", "TLS"} {
		t.Run(over, func(t *testing.T) {
			var c *Conn
			var say func(string) error
			if over == "TLS" {
				near, far := overTLS(t)
				c, say = near, func(s string) error { _, err := far.Write([]byte(s)); return err }
			} else {
				near, far := overTCP(t)
				c, say = new(Conn), func(s string) error { _, err := far.Write([]byte(s)); return err }
				c.Open(near, 0)
			}
			var got bytesRead
			c.SetDeadline(time.Now().Add(time.Minute))
			if err := say("hello"); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(&got); err != nil { // it has arrived
				t.Fatal(err)
			}
			if err := say(" again"); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(time.Minute); string(got.all) != "hello again" && time.Now().Before(end); { // until the system has brought it
				c.SetDeadline(time.Unix(1, 0))
				if _, err := c.Read(&got); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(err)
				}
			}
			if string(got.all) != "hello again" {
				t.Errorf("it has read %q", got.all)
			}
			for range 2 { // also by whoever goes on sending
				if _, err := c.Read(&got); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("after the deadline: %v", err)
				}
				if err := say("and so on"); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
