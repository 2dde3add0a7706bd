package main

import (
	"github.com/spf13/pflag"

	"dashcam/server/embedded"
)

// encrypt are the flags about the way from a browser to dashcam.
type encrypt struct {
	insecureHTTP   bool
	certFile       string
	keyFile        string
	selfSigned     bool
	behindProxy    bool
	trustedProxies []string
	publicURL      string
}

func (e *encrypt) register(f *pflag.FlagSet) {
	f.BoolVar(&e.insecureHTTP, "insecure-http", false, "allow an address that others can reach without encryption")
	f.StringVar(&e.certFile, "tls-cert", "", "`file` with the certificate and its chain, in PEM; read again when it changes")
	f.StringVar(&e.keyFile, "tls-key", "", "`file` with the certificate's key, in PEM")
	f.BoolVar(&e.selfSigned, "tls-self-signed", false, "make a certificate at the start and print its fingerprint")
	f.BoolVar(&e.behindProxy, "behind-proxy", false, "a proxy that encrypts stands before dashcam; allows an address that others can reach, and needs --public-url or --trusted-proxy")
	f.StringSliceVar(&e.trustedProxies, "trusted-proxy", nil, "`network` or address of a proxy whose headers are believed; such as 10.0.0.0/8; X-Forwarded-For and X-Forwarded-Proto are; may be repeated")
	f.StringVar(&e.publicURL, "public-url", "", "`URL` that browsers see where a proxy stands between")
}

func (e *encrypt) validate() error {
	files := e.certFile != "" || e.keyFile != ""
	switch {
	case files && (e.certFile == "" || e.keyFile == ""):
		return usagef("--tls-cert and --tls-key belong together")
	case files && e.selfSigned:
		return usagef("--tls-self-signed and --tls-cert are both given")
	case e.behindProxy && e.publicURL == "" && len(e.trustedProxies) == 0:
		return usagef("--behind-proxy needs --public-url or --trusted-proxy, to know what browsers see")
	}
	return nil
}

// enabled reports whether what is sent is encrypted.
func (e *encrypt) enabled() bool { return e.certFile != "" || e.selfSigned }

func (e *encrypt) apply(cfg *embedded.Config) {
	cfg.InsecureHTTP, cfg.BehindProxy = e.insecureHTTP, e.behindProxy
	cfg.TLS = embedded.TLS{CertFile: e.certFile, KeyFile: e.keyFile, SelfSigned: e.selfSigned}
	cfg.TrustedProxies, cfg.PublicURL = e.trustedProxies, e.publicURL
}
