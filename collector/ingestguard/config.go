package ingestguard

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
)

// maxPollInterval keeps the promise that a revoked key is refused within a second.
const maxPollInterval = time.Second

// Config is the section `ingest_guard` of the configuration.
type Config struct {
	// KeysFile is the path of the JSON file of keys.
	KeysFile string `mapstructure:"keys_file"`
	// PollInterval is how often the file is looked at.
	PollInterval time.Duration `mapstructure:"poll_interval"`
	// Defaults hold for every key that does not say otherwise.
	Defaults Limits `mapstructure:"defaults"`
}

// Limits is what one key may send; a rate of 0 is no limit.
type Limits struct {
	// RequestsPerSecond and Burst: how many requests, and how many of them at once.
	RequestsPerSecond float64 `mapstructure:"requests_per_second"`
	Burst             float64 `mapstructure:"burst"`
	// BytesPerSecond and ByteBurst: how many bytes of body, after decompression.
	BytesPerSecond float64 `mapstructure:"bytes_per_second"`
	ByteBurst      float64 `mapstructure:"byte_burst"`
}

func createDefaultConfig() component.Config {
	return &Config{
		PollInterval: 500 * time.Millisecond,
		Defaults: Limits{
			RequestsPerSecond: 100,
			Burst:             200,
			BytesPerSecond:    8 << 20,
			ByteBurst:         32 << 20,
		},
	}
}

// Validate returns all faults of the section at once.
func (c *Config) Validate() error {
	var faults []error
	if c.KeysFile == "" {
		faults = append(faults, errors.New(
			"keys_file: expected the path of the key file; gateway.yaml takes it from OTELCOL_KEYS_FILE"))
	}
	if c.PollInterval <= 0 || c.PollInterval > maxPollInterval {
		faults = append(faults, fmt.Errorf("poll_interval: expected more than 0 and at most %s", maxPollInterval))
	}
	for _, fault := range c.Defaults.faults() {
		faults = append(faults, fmt.Errorf("defaults: %w", fault))
	}
	return errors.Join(faults...)
}

type limitField struct {
	name  string
	value *float64
}

// fields names the limits as the configuration and the key file spell them.
func (l *Limits) fields() []limitField {
	return []limitField{
		{"requests_per_second", &l.RequestsPerSecond},
		{"burst", &l.Burst},
		{"bytes_per_second", &l.BytesPerSecond},
		{"byte_burst", &l.ByteBurst},
	}
}

// faults names limits that no request could ever meet, and numbers that are none.
func (l *Limits) faults() []error {
	var faults []error
	for _, field := range l.fields() {
		if *field.value < 0 || math.IsNaN(*field.value) || math.IsInf(*field.value, 0) {
			faults = append(faults, fmt.Errorf("%s: expected a number of at least 0", field.name))
		}
	}
	if l.RequestsPerSecond > 0 && l.Burst < 1 {
		faults = append(faults, errors.New("burst: expected at least 1 where requests_per_second is above 0"))
	}
	if l.BytesPerSecond > 0 && l.ByteBurst < 1 {
		faults = append(faults, errors.New("byte_burst: expected at least 1 where bytes_per_second is above 0"))
	}
	return faults
}
