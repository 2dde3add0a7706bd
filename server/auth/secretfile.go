package auth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// TokenFile returns the token that stands in a file. Where there is no such file it is
// made, with a new token, for the user of this process alone. A file that others may
// read or could have written is refused: see [SecretFile].
func TokenFile(path string) (string, error) {
	// With O_EXCL a symbolic link is a file that exists, wherever it leads.
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
	token, err := readSecret("token file", path, 0o600)
	if err != nil {
		return "", err
	}
	if err := checkToken(token); err != nil {
		return "", fmt.Errorf("token file %s: %w", path, err)
	}
	return token, nil
}

// SecretFile returns the text of a small file with a password's hash, without the space
// around it. The file must be a regular one and belong to the user of this process or to
// root: whoever else it belongs to could exchange it. Its group may read it, and nobody
// else may do anything with it. A symbolic link, as Kubernetes lays for its secrets, is
// followed on Linux if every link and directory on its way is theirs, too.
func SecretFile(path string) (string, error) { return readSecret("password hash file", path, 0o640) }

// AddressFile returns the text of a file with addresses, which may hold secrets, under the
// same rules. It may be longer.
func AddressFile(path string) (string, error) {
	return readFile("file with addresses", path, 0o640, maxAddressFile)
}

// readSecret reads a secret from the very file that it looked at. Its group and others
// may do no more with it than the widest mode says.
func readSecret(what, path string, widest fs.FileMode) (string, error) {
	return readFile(what, path, widest, maxSecretFile)
}

// readFile is readSecret with a bound.
func readFile(what, path string, widest fs.FileMode, most int64) (string, error) {
	f, err := openSecret(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", what, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("look at %s: %w", what, err)
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return "", fmt.Errorf("%s %s is no file of at most %d bytes", what, path, most)
	}
	if err := trusted(info, widest); err != nil {
		return "", fmt.Errorf("%s %s: %w", what, path, err)
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", what, err)
	}
	return strings.TrimSpace(string(b)), nil
}
