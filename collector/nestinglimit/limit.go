package nestinglimit

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// indexBytes is what an index is counted as, whatever its number: `[7]` and the dot behind it.
const indexBytes = 4

// limiter cuts the values of one signal. It holds no data of a request: safe for concurrent use.
type limiter struct {
	maxDepth, maxPathBytes int
	tooDeep, tooLong       cut
	count                  metric.Int64Counter
}

// cut is one reason to cut: what stands in the place of the value, and how it is counted.
type cut struct {
	marker string
	series metric.MeasurementOption
}

func newLimiter(config *Config, telemetry component.TelemetrySettings, signal string) (*limiter, error) {
	count, err := telemetry.MeterProvider.Meter("otel-kit/nestinglimit").Int64Counter("otelcol_nesting_limit_cut",
		metric.WithUnit("{value}"),
		metric.WithDescription("Maps and lists that were replaced by a marker, by signal and reason (depth, path)."))
	series := func(reason string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(
			attribute.String("signal", signal), attribute.String("reason", reason)))
	}
	return &limiter{
		maxDepth:     config.MaxDepth,
		maxPathBytes: config.MaxPathBytes,
		tooDeep:      cut{fmt.Sprintf("[nested deeper than %d]", config.MaxDepth), series("depth")},
		tooLong:      cut{fmt.Sprintf("[below a path of more than %d bytes]", config.MaxPathBytes), series("path")},
		count:        count,
	}, err
}

// attributes cuts what lies too deep in the values of a map of attributes; the map itself is not counted.
func (l *limiter) attributes(ctx context.Context, attributes pcommon.Map) {
	for key, value := range attributes.All() {
		l.value(ctx, value, 1, len(key))
	}
}

// value cuts what lies too deep in a value, or the value itself.
//
// It calls itself maxDepth times at most, and what is cut away is not looked at: the cost is that of what is kept. Only
// what is cut is written to.
func (l *limiter) value(ctx context.Context, value pcommon.Value, depth, pathBytes int) {
	kind := value.Type()
	if kind != pcommon.ValueTypeMap && kind != pcommon.ValueTypeSlice {
		return
	}
	switch {
	case depth > l.maxDepth:
		l.replace(ctx, value, l.tooDeep)
	case pathBytes > l.maxPathBytes:
		l.replace(ctx, value, l.tooLong)
	case kind == pcommon.ValueTypeMap:
		for key, inner := range value.Map().All() {
			l.value(ctx, inner, depth+1, pathBytes+len(key)+1)
		}
	default:
		for _, inner := range value.Slice().All() {
			l.value(ctx, inner, depth+1, pathBytes+indexBytes)
		}
	}
}

func (l *limiter) replace(ctx context.Context, value pcommon.Value, why cut) {
	value.SetStr(why.marker)
	l.count.Add(ctx, 1, why.series)
}
