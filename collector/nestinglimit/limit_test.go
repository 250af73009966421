package nestinglimit

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const tooDeep = "[nested deeper than 3]"

// nestLists puts lists into one another, `depth` of them, around a text.
func nestLists(value pcommon.Value, depth int) {
	for range depth {
		value = value.SetEmptySlice().AppendEmpty()
	}
	value.SetStr("end")
}

// nestMaps does the same by maps.
func nestMaps(value pcommon.Value, depth int) {
	for range depth {
		value = value.SetEmptyMap().PutEmpty("k")
	}
	value.SetStr("end")
}

func limiterOf(t *testing.T, config *Config) (*limiter, func() map[string]int64) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	made, err := newLimiter(config, telemetry, "logs")
	if err != nil {
		t.Fatal(err)
	}
	return made, func() map[string]int64 {
		var collected metricdata.ResourceMetrics
		if err := reader.Collect(t.Context(), &collected); err != nil {
			t.Fatal(err)
		}
		counts := map[string]int64{}
		for _, scope := range collected.ScopeMetrics {
			for _, one := range scope.Metrics {
				for _, point := range one.Data.(metricdata.Sum[int64]).DataPoints {
					reason, _ := point.Attributes.Value("reason")
					counts[one.Name+" "+reason.AsString()] = point.Value
				}
			}
		}
		return counts
	}
}

func TestValuesAreCut(t *testing.T) {
	long := strings.Repeat("k", 11)
	for name, test := range map[string]struct {
		make     func(pcommon.Value)
		expected string
		counts   map[string]int64
	}{
		"a text stays":                      {func(v pcommon.Value) { v.SetStr("x") }, "x", nil},
		"nothing stays":                     {func(pcommon.Value) {}, "", nil},
		"lists up to the limit stay":        {func(v pcommon.Value) { nestLists(v, 3) }, `[[["end"]]]`, nil},
		"a list more is cut":                {func(v pcommon.Value) { nestLists(v, 4) }, `[[["` + tooDeep + `"]]]`, map[string]int64{"otelcol_nesting_limit_cut depth": 1}},
		"maps up to the limit stay":         {func(v pcommon.Value) { nestMaps(v, 3) }, `{"k":{"k":{"k":"end"}}}`, nil},
		"a map more is cut":                 {func(v pcommon.Value) { nestMaps(v, 4) }, `{"k":{"k":{"k":"` + tooDeep + `"}}}`, map[string]int64{"otelcol_nesting_limit_cut depth": 1}},
		"a million more cost no more":       {func(v pcommon.Value) { nestLists(v, 1_000_000) }, `[[["` + tooDeep + `"]]]`, map[string]int64{"otelcol_nesting_limit_cut depth": 1}},
		"a long key of a text stays":        {func(v pcommon.Value) { v.SetEmptyMap().PutStr(long, "x") }, `{"` + long + `":"x"}`, nil},
		"a list below a long key is cut":    {func(v pcommon.Value) { nestLists(v.SetEmptyMap().PutEmpty(long), 1) }, `{"` + long + `":"[below a path of more than 10 bytes]"}`, map[string]int64{"otelcol_nesting_limit_cut path": 1}},
		"empty ones are cut, siblings stay": {func(v pcommon.Value) { siblings(v) }, `[[["` + tooDeep + `","x","` + tooDeep + `"]],7]`, map[string]int64{"otelcol_nesting_limit_cut depth": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			limiter, counts := limiterOf(t, &Config{MaxDepth: 3, MaxPathBytes: 10})
			value := pcommon.NewValueEmpty()
			test.make(value)

			limiter.value(t.Context(), value, 1, 0)

			if got := value.AsString(); got != test.expected {
				t.Errorf("got %s, expected %s", got, test.expected)
			}
			got := counts()
			if len(got) != len(test.counts) {
				t.Errorf("counted %v, expected %v", got, test.counts)
			}
			for series, expected := range test.counts {
				if got[series] != expected {
					t.Errorf("counted %v, expected %v", got, test.counts)
				}
			}
		})
	}
}

func siblings(value pcommon.Value) {
	top := value.SetEmptySlice()
	third := top.AppendEmpty().SetEmptySlice().AppendEmpty().SetEmptySlice()
	third.AppendEmpty().SetEmptySlice()
	third.AppendEmpty().SetStr("x")
	third.AppendEmpty().SetEmptyMap()
	top.AppendEmpty().SetInt(7)
}

// places collects a map of attributes of every place that has one, each with a value that is too deep.
type places []pcommon.Map

