package segment

import (
	"errors"
	"fmt"
	"os"
)

// OpenRegular opens a regular file that is no link: the one door to what lies in the
// directory of a history.
func OpenRegular(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags|NoFollow|noWait, 0o600)
	if err != nil && isLink(err) {
		return nil, fmt.Errorf("%s is a symbolic link: expected a file", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
