package server

import "testing"

func TestDeflateOffered(t *testing.T) {
	const d = permessageDeflate
	for name, c := range map[string]struct {
		lines          []string
		offered, known bool
	}{
		"none":                           {nil, false, true},
		"Firefox":                        {[]string{d}, true, true},
		"Chromium":                       {[]string{d + "; client_max_window_bits"}, true, true},
		"no context takeover":            {[]string{d + "; server_no_context_takeover; client_no_context_takeover"}, true, true},
		"quoted":                         {[]string{d + `; client_max_window_bits="15"`}, true, true},
		"another extension":              {[]string{"x-webkit-deflate-frame"}, false, true},
		"a name that begins alike":       {[]string{d + "-2"}, false, true},
		"a window that we do not keep":   {[]string{d + "; server_max_window_bits=10"}, false, true},
		"the same with a fallback":       {[]string{d + "; server_max_window_bits=10, " + d}, true, true},
		"the fallback on another line":   {[]string{d + "; server_max_window_bits=10", d}, true, true},
		"a parameter that there is not":  {[]string{d + "; level=9"}, false, false},
		"bits out of range":              {[]string{d + "; client_max_window_bits=16"}, false, false},
		"bits with a zero before":        {[]string{d + "; client_max_window_bits=08"}, false, false},
		"bits that are none":             {[]string{d + "; client_max_window_bits=x"}, false, false},
		"server bits without a number":   {[]string{d + "; server_max_window_bits"}, false, false},
		"a value where there is none":    {[]string{d + "; server_no_context_takeover=1"}, false, false},
		"the same twice":                 {[]string{d + "; client_max_window_bits; client_max_window_bits=10"}, false, false},
		"an empty parameter":             {[]string{d + ";"}, false, false},
		"an empty extension":             {[]string{d + ", "}, false, false},
		"a quote that is not closed":     {[]string{d + `; client_max_window_bits="10`}, false, false},
		"a blank in a name":              {[]string{d + "; client_max window_bits"}, false, false},
		"a wrong offer behind a right":   {[]string{d + ", " + d + "; level=9"}, false, false},
		"something in it that is no ext": {[]string{d + "=1"}, false, false},
	} {
		if offered, known := deflateOffered(c.lines); offered != c.offered || known != c.known {
			t.Errorf("%s: offered %v, known %v, want %v, %v", name, offered, known, c.offered, c.known)
		}
	}
}
