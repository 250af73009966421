package ingestguard

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// outcome is what became of a request, as the metrics call it.
type outcome string

const (
	accepted        outcome = "accepted"
	rateLimited     outcome = "rate_limited"
	byteLimited     outcome = "byte_limited"
	expired         outcome = "expired"
	unauthenticated outcome = "unauthenticated"
)

// series holds the attribute sets of one key, made once, not per request.
type series struct {
	key      metric.MeasurementOption
	outcomes map[outcome]metric.MeasurementOption
}

func newSeries(keyID string) series {
	id := attribute.String("key_id", keyID)
	made := series{
		key:      metric.WithAttributeSet(attribute.NewSet(id)),
		outcomes: map[outcome]metric.MeasurementOption{},
	}
	for _, one := range []outcome{accepted, rateLimited, byteLimited, expired, unauthenticated} {
		made.outcomes[one] = metric.WithAttributeSet(attribute.NewSet(id, attribute.String("outcome", string(one))))
	}
	return made
}

// stranger is the one series of all who show no key that we know: else anybody could add series.
var stranger = newSeries("")

var (
	reloadOK     = metric.WithAttributeSet(attribute.NewSet(attribute.String("result", "ok")))
	reloadFailed = metric.WithAttributeSet(attribute.NewSet(attribute.String("result", "failed")))
)

// meters are the guard's own metrics. They are the only sign of a refusal: it leaves no line in the log, and the
// receiver does not count it.
type meters struct {
	requests metric.Int64Counter
	bytes    metric.Int64Counter
	reloads  metric.Int64Counter
	observed metric.Registration
}

// newMeters registers the metrics; those of each key are read from `keys` whenever they are collected.
func newMeters(provider metric.MeterProvider, keys func() *keySet, now func() time.Time) (*meters, error) {
	meter := provider.Meter("otel-kit/ingestguard")
	var made meters
	var faults [7]error
	made.requests, faults[0] = meter.Int64Counter("otelcol_ingest_guard_requests", metric.WithUnit("{request}"),
		metric.WithDescription("Requests by key and by what became of them; key_id is empty where no key was known."))
	made.bytes, faults[1] = meter.Int64Counter("otelcol_ingest_guard_bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes of bodies that were read, after decompression."))
	made.reloads, faults[2] = meter.Int64Counter("otelcol_ingest_guard_reloads", metric.WithUnit("{reload}"),
		metric.WithDescription("Changes of the key file; a failed one left the old keys in force."))
	age, err := meter.Float64ObservableGauge("otelcol_ingest_guard_key_age", metric.WithUnit("s"),
		metric.WithDescription("Time since the key was created."))
	faults[3] = err
	expiresIn, err := meter.Float64ObservableGauge("otelcol_ingest_guard_key_expires_in", metric.WithUnit("s"),
		metric.WithDescription("Time until the key expires, negative afterwards; only keys that expire."))
	faults[4] = err
	debt, err := meter.Float64ObservableGauge("otelcol_ingest_guard_key_debt", metric.WithUnit("By"),
		metric.WithDescription("Bytes beyond the limit that the key must wait for before it may send again."))
	faults[5] = err
	if err := errors.Join(faults[:]...); err != nil {
		return nil, err
	}
	made.observed, err = meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		at := now()
		for _, k := range keys().all {
			observer.ObserveFloat64(age, at.Sub(k.created).Seconds(), k.series.key)
			if !k.expires.IsZero() {
				observer.ObserveFloat64(expiresIn, k.expires.Sub(at).Seconds(), k.series.key)
			}
			owed, _ := k.bytes.debt(at)
			observer.ObserveFloat64(debt, owed, k.series.key)
		}
		return nil
	}, age, expiresIn, debt)
	return &made, err
}

func (m *meters) countRequest(ctx context.Context, of series, what outcome) {
	m.requests.Add(ctx, 1, of.outcomes[what])
}
