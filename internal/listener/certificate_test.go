package listener

import (
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestABrokenCertificateIsLoggedOnce(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	write := func(file, typ string, data []byte) {
		t.Helper()
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certFile, "CERTIFICATE", pair.Certificate[0])
	write(keyFile, "PRIVATE KEY", key)
	var logged strings.Builder
	c, err := openCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first, now := c.pair, time.Now()
	write(certFile, "CERTIFICATE", []byte("broken"))
	for range 5 {
		now = now.Add(checkEvery)
		if c.current(now) != first {
			t.Error("a broken certificate is used")
		}
	}
	if n := strings.Count(logged.String(), "the old one stays"); n != 1 {
		t.Errorf("a broken certificate is logged %d times:\n%s", n, logged.String())
	}
	write(certFile, "CERTIFICATE", pair.Certificate[0])
	if now = now.Add(checkEvery); c.current(now) == first || !strings.Contains(logged.String(), "renewed") {
		t.Errorf("a certificate that is whole again is not used:\n%s", logged.String())
	}
}
