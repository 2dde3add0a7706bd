package embedded

import (
	"context"
	"errors"

	"dashcam/collectors"
	"dashcam/collectors/sampler"
)

// syntheticSource is the synthetic host.
func (d *Dashcam) syntheticSource() source {
	return source{
		host: func() collectors.Host { return collectors.Host{} },
		prepare: func(context.Context, *sampler.Sampler) error {
			return errors.New("the synthetic host does not exist yet")
		},
	}
}
