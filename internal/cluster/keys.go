package cluster

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"snug/internal/keyfile"
)

// minSecret is how many characters a secret has at least.
const minSecret = 16

// ReadSecret reads the secret that the nodes share: the first line of a file.
func ReadSecret(file string) ([]byte, error) {
	return keyfile.FirstLine(file, minSecret)
}

// keys are what the nodes recognise each other by. All nodes derive the same keys.
type keys struct {
	private  ed25519.PrivateKey
	password string
}

func deriveKeys(secret []byte) keys {
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "snug cluster "+purpose, 32)
		if err != nil { // only for lengths that SHA-256 can't give
			panic(fmt.Sprintf("cluster: derive a key: %v", err))
		}
		return key
	}
	return keys{ed25519.NewKeyFromSeed(derive("tls")), hex.EncodeToString(derive("password"))}
}

// errStranger means that the other side doesn't have the key that the nodes share.
var errStranger = errors.New("the other side has another secret: give all nodes the same --cluster-secret-file")

// tls returns the configuration of both sides of a connection between nodes. Both present
// the one key that all nodes have. Nothing else in the certificate is checked: names and
// dates don't count.
func (k *keys) tls() (*tls.Config, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "snug cluster"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // none (RFC 5280, section 4.1.2.5)
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	public := k.private.Public().(ed25519.PublicKey)
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, public, k.private)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: k.private}},
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true, //nolint:gosec // VerifyConnection does it, by the key alone
		SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !public.Equal(s.PeerCertificates[0].PublicKey) {
				return errStranger
			}
			return nil
		},
	}, nil
}
