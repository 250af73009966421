// Package nestinglimit is the Collector processor `nesting_limit`: it cuts values that are nested too deeply.
//
// What comes behind it walks log bodies by recursion and writes out the path of every value it meets, all keys from the
// top (the upstream `redaction` processor). That costs the square of the depth, and the number of values times the
// length of the keys above them: a request of 2 kB took gigabytes. So a map or list that lies too deep, or below too
// long a path, becomes a string that says so (limit.go), in every signal (signals.go).
package nestinglimit

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

var componentType = component.MustNewType("nesting_limit")

var mutates = processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true})

// NewFactory returns what the builder puts into the distribution.
func NewFactory() processor.Factory {
	return processor.NewFactory(componentType, createDefaultConfig,
		processor.WithTraces(createTraces, component.StabilityLevelBeta),
		processor.WithLogs(createLogs, component.StabilityLevelBeta),
		processor.WithMetrics(createMetrics, component.StabilityLevelBeta))
}

func createTraces(
	ctx context.Context, settings processor.Settings, config component.Config, next consumer.Traces,
) (processor.Traces, error) {
	made, err := newLimiter(config.(*Config), settings.TelemetrySettings, "traces")
	if err != nil {
		return nil, err
	}
	return processorhelper.NewTraces(ctx, settings, config, next, made.traces, mutates)
}

func createLogs(
	ctx context.Context, settings processor.Settings, config component.Config, next consumer.Logs,
) (processor.Logs, error) {
	made, err := newLimiter(config.(*Config), settings.TelemetrySettings, "logs")
	if err != nil {
		return nil, err
	}
	return processorhelper.NewLogs(ctx, settings, config, next, made.logs, mutates)
}

func createMetrics(
	ctx context.Context, settings processor.Settings, config component.Config, next consumer.Metrics,
) (processor.Metrics, error) {
	made, err := newLimiter(config.(*Config), settings.TelemetrySettings, "metrics")
	if err != nil {
		return nil, err
	}
	return processorhelper.NewMetrics(ctx, settings, config, next, made.metrics, mutates)
}
