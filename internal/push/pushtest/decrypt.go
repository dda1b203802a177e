package pushtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	saltBytes = 16
	tagBytes  = 16
	// headerBytes is how long the header of a body is before the sender's key (RFC 8188, section 2.1).
	headerBytes = saltBytes + 4 + 1
	// maxBodyBytes is what each push service takes (RFC 8291, section 4).
	maxBodyBytes = 4096
)

// Decrypt decrypts the body of a push, as RFC 8291 says: private and secret are those of the browser.
func Decrypt(private *ecdh.PrivateKey, secret, body []byte) ([]byte, error) {
	if len(body) < headerBytes || len(body) > maxBodyBytes {
		return nil, fmt.Errorf("the body has %d bytes", len(body))
	}
	salt, size, keyBytes := body[:saltBytes], binary.BigEndian.Uint32(body[saltBytes:]), int(body[headerBytes-1])
	if len(body) < headerBytes+keyBytes+tagBytes {
		return nil, errors.New("the body ends early")
	}
	key, record := body[headerBytes:headerBytes+keyBytes], body[headerBytes+keyBytes:]
	if len(record) > int(size) {
		return nil, errors.New("there is more than one record")
	}
	sender, err := ecdh.P256().NewPublicKey(key)
	if err != nil {
		return nil, err
	}
	shared, err := private.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := slices.Concat([]byte("WebPush: info\x00"), private.PublicKey().Bytes(), key) // section 3.3
	input, err := hkdf.Key(sha256.New, shared, secret, string(info), sha256.Size)
	if err != nil {
		return nil, err
	}
	contentKey, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16) // RFC 8188, section 2.2
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12) // section 2.3
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	plain = bytes.TrimRight(plain, "\x00")
	content, last := bytes.CutSuffix(plain, []byte{2}) // the delimiter of the last record
	if !last {
		return nil, errors.New("the record isn't the last one")
	}
	return content, nil
}
