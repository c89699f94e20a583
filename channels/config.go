package channels

import (
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// The carriers a channel may be given to.
const (
	CarrierFile    = "file"    // one JSON file per message, for a printer or a mailing house
	CarrierWebhook = "webhook" // a signed POST
	CarrierSMTP    = "smtp"    // e-mail, through a mail server
)

// Config says how messages leave.
type Config struct {
	Carriers  map[interventions.Channel]string `yaml:"carriers"`   // email, letter or webhook to file, webhook or smtp
	Folder    string                           `yaml:"folder"`     // where files are written
	URL       string                           `yaml:"url"`        // where webhooks are posted
	SMTP      SMTPConfig                       `yaml:"smtp"`       // the mail server
	PerMinute map[interventions.Channel]int    `yaml:"per_minute"` // messages that may leave in a minute, by channel; none is no limit
	Timeout   time.Duration                    `yaml:"timeout"`    // of one call
	// GiveUpAfter is for how long a message that its receiver does not take now
	// is tried again by itself.
	GiveUpAfter time.Duration `yaml:"give_up_after"`
	// Subscribers are told of events, beside the messages that customers get.
	Subscribers []Subscriber `yaml:"subscribers"`
	Secret      string       `yaml:"-"` // base64, from HOLDFAST_WEBHOOK_SECRET
}

// EnvironmentSecret names the environment variable with the key that webhooks
// are signed with, in base64.
const EnvironmentSecret = "HOLDFAST_WEBHOOK_SECRET"

// DefaultConfig writes every message to a file in the folder outbox.
func DefaultConfig() Config {
	return Config{
		Carriers: map[interventions.Channel]string{
			interventions.ChannelEmail: CarrierFile, interventions.ChannelLetter: CarrierFile,
			interventions.ChannelWebhook: CarrierWebhook,
		},
		Folder: "outbox", Timeout: 20 * time.Second, GiveUpAfter: 24 * time.Hour, SMTP: SMTPConfig{Port: 587, TLS: TLSStart},
	}
}

// Validate refuses what cannot work, naming the field.
func (c Config) Validate() error {
	for _, channel := range slices.Sorted(maps.Keys(c.Carriers)) {
		if err := c.checkCarrier(channel, c.Carriers[channel]); err != nil {
			return err
		}
	}
	for _, channel := range slices.Sorted(maps.Keys(c.PerMinute)) {
		if !sends(channel) {
			return fault.New(fault.Invalid, "per_minute: %q is not a channel for messages; use email, letter or webhook", channel)
		}
		if n := c.PerMinute[channel]; n < 1 {
			return fault.New(fault.Invalid, "per_minute.%s: %d would let nothing leave; give at least 1, or take it out", channel, n)
		}
	}
	if filepath.Clean(c.Folder) == "." {
		return fault.New(fault.Invalid, "folder: name a folder for message files")
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return fault.New(fault.Invalid, "url: %q is not an http or https address", c.URL)
		}
	}
	for i, s := range c.Subscribers {
		if err := s.validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Subscribers[:i], func(o Subscriber) bool { return o.Name == s.Name }) {
			return fault.New(fault.Invalid, "subscribers: two are named %q", s.Name)
		}
	}
	if c.Timeout < time.Second || c.Timeout > 5*time.Minute {
		return fault.New(fault.Invalid, "timeout: %v is outside 1s to 5m", c.Timeout)
	}
	if c.GiveUpAfter < time.Hour || c.GiveUpAfter > 7*24*time.Hour {
		return fault.New(fault.Invalid, "give_up_after: %v is outside 1h to 168h, which is a week", c.GiveUpAfter)
	}
	return nil
}

func sends(channel interventions.Channel) bool {
	return channel == interventions.ChannelEmail || channel == interventions.ChannelLetter || channel == interventions.ChannelWebhook
}

func (c Config) checkCarrier(channel interventions.Channel, carrier string) error {
	if !sends(channel) {
		return fault.New(fault.Invalid, "carriers: %q is not a channel for messages; use email, letter or webhook", channel)
	}
	switch carrier {
	case CarrierFile:
	case CarrierWebhook:
		// The channel webhook may wait for an address until a treatment uses it.
		if channel != interventions.ChannelWebhook && c.URL == "" {
			return fault.New(fault.Invalid, "carriers.%s: a webhook needs an address; write it under url", channel)
		}
	case CarrierSMTP:
		if channel != interventions.ChannelEmail {
			return fault.New(fault.Invalid, "carriers.%s: smtp carries e-mail only; use file or webhook", channel)
		}
		if err := c.SMTP.validate(); err != nil {
			return fault.New(fault.Invalid, "smtp.%w", err)
		}
	default:
		return fault.New(fault.Invalid, "carriers.%s: there is no carrier %q; use file, webhook or smtp", channel, carrier)
	}
	return nil
}

// Mails says whether e-mail leaves through a mail server.
func (c Config) Mails() bool { return c.Carriers[interventions.ChannelEmail] == CarrierSMTP }
