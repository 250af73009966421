package nestinglimit

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
)

// maxMaxDepth bounds our own recursion, and what the processors behind us have to bear.
const maxMaxDepth = 128

// Config is the section `nesting_limit` of the configuration.
type Config struct {
	// MaxDepth is how many maps and lists may stand in one another; a body or attribute that is one itself is the first.
	MaxDepth int `mapstructure:"max_depth"`
	// MaxPathBytes is how long the keys above a map or list may be together, the index in a list counting as its key.
	MaxPathBytes int `mapstructure:"max_path_bytes"`
}

func createDefaultConfig() component.Config {
	return &Config{MaxDepth: 32, MaxPathBytes: 512}
}

// Validate returns all faults of the section at once.
func (c *Config) Validate() error {
	var faults []error
	if c.MaxDepth < 1 || c.MaxDepth > maxMaxDepth {
		faults = append(faults, fmt.Errorf("max_depth: expected 1 to %d", maxMaxDepth))
	}
	if c.MaxPathBytes < 1 {
		faults = append(faults, errors.New("max_path_bytes: expected at least 1"))
	}
	return errors.Join(faults...)
}
