package embedded

import (
	"errors"

	"dashcam/server/auth"
)

// SignInMode is how people prove who they are.
type SignInMode = auth.Mode

// The modes: nobody is asked; a random token; a password.
const (
	SignInNone     = auth.ModeNone
	SignInToken    = auth.ModeToken
	SignInPassword = auth.ModePassword
)

// SignIn says who may see the dashboard. The zero value asks nobody.
type SignIn struct {
	Mode SignInMode
	// TokenFile holds the token. It is made, readable for the user of the process
	// alone, where it does not exist. Without one there is a new token in memory for
	// every New; in SignInPassword there is then none, and programs cannot sign in.
	TokenFile string
	// PasswordHash is what HashPassword made; or PasswordHashFile has it in a file.
	PasswordHash, PasswordHashFile string
}

// AddressFile reads a file with addresses, which may hold secrets: it is taken only from
// this user or root, and where others cannot read it.
func AddressFile(path string) (string, error) { return auth.AddressFile(path) }

// HashPassword returns the bcrypt hash of a password, for SignIn.
func HashPassword(password string) (string, error) { return auth.HashPassword(password) }

// authenticator returns what knows who has signed in, nil where nobody has to, and the secret
// for the link that is shown at the start, "" for none.
//
// The link ends up in logs. Where the token has a file, it therefore carries a secret
// of its own that works once; a token in memory has no other way to a person, and lives
// no longer than the process.
func (s SignIn) authenticator() (a *auth.Authenticator, link string, err error) {
	cfg := auth.AuthenticatorConfig{Mode: s.Mode, PasswordHash: s.PasswordHash}
	if s.Mode == "" || s.Mode == SignInNone {
		if s != (SignIn{Mode: s.Mode}) {
			return nil, "", errors.New("a token or password is set, but nobody is asked for it")
		}
		return nil, "", nil
	}
	if s.TokenFile != "" {
		if cfg.Token, err = auth.TokenFile(s.TokenFile); err != nil {
			return nil, "", err
		}
	}
	if s.PasswordHashFile != "" {
		if cfg.PasswordHash, err = auth.SecretFile(s.PasswordHashFile); err != nil {
			return nil, "", err
		}
	}
	switch {
	case s.Mode != SignInToken:
	case cfg.Token != "":
		cfg.OneTimeToken = auth.NewToken()
		link = cfg.OneTimeToken
	default:
		cfg.Token = auth.NewToken()
		link = cfg.Token
	}
	a, err = auth.NewAuthenticator(cfg)
	return a, link, err
}
