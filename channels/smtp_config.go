package channels

import (
	"net/mail"
	"strings"

	"holdfast/internal/fault"
)

// EnvironmentPassword names the environment variable with the password for the
// mail server.
const EnvironmentPassword = "HOLDFAST_SMTP_PASSWORD"

// How a connection to the mail server is made private.
const (
	TLSStart    = "starttls" // the server must offer it
	TLSImplicit = "implicit" // from the first byte, port 465
	TLSNone     = "none"     // for a relay on this machine
)

// SMTPConfig says which mail server takes messages, and who they are from.
type SMTPConfig struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`
	TLS      string `yaml:"tls"`      // starttls, implicit or none
	Username string `yaml:"username"` // empty signs in nowhere
	From     string `yaml:"from"`     // "Ann of Example <ann@example.com>"
	Bounces  string `yaml:"bounces"`  // address that returned mail comes to, with +KEY added
	Password string `yaml:"-"`        // from HOLDFAST_SMTP_PASSWORD
}

// validate refuses what cannot work, naming the field.
func (c SMTPConfig) validate() error {
	if c.Host == "" {
		return fault.New(fault.Invalid, "host is missing: name the mail server that takes messages")
	}
	if c.Port < 1 || c.Port > 65535 {
		return fault.New(fault.Invalid, "port: %d is outside 1 to 65535; 587 is usual, 465 with tls: implicit", c.Port)
	}
	if c.TLS != TLSStart && c.TLS != TLSImplicit && c.TLS != TLSNone {
		return fault.New(fault.Invalid, "tls: %q is not starttls, implicit or none", c.TLS)
	}
	if c.TLS == TLSNone && c.Username != "" {
		return fault.New(fault.Invalid, "tls: none would send the password readable: write starttls or implicit, or take username out")
	}
	if c.From == "" {
		return fault.New(fault.Invalid, "from is missing: name who messages are from, such as Ann of Example <ann@example.com>")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fault.New(fault.Invalid, "from: %q is not an address such as Ann of Example <ann@example.com>", c.From)
	}
	if c.Bounces == "" {
		return fault.New(fault.Invalid, "bounces is missing: name the address that returned mail comes to, such as bounce@example.com")
	}
	at, err := mail.ParseAddress(c.Bounces)
	if err != nil || at.Address != c.Bounces || strings.Contains(c.Bounces, "+") {
		return fault.New(fault.Invalid, "bounces: %q is not a plain address such as bounce@example.com; it comes back with +KEY before the @", c.Bounces)
	}
	return nil
}
