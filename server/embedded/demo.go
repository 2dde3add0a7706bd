package embedded

import "errors"

// syntheticSource is the synthetic host.
func (d *Dashcam) syntheticSource() (source, error) {
	return source{}, errors.New("the synthetic host does not exist yet")
}
