package web

import (
	"net/mail"
	"slices"
	"time"

	"holdfast/internal/fault"
)

// DigestConfig says who gets the week in an e-mail, and when.
type DigestConfig struct {
	Recipients []string `yaml:"recipients"` // addresses; none sends nothing
	Day        string   `yaml:"day"`        // mon, tue …
	At         string   `yaml:"at"`         // in the business's time zone
}

// Days of a week as a schedule names them.
var weekDays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func (c DigestConfig) validate() error {
	for i, to := range c.Recipients {
		if a, err := mail.ParseAddress(to); err != nil || a.Address != to {
			return fault.New(fault.Invalid, "digest.recipients[%d]: %q is not a plain address such as ann@example.com", i, to)
		}
		if slices.Contains(c.Recipients[:i], to) {
			return fault.New(fault.Invalid, "digest.recipients[%d]: %q is there twice", i, to)
		}
	}
	if !slices.Contains(weekDays, c.Day) {
		return fault.New(fault.Invalid, "digest.day: %q is not a day such as mon", c.Day)
	}
	if _, err := time.Parse("15:04", c.At); err != nil {
		return fault.New(fault.Invalid, "digest.at: %q is not a time such as 07:00", c.At)
	}
	return nil
}
