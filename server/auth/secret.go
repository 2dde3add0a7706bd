package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
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
	// maxAddressFile bounds a file with addresses.
	maxAddressFile = 64 << 10
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
