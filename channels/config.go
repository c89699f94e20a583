package channels

import (
	"net/url"
	"path/filepath"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// The carriers a channel may be given to.
const (
	CarrierFile    = "file"    // one JSON file per message, for a printer or a mailing house
	CarrierWebhook = "webhook" // a signed POST
)

// Config says how messages leave.
type Config struct {
	Carriers map[interventions.Channel]string `yaml:"carriers"` // email, letter or webhook to file or webhook
	Folder   string                           `yaml:"folder"`   // where files are written
	URL      string                           `yaml:"url"`      // where webhooks are posted
	Timeout  time.Duration                    `yaml:"timeout"`  // of one call
	Secret   string                           `yaml:"-"`        // base64, from HOLDFAST_WEBHOOK_SECRET
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
		Folder: "outbox", Timeout: 20 * time.Second,
	}
}

// Validate refuses what cannot work, naming the field.
func (c Config) Validate() error {
	for channel, carrier := range c.Carriers {
		switch channel {
		case interventions.ChannelEmail, interventions.ChannelLetter, interventions.ChannelWebhook:
		default:
			return fault.New(fault.Invalid, "carriers: %q is not a channel for messages; use email, letter or webhook", channel)
		}
		if carrier != CarrierFile && carrier != CarrierWebhook {
			return fault.New(fault.Invalid, "carriers.%s: there is no carrier %q; use file or webhook", channel, carrier)
		}
		// The channel webhook may wait for an address until a treatment uses it.
		if carrier == CarrierWebhook && channel != interventions.ChannelWebhook && c.URL == "" {
			return fault.New(fault.Invalid, "carriers.%s: a webhook needs an address; write it under url", channel)
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
	if c.Timeout < time.Second || c.Timeout > 5*time.Minute {
		return fault.New(fault.Invalid, "timeout: %v is outside 1s to 5m", c.Timeout)
	}
	return nil
}
