package listener

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// lookEvery is how often the files of a certificate are looked at, at the most.
const lookEvery = time.Second

// certificate is one in files, which whoever renews it writes anew. Who connects
// gets the newest that is whole; connections that stand keep theirs.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  string // of the files, when they were last read
	looked time.Time
}

func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.stamp, c.looked = c.stamps(), time.Now()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c.pair = &pair
	return c, nil
}

// current returns the certificate as it is at a time. What can't be read, or isn't
// a pair, is told of once, and the old one stays.
func (c *certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.pair
	}
	c.looked = now
	stamp := c.stamps()
	if stamp == c.stamp {
		return c.pair
	}
	c.stamp = stamp
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the new certificate can't be used; the old one stays", "err", err)
		return c.pair
	}
	c.pair = &pair
	c.log.Info("the certificate is renewed", "until", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	return c.pair
}

// stamps tells a state of the files from another: a file that is replaced may have
// the time of the one before.
func (c *certificate) stamps() string {
	var s strings.Builder
	for _, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			s.WriteString(err.Error() + "\n")
			continue
		}
		_, _ = fmt.Fprintln(&s, info.ModTime().UnixNano(), info.Size()) // a Builder takes all
	}
	return s.String()
}
