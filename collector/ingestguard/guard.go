package ingestguard

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.uber.org/zap"
)

// guard is the extension. All its methods may be called at the same time.
type guard struct {
	config *Config
	logger *zap.Logger
	meters *meters
	now    func() time.Time

	inForce atomic.Pointer[keySet]
	stop    context.CancelFunc
	watcher sync.WaitGroup
}

var (
	_ extension.Extension            = (*guard)(nil)
	_ extensionauth.Server           = (*guard)(nil)
	_ extensionmiddleware.HTTPServer = (*guard)(nil)
	_ extensionmiddleware.GRPCServer = (*guard)(nil)
)

func newGuard(config *Config, telemetry component.TelemetrySettings) (*guard, error) {
	made := &guard{config: config, logger: telemetry.Logger, now: time.Now, stop: func() {}}
	made.inForce.Store(&keySet{})
	var err error
	made.meters, err = newMeters(telemetry.MeterProvider, made.inForce.Load, func() time.Time { return made.now() })
	return made, err
}

// Start reads the keys; without a sound file it fails, and so does the Collector.
func (g *guard) Start(context.Context, component.Host) error {
	watch := keyFileWatch{guard: g}
	if err := watch.first(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	g.watcher.Go(func() { watch.run(ctx) })
	return nil
}

// Shutdown ends the watch of the file.
func (g *guard) Shutdown(context.Context) error {
	g.stop()
	g.watcher.Wait()
	return g.meters.observed.Unregister()
}

// authenticate returns who shows this header, or why nobody is let in.
func (g *guard) authenticate(ctx context.Context, authorization []string) (*key, error) {
	k := g.inForce.Load().find(authorization)
	if k == nil {
		g.meters.countRequest(ctx, stranger, unauthenticated)
		return nil, errUnauthenticated
	}
	if !k.expires.IsZero() && !g.now().Before(k.expires) {
		g.meters.countRequest(ctx, k.series, expired)
		return nil, errExpired
	}
	return k, nil
}

// charge takes one request from the key's limits, or returns why and how long it must wait.
func (g *guard) charge(ctx context.Context, k *key) error {
	now := g.now()
	if _, wait := k.bytes.debt(now); wait > 0 {
		g.meters.countRequest(ctx, k.series, byteLimited)
		return tooMuch("too many bytes for this API key", wait)
	}
	if wait := k.requests.take(now); wait > 0 {
		g.meters.countRequest(ctx, k.series, rateLimited)
		return tooMuch("too many requests for this API key", wait)
	}
	g.meters.countRequest(ctx, k.series, accepted)
	return nil
}