func (p *places) add(attributes pcommon.Map) {
	nestMaps(attributes.PutEmpty("deep"), 40)
	*p = append(*p, attributes)
}

func (p *places) expectCut(t *testing.T, count int) {
	t.Helper()
	if len(*p) != count {
		t.Fatalf("%d places, expected %d", len(*p), count)
	}
	for number, attributes := range *p {
		value, _ := attributes.Get("deep")
		if text := value.AsString(); strings.Contains(text, "end") || !strings.Contains(text, "[nested deeper than 32]") {
			t.Errorf("place %d is not cut: %s", number, text)
		}
	}
}

func TestEveryPlaceOfTraces(t *testing.T) {
	var filled places
	data := ptrace.NewTraces()
	resource := data.ResourceSpans().AppendEmpty()
	scope := resource.ScopeSpans().AppendEmpty()
	span := scope.Spans().AppendEmpty()
	filled.add(resource.Resource().Attributes())
	filled.add(scope.Scope().Attributes())
	filled.add(span.Attributes())
	filled.add(span.Events().AppendEmpty().Attributes())
	filled.add(span.Links().AppendEmpty().Attributes())
	sink := new(consumertest.TracesSink)
	made, err := NewFactory().CreateTraces(t.Context(), processortest.NewNopSettings(componentType), createDefaultConfig(), sink)

	consume(t, made, err, func(ctx context.Context) error { return made.ConsumeTraces(ctx, data) })

	filled.expectCut(t, 5)
	if sink.SpanCount() != 1 {
		t.Error("the span is not handed on")
	}
}

func TestEveryPlaceOfLogs(t *testing.T) {
	var filled places
	data := plog.NewLogs()
	resource := data.ResourceLogs().AppendEmpty()
	scope := resource.ScopeLogs().AppendEmpty()
	record := scope.LogRecords().AppendEmpty()
	filled.add(resource.Resource().Attributes())
	filled.add(scope.Scope().Attributes())
	filled.add(record.Attributes())
	filled.add(record.Body().SetEmptyMap())
	sink := new(consumertest.LogsSink)
	made, err := NewFactory().CreateLogs(t.Context(), processortest.NewNopSettings(componentType), createDefaultConfig(), sink)

	consume(t, made, err, func(ctx context.Context) error { return made.ConsumeLogs(ctx, data) })

	filled.expectCut(t, 4)
	if sink.LogRecordCount() != 1 {
		t.Error("the record is not handed on")
	}
}

func TestEveryPlaceOfMetrics(t *testing.T) {
	var filled places
	data := pmetric.NewMetrics()
	resource := data.ResourceMetrics().AppendEmpty()
	scope := resource.ScopeMetrics().AppendEmpty()
	filled.add(resource.Resource().Attributes())
	filled.add(scope.Scope().Attributes())
	next := scope.Metrics().AppendEmpty
	withExemplar := func(one point) {
		filled.add(one.Attributes())
		filled.add(one.Exemplars().AppendEmpty().FilteredAttributes())
	}
	gauge := next()
	filled.add(gauge.Metadata())
	withExemplar(gauge.SetEmptyGauge().DataPoints().AppendEmpty())
	withExemplar(next().SetEmptySum().DataPoints().AppendEmpty())
	withExemplar(next().SetEmptyHistogram().DataPoints().AppendEmpty())
	withExemplar(next().SetEmptyExponentialHistogram().DataPoints().AppendEmpty())
	filled.add(next().SetEmptySummary().DataPoints().AppendEmpty().Attributes())
	// Of no kind: nothing to cut.
	next()
	sink := new(consumertest.MetricsSink)
	made, err := NewFactory().CreateMetrics(t.Context(), processortest.NewNopSettings(componentType), createDefaultConfig(), sink)

	consume(t, made, err, func(ctx context.Context) error { return made.ConsumeMetrics(ctx, data) })

	filled.expectCut(t, 12)
	if sink.DataPointCount() != 5 {
		t.Error("the data points are not handed on")
	}
}

func consume(t *testing.T, made component.Component, err error, send func(context.Context) error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := made.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaultsOfTheConfigurationAreNamedTogether(t *testing.T) {
	err := (&Config{MaxDepth: 129}).Validate()

	if err == nil || !strings.Contains(err.Error(), "max_depth: expected 1 to 128") ||
		!strings.Contains(err.Error(), "max_path_bytes: expected at least 1") {
		t.Errorf("got %v", err)
	}
	if err := createDefaultConfig().(*Config).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}
