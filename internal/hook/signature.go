package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// signatures are the headers with an HMAC-SHA256 of the body in hexadecimal.
var signatures = [...]struct{ header, prefix string }{
	{"X-Hub-Signature-256", "sha256="}, // GitHub, and Gitea for compatibility
	{"X-Gitea-Signature", ""},
	{"X-Forgejo-Signature", ""},
	{"X-Gogs-Signature", ""},
}

// verify checks that the sender knows the secret, if there is one: by a signature of the
// body, as GitHub and Gitea send it, or by the secret itself, as GitLab does. A request
// with neither is refused in every format, as else leaving out the signature would be
// enough.
func verify(header http.Header, body []byte, secret string) error {
	if secret == "" {
		return nil
	}
	if token := header.Get("X-Gitlab-Token"); token != "" {
		if subtle.ConstantTimeCompare([]byte(token), []byte(secret)) == 1 {
			return nil
		}
		return refuse(actionProhibited, "X-Gitlab-Token is not the secret of this hook: both need the same")
	}
	for _, s := range signatures {
		value := header.Get(s.header)
		if value == "" {
			continue
		}
		got, err := hex.DecodeString(strings.TrimPrefix(value, s.prefix))
		if err == nil && signed(body, secret, got) {
			return nil
		}
		return refuse(actionProhibited, "%s doesn't fit the body and the secret of this hook: both need the same secret", s.header)
	}
	return refuse(actionProhibited, "this hook has a secret, and the request is not signed: it needs X-Hub-Signature-256, X-Gitea-Signature or X-Gitlab-Token")
}

// signed reports whether a signature is that of the body, or of the field "payload" of a
// form, which is what Gitea signs.
func signed(body []byte, secret string, signature []byte) bool {
	fits := func(b []byte) bool {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(b)
		return hmac.Equal(signature, mac.Sum(nil))
	}
	form, ok := formPayload(string(body))
	return fits(body) || ok && fits([]byte(form))
}
