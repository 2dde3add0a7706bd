package server

import (
	"strconv"
	"strings"
)

// acceptable returns the weight, from 0 to 1, that an Accept or Accept-Encoding header
// gives to a value (RFC 9110, 12.4.2). A value that is not named has that of "*", or 0.
func acceptable(header, value string) float64 {
	rest := 0.0
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		named := strings.EqualFold(name, value)
		if !named && name != "*" && name != "*/*" {
			continue
		}
		q := weight(parameters)
		if named {
			return q
		}
		rest = q
	}
	return rest
}

// weight reads the q parameter; 1 where there is none, 0 where it is broken.
func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, text, found := strings.Cut(p, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(q >= 0 && q <= 1) { // also for NaN
			return 0
		}
		return q
	}
	return 1
}
