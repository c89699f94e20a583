package web

import (
	"net"
	"net/url"
	"strings"

	"holdfast/access"
	"holdfast/internal/fault"
)

// Config says where the pages are served.
type Config struct {
	TLS            TLSConfig        `yaml:"tls"`
	Metrics        string           `yaml:"metrics"`         // host:port where Prometheus reads; empty: nowhere
	TrustedProxies []string         `yaml:"trusted_proxies"` // addresses and networks whose X-Forwarded-For is believed
	Listen         string           `yaml:"listen"`          // host:port
	PublicURL      string           `yaml:"public_url"`      // as people type it, behind a proxy; empty is http://listen
	SecureCookies  string           `yaml:"secure_cookies"`  // auto: when public_url is https; always; never
	SessionHours   int              `yaml:"session_hours"`   // a session ends after so many
	IdleMinutes    int              `yaml:"idle_minutes"`    // or after so long without a request
	APIPerMinute   int              `yaml:"api_per_minute"`  // requests a token may make
	Language       string           `yaml:"language"`        // that the pages are written in: en, de
	Languages      []string         `yaml:"languages"`       // others that somebody may choose for themselves
	SSO            access.SSOConfig `yaml:"sso"`
	Digest         DigestConfig     `yaml:"digest"`
}

// DefaultConfig serves this machine only.
func DefaultConfig() Config {
	return Config{Listen: "127.0.0.1:8080", SecureCookies: "auto", SessionHours: 12, IdleMinutes: 120, APIPerMinute: 600, Language: "en", SSO: access.DefaultSSOConfig(), Digest: DigestConfig{Day: "mon", At: "07:00"}}
}

// Validate refuses what cannot work, naming the field.
func (c Config) Validate() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fault.New(fault.Invalid, "listen: %q is not an address such as 127.0.0.1:8080", c.Listen)
	}
	if _, _, err := net.SplitHostPort(c.Metrics); c.Metrics != "" && err != nil {
		return fault.New(fault.Invalid, "metrics: %q is not an address such as 127.0.0.1:9464", c.Metrics)
	}
	if err := c.Digest.validate(); err != nil {
		return err
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || (u.Path != "" && u.Path != "/") {
			return fault.New(fault.Invalid, "public_url: %q is not an address such as https://desk.example.com", c.PublicURL)
		}
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		return fault.New(fault.Invalid, "tls: name both the certificate and its key, or neither")
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		return err
	}
	switch c.SecureCookies {
	case "auto", "always", "never":
	default:
		return fault.New(fault.Invalid, "secure_cookies: %q is not auto, always or never", c.SecureCookies)
	}
	if c.SessionHours < 1 || c.SessionHours > 24*30 {
		return fault.New(fault.Invalid, "session_hours: %d is outside 1 to 720", c.SessionHours)
	}
	if c.IdleMinutes < 1 {
		return fault.New(fault.Invalid, "idle_minutes: %d must be at least 1", c.IdleMinutes)
	}
	if c.APIPerMinute < 1 {
		return fault.New(fault.Invalid, "api_per_minute: %d must be at least 1", c.APIPerMinute)
	}
	if err := c.validateLanguages(); err != nil {
		return err
	}
	if c.SSO.Issuer != "" && c.PublicURL == "" {
		return fault.New(fault.Invalid, "public_url: write it down: the identity provider of sso sends people back there")
	}
	return c.SSO.Validate()
}

// SSOAnswer is the address that the identity provider sends people back to.
func (c Config) SSOAnswer() string { return strings.TrimSuffix(c.PublicURL, "/") + ssoAnswerPath }

const (
	ssoPath       = "/sign-in/sso"
	ssoAnswerPath = "/sign-in/answer"
)

// secure says whether cookies travel over TLS only.
func (c Config) secure() bool {
	if c.SecureCookies == "auto" {
		u, err := url.Parse(c.PublicURL)
		return (err == nil && u.Scheme == "https") || c.TLS.Certificate != ""
	}
	return c.SecureCookies == "always"
}
