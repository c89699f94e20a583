package config

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"holdfast/channels"
	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/scoring"
	"holdfast/store"
	"holdfast/training"
	"holdfast/value"
	"holdfast/web"
)

// Config is the whole configuration file. Each section belongs to the package
// that uses it.
type Config struct {
	Business      Business             `yaml:"business"`
	Store         store.Config         `yaml:"store"`
	Queue         queue.Config         `yaml:"queue"`
	History       history.Config       `yaml:"history"`
	Churn         churn.Config         `yaml:"churn"`
	Features      features.Config      `yaml:"features"`
	Value         value.Config         `yaml:"value"`
	Training      training.Config      `yaml:"training"`
	Scoring       scoring.Config       `yaml:"scoring"`
	Interventions interventions.Config `yaml:"interventions"`
	Measurement   measurement.Config   `yaml:"measurement"`
	Nightly       nightly.Config       `yaml:"nightly"`
	Channels      channels.Config      `yaml:"channels"`
	Web           web.Config           `yaml:"web"`

	Hash string `yaml:"-"` // of the file's bytes
	// PolicyText is the section interventions as the file has it, with its
	// comments; empty where it has none, or not as lines of its own.
	PolicyText string         `yaml:"-"`
	Zone       *time.Location `yaml:"-"` // Business.TimeZone, loaded by Validate

	Writer locale.Writer `yaml:"-"` // of Business.Locale and Currency, made by Validate
}

// Business says what holds for the whole database and is fixed when it is made.
type Business struct {
	Name       string `yaml:"name"`
	Currency   string `yaml:"currency"`   // ISO 4217; amounts are in its minor units
	TimeZone   string `yaml:"timezone"`   // IANA name
	Locale     string `yaml:"locale"`     // how dates, numbers and amounts are written
	Partitions int    `yaml:"partitions"` // a power of two; 64 serves millions of customers
}

// Default is the configuration where the file says nothing.
func Default() *Config {
	return &Config{
		Business: Business{Name: "My business", Currency: "EUR", Locale: locale.Default, TimeZone: "Europe/London", Partitions: store.DefaultPartitions},
		Store:    store.DefaultConfig(), Queue: queue.DefaultConfig(), History: history.DefaultConfig(),
		Churn: churn.Default(), Features: features.Default(), Value: value.Default(),
		Training: training.Default(), Scoring: scoring.Default(), Interventions: interventions.DefaultConfig(),
		Measurement: measurement.DefaultConfig(),
		Nightly:     nightly.Default(), Channels: channels.DefaultConfig(), Web: web.DefaultConfig(),
	}
}

// Validate checks every section and says which field to change. It starts
// nothing and opens nothing.
func (c *Config) Validate() error {
	if err := c.Business.validate(); err != nil {
		return under("business", err)
	}
	zone, err := time.LoadLocation(c.Business.TimeZone)
	if err != nil {
		return fault.New(fault.Invalid, "business.timezone: %q is not a known time zone; write an IANA name such as Europe/London", c.Business.TimeZone)
	}
	c.Zone = zone
	if c.Writer, err = locale.New(c.Business.Locale, c.Business.Currency); err != nil {
		return fault.New(fault.Invalid, "business.locale: %w", err)
	}
	c.Features.Writer, c.Interventions.Writer = c.Writer, c.Writer
	digits := locale.Digits(c.Business.Currency)
	for i := range c.History.Feeds {
		if f := &c.History.Feeds[i]; f.MinorDigits == nil {
			f.MinorDigits = &digits
		}
	}
	if err := c.Store.Validate(); err != nil {
		return err
	}
	for _, s := range []struct {
		name  string
		check func() error
	}{
		{"queue", c.Queue.Validate},
		{"history", c.History.Validate},
		{"churn", c.Churn.Validate},
		{"features", c.Features.Validate},
		{"value", c.Value.Validate},
		{"training", c.Training.Validate},
		{"scoring", c.Scoring.Validate},
		{"interventions", c.Interventions.Validate},
		{"measurement", c.Measurement.Validate},
		{"nightly", c.Nightly.Validate},
		{"channels", c.Channels.Validate},
		{"web", c.Web.Validate},
	} {
		if err := under(s.name, s.check()); err != nil {
			return err
		}
	}
	return c.agree()
}

func (b *Business) validate() (err error) {
	if b.Currency, err = locale.Currency(b.Currency); err != nil {
		return fault.New(fault.Invalid, "currency: %w", err)
	}
	if p := b.Partitions; p < 1 || p > 4096 || p&(p-1) != 0 {
		return fault.New(fault.Invalid, "partitions: %d is not a power of two from 1 to 4096", p)
	}
	return nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
