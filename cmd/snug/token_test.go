package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"snug"
	"snug/internal/listener"
)

// TestTokenScripts runs scripts against a server that asks for tokens and speaks
// TLS, which the command trusts as it would any other: by the system's word.
func TestTokenScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "tokens"), Setup: func(env *testscript.Env) error {
		cert, key := filepath.Join(env.WorkDir, "cert.pem"), filepath.Join(env.WorkDir, "key.pem")
		if err := certify(cert, key); err != nil {
			return err
		}
		entry, err := listener.Open(listener.Options{Addr: "127.0.0.1:0", CertFile: cert, KeyFile: key, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		o := snug.Defaults()
		o.Journal, o.Log = "memory:", slog.New(slog.DiscardHandler)
		o.Auth.Method, o.Auth.Audience = "hmac:"+filepath.Join(env.WorkDir, "secret"), "snug"
		server, err := snug.New(context.Background(), o)
		if err != nil {
			entry.Close()
			return err
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = entry.Serve(server) // until Close
		}()
		env.Defer(func() {
			entry.Close()
			<-served
			_ = server.Shutdown(context.Background()) // its clients have gone
		})
		env.Setenv("SNUG_SERVER", entry.URL())
		env.Setenv("SNUG_NICK", "ann")
		env.Setenv("SSL_CERT_FILE", cert)
		return nil
	}})
}

// certify writes a certificate for 127.0.0.1 and its key.
func certify(cert, key string) error {
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	own.Close()
	der, err := x509.MarshalPKCS8PrivateKey(own.TLS.Certificates[0].PrivateKey)
	return errors.Join(err,
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate().Raw}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}
