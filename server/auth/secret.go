package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	// tokenBytes is the length of a token before it is written as text.
	tokenBytes = 32
	// minToken is the shortest token that is accepted: 128 bits in base64.
	minToken = 22
	// maxPassword is what bcrypt looks at; it would ignore the rest.
	maxPassword = 72
	// hashCost is that of new hashes, about 60 ms; maxCost that of the slowest accepted.
	hashCost = 10
	maxCost  = 14
	// maxSecretFile bounds what is read as a secret.
	maxSecretFile = 4 << 10
)

// NewToken returns 256 random bits as text that needs no escaping in a URL.
func NewToken() string {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// checkToken refuses what could be guessed or would not survive a header.
func checkToken(token string) error {
	if len(token) < minToken {
		return fmt.Errorf("the token has %d characters: expected at least %d random ones", len(token), minToken)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the token holds a space or a character beyond ASCII")
	}
	return nil
}

// HashPassword returns the bcrypt hash of a password.
func HashPassword(password string) (string, error) {
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case len(password) > maxPassword:
		return "", fmt.Errorf("the password has %d bytes: bcrypt takes %d", len(password), maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashCost)
	return string(hash), err
}

// TokenFile returns the token that stands in a file. Where there is no such file it is
// made, with a new token, for the user of this process alone; one that others may read
// is refused.
func TokenFile(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("make token file: %w", err)
	}
	token := NewToken()
	_, err = f.WriteString(token + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("write token file: %w", errors.Join(err, os.Remove(path)))
	}
	return token, nil
}

func readToken(path string) (string, error) {
	token, err := SecretFile(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("look at token file: %w", err)
	}
	// Windows has no such modes.
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("token file %s has mode %04o: others could read it; chmod 600 %s", path, info.Mode().Perm(), path)
	}
	if err := checkToken(token); err != nil {
		return "", fmt.Errorf("token file %s: %w", path, err)
	}
	return token, nil
}

// SecretFile returns the text of a small file without the space around it.
func SecretFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecretFile {
		return "", fmt.Errorf("read secret: %s is no file of at most %d bytes", path, maxSecretFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
