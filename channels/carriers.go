package channels

import (
	"time"

	"holdfast/interventions"
)

// NewCarriers makes the carriers that the configuration names.
func (c Config) NewCarriers(now func() time.Time) (map[interventions.Channel]Carrier, error) {
	out := make(map[interventions.Channel]Carrier)
	for channel, name := range c.Carriers {
		if name == CarrierFile {
			out[channel] = File{c.Folder}
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
