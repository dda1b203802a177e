package snug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/signin"
	"snug/protocol"
)

// leastSession is the shortest time of a session: in less, nobody would have signed in.
const leastSession = time.Minute

// tokens returns the verifier of tokens, and what users sign in by at public, the server's address. Both are nil if no
// tokens are required, and the second if tokens come from elsewhere.
func (o *Options) tokens(public string) (auth.Verifier, *signin.Handler, error) {
	issuer, isOIDC := strings.CutPrefix(o.Auth.Method, "oidc:")
	if err := o.checkTokens(isOIDC); err != nil {
		return nil, nil, err
	}
	switch {
	case o.Auth.Authenticate != nil:
		return o.authenticator(), nil, nil
	case isOIDC:
		h, err := o.signIn(issuer, public)
		if err != nil {
			return nil, nil, err
		}
		return h.Tokens(), h, nil
	case o.Auth.Method == "":
		return nil, nil, nil
	}
	tokens, err := auth.OpenTokens(o.Auth.Method, auth.TokenOptions{Audience: o.Auth.Audience, Issuer: o.Auth.Issuer}, o.Log)
	if err != nil {
		return nil, nil, &OptionError{"Auth.Method", o.Auth.Method, err.Error()}
	}
	return tokens, nil, nil
}

// checkTokens returns an *OptionError for the first option in the groups Auth and SignIn that doesn't go
// with Auth.Method.
func (o *Options) checkTokens(isOIDC bool) error {
	const (
		forSigned = "it is for tokens that others sign: Auth.Method must name the key that they are checked with"
		forSignIn = "it is for users who sign in: Auth.Method must be oidc:ISSUER"
	)
	signed := o.Auth.Method != "" && !isOIDC
	switch {
	case o.Auth.Method != "" && o.Auth.Authenticate != nil:
		return &OptionError{"Auth.Method", o.Auth.Method, "Auth.Authenticate is in its place: set one of the two"}
	case o.Auth.Method == "" && o.Auth.Authenticate == nil && o.Auth.Guests:
		return &OptionError{"Auth.Guests", o.Auth.Guests, "without Auth.Method, all are guests: leave it out"}
	case !signed && o.Auth.Audience != "":
		return &OptionError{"Auth.Audience", o.Auth.Audience, forSigned}
	case !signed && o.Auth.Issuer != "":
		return &OptionError{"Auth.Issuer", o.Auth.Issuer, forSigned}
	case !isOIDC && o.SignIn.ClientID != "":
		return &OptionError{"SignIn.ClientID", o.SignIn.ClientID, forSignIn}
	case !isOIDC && o.SignIn.SecretFile != "":
		return &OptionError{"SignIn.SecretFile", o.SignIn.SecretFile, forSignIn}
	case !isOIDC && len(o.SignIn.Groups) > 0:
		return &OptionError{"SignIn.Groups", strings.Join(o.SignIn.Groups, ", "), forSignIn}
	}
	return nil
}

// Identity is who has a token, as Options.Auth.Authenticate says.
type Identity struct {
	// Subject is the user's own, such as the key of a table: nobody else ever has it. It is required.
	// The same Subject is the same member in a room. Others never see it.
	Subject string
	// Name is the user's nick. If it is empty, the user chooses one.
	Name string
	// Role is the least role that the user has in the room, while connected; empty for
	// that of a member.
	Role protocol.Role
	// Until is when the connection ends unless the client has shown another token; zero for
	// never. The client is told the time, and may send a fresh token before it ends.
	Until time.Time
}

// authenticator returns a verifier of tokens that asks Auth.Authenticate.
func (o *Options) authenticator() auth.Verifier {
	return auth.VerifierFunc(func(ctx context.Context, token, room string) (*auth.Holder, error) {
		return callback(ctx, o.Log, "Auth.Authenticate", protocol.BadToken, func(ctx context.Context) (*auth.Holder, error) {
			id, err := o.Auth.Authenticate(ctx, token, room)
			if err != nil {
				return nil, err
			}
			role := cmp.Or(id.Role, protocol.RoleMember)
			switch {
			case id.Subject == "":
				return nil, errors.New("the Identity has no Subject")
			case !id.Until.IsZero() && !time.Now().Before(id.Until):
				return nil, Refuse("the token has expired: get another one")
			case role.Rank() < 0:
				return nil, fmt.Errorf("the Identity has the unknown role %q", role)
			}
			return &auth.Holder{Subject: id.Subject, Name: id.Name, Role: role, Until: auth.Expiry(id.Until)}, nil
		})
	})
}

// signIn returns what users sign in by, at an issuer.
func (o *Options) signIn(issuer, public string) (*signin.Handler, error) {
	switch {
	case !strings.HasPrefix(issuer, "https://") && !strings.HasPrefix(issuer, "http://"):
		return nil, &OptionError{"Auth.Method", o.Auth.Method, "the provider is named by its issuer's URL, such as oidc:https://login.example.com"}
	case o.SignIn.ClientID == "":
		return nil, &OptionError{"SignIn.ClientID", o.SignIn.ClientID, "the ID that the provider knows this server by is required"}
	case o.SignIn.SecretFile == "":
		return nil, &OptionError{"SignIn.SecretFile", o.SignIn.SecretFile, "a file with the secret that the provider has given this server is required"}
	case public == "":
		return nil, &OptionError{"Web.PublicURL", o.Web.PublicURL, "users who sign in are sent back to it: such as https://chat.example"}
	case o.SignIn.Session < leastSession:
		return nil, &OptionError{"SignIn.Session", o.SignIn.Session, "a time of a minute or more, such as 12h"}
	}
	secret, err := auth.ReadSecret(o.SignIn.SecretFile)
	if err != nil {
		return nil, &OptionError{"SignIn.SecretFile", o.SignIn.SecretFile, err.Error()}
	}
	var grants []signin.Grant
	for _, s := range o.SignIn.Groups {
		g, err := signin.ParseGrant(s)
		if err != nil {
			return nil, &OptionError{"SignIn.Groups", s, err.Error()}
		}
		grants = append(grants, g)
	}
	return signin.New(signin.Options{
		Issuer: issuer, ClientID: o.SignIn.ClientID, ClientSecret: secret, Scopes: o.SignIn.Scopes, GroupsClaim: o.SignIn.GroupsClaim,
		Grants: grants, Guests: o.Auth.Guests, SessionTime: o.SignIn.Session, PublicURL: public, Log: o.Log,
	})
}
