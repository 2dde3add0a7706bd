package notify

import "dashcam/collectors/alert"

// kindTest is what somebody asked for to see whether something arrives.
const kindTest alert.NoticeKind = "test"

// over reports whether nothing more is tried.
func over(s alert.DeliveryState) bool {
	return s != alert.DeliveryQueued && s != alert.DeliveryFailing
}
