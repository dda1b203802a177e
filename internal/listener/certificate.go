package listener

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"snug/internal/keyfile"
)

// checkEvery is how often the files of a certificate are checked, at most.
const checkEvery = time.Second

// certificate is a certificate in files that are replaced when it is renewed. New
// connections get the newest valid pair of files. It is safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   string // of the files when they were last read
	checked time.Time
}

func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.stamp, c.checked = c.stamps(), time.Now()
	var err error
	c.pair, err = c.read()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// current returns the certificate at a time. If the files can't be read or aren't a pair, it
// logs that once for each change, and the old certificate stays.
func (c *certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.checked) < checkEvery {
		return c.pair
	}
	c.checked = now
	stamp := c.stamps()
	if stamp == c.stamp {
		return c.pair
	}
	c.stamp = stamp
	pair, err := c.read()
	if err != nil {
		c.log.Error("the new certificate can't be used; the old one stays", "err", err)
		return c.pair
	}
	c.pair = pair
	c.log.Info("the certificate is renewed", "until", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	return c.pair
}

// read reads the files.
func (c *certificate) read() (*tls.Certificate, error) {
	cert, err := keyfile.Read(c.certFile)
	if err != nil {
		return nil, err
	}
	key, err := keyfile.Read(c.keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	return &pair, err
}

// stamps identifies a state of the files. The time alone doesn't: a new file may have the
// time of the old one.
func (c *certificate) stamps() string {
	var s strings.Builder
	for _, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			s.WriteString(err.Error() + "\n")
			continue
		}
		_, _ = fmt.Fprintln(&s, info.ModTime().UnixNano(), info.Size()) // a Builder doesn't fail
	}
	return s.String()
}
