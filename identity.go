package snug

import (
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/signin"
)

// leastSession is the shortest time of a session: in less, nobody would have signed in.
const leastSession = time.Minute

// tokens returns the verifier of tokens, and what users sign in by at public, the server's address. Both are nil if no
// tokens are required, and the second if tokens come from elsewhere.
func (o *Options) tokens(public string) (*auth.Tokens, *signin.Handler, error) {
	issuer, isOIDC := strings.CutPrefix(o.Auth.Method, "oidc:")
	if o.Auth.Method == "" || isOIDC {
		for option, value := range map[string]string{"Auth.Audience": o.Auth.Audience, "Auth.Issuer": o.Auth.Issuer} {
			if value != "" {
				return nil, nil, &OptionError{option, value, "it is for tokens that others sign: Auth.Method must name the key that they are checked with"}
			}
		}
	}
	if !isOIDC {
		for option, value := range map[string]string{"SignIn.ClientID": o.SignIn.ClientID, "SignIn.SecretFile": o.SignIn.SecretFile, "SignIn.Groups": strings.Join(o.SignIn.Groups, ", ")} {
			if value != "" {
				return nil, nil, &OptionError{option, value, "it is for users who sign in: Auth.Method must be oidc:ISSUER"}
			}
		}
	}
	switch {
	case isOIDC:
		h, err := o.signIn(issuer, public)
		if err != nil {
			return nil, nil, err
		}
		return h.Tokens(), h, nil
	case o.Auth.Method == "" && o.Auth.Guests:
		return nil, nil, &OptionError{"Auth.Guests", o.Auth.Guests, "without Auth.Method, all are guests: leave it out"}
	case o.Auth.Method == "":
		return nil, nil, nil
	}
	tokens, err := auth.OpenTokens(o.Auth.Method, auth.TokenOptions{Audience: o.Auth.Audience, Issuer: o.Auth.Issuer}, o.Log)
	if err != nil {
		return nil, nil, &OptionError{"Auth.Method", o.Auth.Method, err.Error()}
	}
	return tokens, nil, nil
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
