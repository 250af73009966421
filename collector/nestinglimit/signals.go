package nestinglimit

import (
	"context"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// traces cuts every attribute of spans, their events and links, scopes and resources.
func (l *limiter) traces(ctx context.Context, data ptrace.Traces) (ptrace.Traces, error) {
	for _, resource := range data.ResourceSpans().All() {
		l.attributes(ctx, resource.Resource().Attributes())
		for _, scope := range resource.ScopeSpans().All() {
			l.attributes(ctx, scope.Scope().Attributes())
			for _, span := range scope.Spans().All() {
				l.attributes(ctx, span.Attributes())
				for _, event := range span.Events().All() {
					l.attributes(ctx, event.Attributes())
				}
				for _, link := range span.Links().All() {
					l.attributes(ctx, link.Attributes())
				}
			}
		}
	}
	return data, nil
}

// logs cuts every body, and every attribute of records, scopes and resources.
func (l *limiter) logs(ctx context.Context, data plog.Logs) (plog.Logs, error) {
	for _, resource := range data.ResourceLogs().All() {
		l.attributes(ctx, resource.Resource().Attributes())
		for _, scope := range resource.ScopeLogs().All() {
			l.attributes(ctx, scope.Scope().Attributes())
			for _, record := range scope.LogRecords().All() {
				l.attributes(ctx, record.Attributes())
				l.value(ctx, record.Body(), 1, 0)
			}
		}
	}
	return data, nil
}

// metrics cuts every attribute of data points, their exemplars, the metadata of metrics, scopes and resources.
func (l *limiter) metrics(ctx context.Context, data pmetric.Metrics) (pmetric.Metrics, error) {
	for _, resource := range data.ResourceMetrics().All() {
		l.attributes(ctx, resource.Resource().Attributes())
		for _, scope := range resource.ScopeMetrics().All() {
			l.attributes(ctx, scope.Scope().Attributes())
			for _, one := range scope.Metrics().All() {
				l.attributes(ctx, one.Metadata())
				l.points(ctx, one)
			}
		}
	}
	return data, nil
}

func (l *limiter) points(ctx context.Context, of pmetric.Metric) {
	switch of.Type() {
	case pmetric.MetricTypeGauge:
		points(ctx, l, of.Gauge().DataPoints().All())
	case pmetric.MetricTypeSum:
		points(ctx, l, of.Sum().DataPoints().All())
	case pmetric.MetricTypeHistogram:
		points(ctx, l, of.Histogram().DataPoints().All())
	case pmetric.MetricTypeExponentialHistogram:
		points(ctx, l, of.ExponentialHistogram().DataPoints().All())
	case pmetric.MetricTypeSummary:
		// The only kind without exemplars.
		for _, point := range of.Summary().DataPoints().All() {
			l.attributes(ctx, point.Attributes())
		}
	}
}

// point is a data point with exemplars, of whatever kind.
type point interface {
	Attributes() pcommon.Map
	Exemplars() pmetric.ExemplarSlice
}

func points[P point](ctx context.Context, l *limiter, all func(func(int, P) bool)) {
	for _, one := range all {
		l.attributes(ctx, one.Attributes())
		for _, exemplar := range one.Exemplars().All() {
			l.attributes(ctx, exemplar.FilteredAttributes())
		}
	}
}
