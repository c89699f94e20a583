package channels

import (
	"time"

	"holdfast/interventions"
)

// NewCarriers makes the carriers that the configuration names. unsubscribe is
// the address at which a message's customer objects; see SMTP.
func (c Config) NewCarriers(now func() time.Time, unsubscribe func(interventions.Message) string) (map[interventions.Channel]Carrier, error) {
	out := make(map[interventions.Channel]Carrier)
	for channel, name := range c.Carriers {
		if name == CarrierFile {
			out[channel] = File{c.Folder}
			continue
		}
		if name == CarrierSMTP {
			out[channel] = &SMTP{Config: c.SMTP, Timeout: c.Timeout, Now: now, Unsubscribe: unsubscribe}
			continue
		}
		if c.URL == "" {
			continue // a message for it is refused with words
		}
		w, err := NewWebhook(c.URL, c.Secret, c.Timeout, now)
		if err != nil {
			return nil, err
		}
		out[channel] = w
	}
	return out, nil
}
