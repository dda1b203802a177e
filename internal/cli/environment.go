package cli

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const prefix = "SNUG_"

// variables are the environment variables of the server and of the command snug, without
// their prefix. Each of the two ignores the variables of the other: they may be set in the same
// environment. A test in each command checks that this list is complete.
var variables = strings.Fields(`
	ACME_DIRECTORY ADDR ADMIN ADMIN_SECRET_FILE AUTH AUTH_AUDIENCE AUTH_ISSUER BAD_FRAMES CERT_CACHE CLUSTER_AUTHORITY
	CLUSTER_CREDS CLUSTER_FILE CLUSTER_KEEP CLUSTER_LISTEN CLUSTER_NAME CLUSTER_PEERS CLUSTER_SECRET_FILE CONFIG DOMAIN FRAME_ANCESTORS GUESTS
	HISTORY HTTP_ADDR JOINS_PER_MINUTE JOURNAL KEEP LIMITS LOG_FORMAT LOG_LEVEL MAX_CONNECTIONS
	MAX_CONNECTIONS_PER_ADDRESS MAX_CONTENT MAX_FILES MAX_FILE_SIZE MAX_JOURNAL MAX_MEMBERS MAX_ROOMS MAX_ROOM_FILES MAX_WAITING MESSAGE_RATE NEW_ROOMS_PER_MINUTE
	NICK OIDC_CLIENT_ID OIDC_GROUPS OIDC_GROUPS_CLAIM OIDC_SCOPES OIDC_SECRET_FILE OIDC_SESSION ORIGINS OUTGOING_HOOKS OWNERS PASSWORD PROXY_PROTOCOL PUBLIC_URL PUSH PUSH_CONTACT SEARCH SEAT_SERIES SECURITY_CONTACT SERVER TLS_CERT TLS_KEY TOKEN TRACES TRACES_SHARE TRANSPORT TRUSTED_PROXIES UPLOADS_PER_MINUTE WRONG_PASSWORDS_PER_MINUTE
`)

// others match variables that are set for other reasons: by images that name their version, by
// Kubernetes for a service named snug, and by the tests.
var others = regexp.MustCompile(`^(VERSION|SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?|SOAK|TEST_.*)$`)

// CheckEnvironment returns an error for a SNUG_ variable that no command knows. It is most
// likely misspelled, and a server that ignores the misspelled name of --auth would be open to everyone.
// So it does for one that isn't UTF-8.
func CheckEnvironment() error {
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		name, ours := strings.CutPrefix(name, prefix)
		if ours && Knows(name) && !utf8.ValidString(value) {
			return fmt.Errorf("environment variable $%s%s isn't text in UTF-8", prefix, name)
		}
		if !ours || slices.Contains(variables, name) || others.MatchString(name) {
			continue
		}
		if near := Nearest(name, variables); near != "" {
			return fmt.Errorf("unknown environment variable $%s%s: did you mean $%s%s?", prefix, name, prefix, near)
		}
		return fmt.Errorf("unknown environment variable $%s%s: --help lists those that there are; unset it", prefix, name)
	}
	return nil
}

// UnsetEmpty unsets SNUG_ variables that are empty: whoever leaves them so in a file means that they
// aren't set.
func UnsetEmpty() {
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); value == "" && strings.HasPrefix(name, prefix) {
			_ = os.Unsetenv(name) // it was set
		}
	}
}

// Knows reports whether name, with its prefix, is a variable of a command.
func Knows(name string) bool { return slices.Contains(variables, strings.TrimPrefix(name, prefix)) }
