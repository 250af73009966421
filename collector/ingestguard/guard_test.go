package ingestguard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

// testGuard is a guard whose clock, log and metrics the test holds. Its watch looks only when it is told to.
type testGuard struct {
	*guard
	watch  *keyFileWatch
	logs   *observer.ObservedLogs
	reader *sdkmetric.ManualReader
	clock  *clock
}

type clock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *clock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *clock) pass(some time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(some)
}

func newTestGuard(t *testing.T, content *string) *testGuard {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	reader := sdkmetric.NewManualReader()
	settings := componenttest.NewNopTelemetrySettings()
	settings.Logger = zap.New(core)
	settings.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	config := createDefaultConfig().(*Config)
	config.KeysFile = filepath.Join(t.TempDir(), "keys.json")
	made, err := newGuard(config, settings)
	if err != nil {
		t.Fatal(err)
	}
	ticking := &clock{at: start}
	made.now = ticking.now
	guard := &testGuard{made, &keyFileWatch{guard: made}, logs, reader, ticking}
	if content != nil {
		guard.write(t, *content)
	}
	return guard
}

func startedGuard(t *testing.T, content string) *testGuard {
	t.Helper()
	guard := newTestGuard(t, &content)
	if err := guard.watch.first(); err != nil {
		t.Fatal(err)
	}
	return guard
}

func (g *testGuard) write(t *testing.T, content string) {
	t.Helper()
	path := g.config.KeysFile
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// counter returns the value of one counter where the attributes, given as name and value in turn, are these.
func (g *testGuard) counter(t *testing.T, name string, attributes ...string) int64 {
	t.Helper()
	var wanted []attribute.KeyValue
	for index := 0; index < len(attributes); index += 2 {
		wanted = append(wanted, attribute.String(attributes[index], attributes[index+1]))
	}
	set := attribute.NewSet(wanted...)
	for _, found := range g.collect(t)[name].(metricdata.Sum[int64]).DataPoints {
		if found.Attributes.Equals(&set) {
			return found.Value
		}
	}
	return 0
}

func (g *testGuard) gauge(t *testing.T, name, keyID string) (float64, bool) {
	t.Helper()
	set := attribute.NewSet(attribute.String("key_id", keyID))
	found, ok := g.collect(t)[name].(metricdata.Gauge[float64])
	if !ok {
		return 0, false
	}
	for _, point := range found.DataPoints {
		if point.Attributes.Equals(&set) {
			return point.Value, true
		}
	}
	return 0, false
}

func (g *testGuard) collect(t *testing.T) map[string]metricdata.Aggregation {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := g.reader.Collect(context.Background(), &collected); err != nil {
		t.Fatal(err)
	}
	all := map[string]metricdata.Aggregation{}
	for _, scope := range collected.ScopeMetrics {
		for _, one := range scope.Metrics {
			all[one.Name] = one.Data
		}
	}
	return all
}

func keyText(id string) string { return "otk_" + id + "_" + strings.Repeat("x", 43) }

func bearer(id string) []string { return []string{"Bearer " + keyText(id)} }

func keyEntry(id, tenant, more string) string {
	sum := sha256.Sum256([]byte(keyText(id)))
	return `{"id": "` + id + `", "tenant": "` + tenant + `", "sha256": "` + hex.EncodeToString(sum[:]) +
		`", "created": "2026-11-21T22:00:00Z"` + more + `}`
}

func retryDelay(t *testing.T, err error) time.Duration {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			return retry.GetRetryDelay().AsDuration()
		}
	}
	t.Fatalf("no RetryInfo in %v", err)
	return 0
}

func TestMetricsTellOfEveryKey(t *testing.T) {
	guard := startedGuard(t, keyFile(
		keyEntry("k1", "shop", `, "expires": "2026-11-22T00:00:00Z", "bytes_per_second": 100, "byte_burst": 100`),
		keyEntry("k2", "shop", ""),
	))
	guard.inForce.Load().find(bearer("k1")).bytes.overdraw(start, 150)

	for name, expected := range map[string]float64{
		"otelcol_ingest_guard_key_age":        3600,
		"otelcol_ingest_guard_key_expires_in": 3600,
		"otelcol_ingest_guard_key_debt":       50,
	} {
		if value, _ := guard.gauge(t, name, "k1"); value != expected {
			t.Errorf("%s: expected %v, got %v", name, expected, value)
		}
	}
	if _, there := guard.gauge(t, "otelcol_ingest_guard_key_expires_in", "k2"); there {
		t.Error("a key that does not expire has a time until it does")
	}
	guard.clock.pass(2 * time.Hour)
	if value, _ := guard.gauge(t, "otelcol_ingest_guard_key_expires_in", "k1"); value != -3600 {
		t.Errorf("expired an hour ago: got %v", value)
	}
}

func TestConfigNamesAllFaults(t *testing.T) {
	config := &Config{PollInterval: time.Minute, Defaults: Limits{RequestsPerSecond: -1, BytesPerSecond: 1}}
	err := config.Validate()
	for _, expected := range []string{
		"keys_file: ", "OTELCOL_KEYS_FILE", "poll_interval: ", "defaults: requests_per_second: ", "defaults: byte_burst: ",
	} {
		if err == nil || !strings.Contains(err.Error(), expected) {
			t.Errorf("expected %q in %v", expected, err)
		}
	}
	config = createDefaultConfig().(*Config)
	config.KeysFile = "keys.json"
	if err := config.Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
}

func TestManyAtOnceWhileTheFileChanges(t *testing.T) {
	// For the race detector; and not one request of a key that stays is refused.
	guard := newTestGuard(t, ptr(keyFile(keyEntry("k1", "shop", ""), keyEntry("k2", "shop", ""))))
	guard.config.PollInterval = time.Millisecond
	guard.config.Defaults = Limits{}
	var _ component.Component = guard
	if err := guard.Start(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	var senders sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		senders.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				k, err := guard.authenticate(context.Background(), bearer("k1"))
				if err == nil {
					err = guard.charge(context.Background(), k)
				}
				if err != nil {
					t.Errorf("refused: %v", err)
					return
				}
				k.bytes.overdraw(guard.now(), 1)
			}
		})
	}
	for round := range 20 {
		more := []string{keyEntry("k1", "shop", "")}
		if round%2 == 0 {
			more = append(more, keyEntry("k3", "shop", ""))
		}
		path := guard.config.KeysFile
		if err := os.WriteFile(path+".new", []byte(keyFile(more...)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		for (guard.inForce.Load().find(bearer("k3")) != nil) != (round%2 == 0) {
			guard.collect(t)
		}
	}
	close(stop)
	senders.Wait()
	if err := guard.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}
