//go:build !linux

package host

// notHere is the reason for everything that only Linux tells.
const notHere = "this operating system does not tell it"

// unknown is the reason for a question that gopsutil did not answer.
func unknown(err error) string {
	if err == nil {
		return notHere
	}
	return err.Error()
}
