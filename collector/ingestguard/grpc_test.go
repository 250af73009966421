package ingestguard

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// watched is a service whose one method the test looks into.
type watched struct {
	grpc_health_v1.UnimplementedHealthServer
	check func(ctx context.Context)
}

func (w watched) Check(
	ctx context.Context, _ *grpc_health_v1.HealthCheckRequest,
) (*grpc_health_v1.HealthCheckResponse, error) {
	w.check(ctx)
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

// service starts a gRPC server in the order of the Collector's: tap, sender's metadata, authenticator, middleware.
func (g *testGuard) service(t *testing.T, authenticator, middleware bool, check func(context.Context)) grpc_health_v1.HealthClient {
	t.Helper()
	includeMetadata := func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		info := client.FromContext(ctx)
		headers, _ := metadata.FromIncomingContext(ctx)
		info.Metadata = client.NewMetadata(headers)
		return next(client.NewContext(ctx, info), request)
	}
	authenticate := func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		headers, _ := metadata.FromIncomingContext(ctx)
		ctx, err := g.Authenticate(ctx, headers)
		if err != nil {
			return nil, err
		}
		return next(ctx, request)
	}
	options := []grpc.ServerOption{grpc.ChainUnaryInterceptor(includeMetadata)}
	if authenticator {
		options = append(options, grpc.ChainUnaryInterceptor(authenticate))
	}
	if middleware {
		own, err := g.GetGRPCServerOptions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, own...)
	}
	server := grpc.NewServer(options...)
	grpc_health_v1.RegisterHealthServer(server, watched{check: check})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return grpc_health_v1.NewHealthClient(connection)
}

func call(t *testing.T, service grpc_health_v1.HealthClient, key string, size int, options ...grpc.CallOption) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-otel-kit-tenant", "spoofed")
	if key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	}
	_, err := service.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: strings.Repeat("x", size)}, options...)
	return err
}

// places are the ways to name the guard that must all be safe.
var places = []struct{ authenticator, middleware bool }{{true, true}, {true, false}, {false, true}}

func TestGRPCTellsThePipelineWhoSentAndTakesTheKeyAway(t *testing.T) {
	for _, place := range places {
		t.Run(fmt.Sprint(place), func(t *testing.T) {
			guard := startedGuard(t, keyFile(keyEntry("k1", "shop", "")))
			service := guard.service(t, place.authenticator, place.middleware, func(ctx context.Context) {
				expectIdentity(t, ctx, "shop", "k1", false)
				if headers, _ := metadata.FromIncomingContext(ctx); len(headers["authorization"]) != 0 {
					t.Error("the key goes on")
				}
			})
			if err := call(t, service, keyText("k1"), 0); err != nil {
				t.Error(err)
			}
			if count := guard.counter(t, "otelcol_ingest_guard_requests", "key_id", "k1", "outcome", "accepted"); count != 1 {
				t.Errorf("charged %d times", count)
			}
		})
	}
}

func TestGRPCRefusesStrangersWhicheverPlaceNamesTheGuard(t *testing.T) {
	for _, place := range places {
		guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "expires": "2026-11-21T23:00:00Z"`)))
		service := guard.service(t, place.authenticator, place.middleware, func(context.Context) { t.Error("it came through") })
		for _, key := range []string{"", "wrong", keyText("k1")} {
			err := call(t, service, key, 0)
			if status.Code(err) != codes.Unauthenticated || strings.Contains(err.Error(), "k1") {
				t.Errorf("%v, key %q: %v", place, key, err)
			}
		}
	}
}

func TestGRPCRequestsAreLimitedPerKey(t *testing.T) {
	for _, place := range places {
		guard := startedGuard(t, keyFile(
			keyEntry("k1", "shop", `, "requests_per_second": 0.4, "burst": 2`), keyEntry("k2", "shop", ""),
		))
		service := guard.service(t, place.authenticator, place.middleware, func(context.Context) {})
		for range 2 {
			if err := call(t, service, keyText("k1"), 0); err != nil {
				t.Fatal(err)
			}
		}
		err := call(t, service, keyText("k1"), 0)
		if status.Code(err) != codes.ResourceExhausted || retryDelay(t, err) != 3*time.Second {
			t.Errorf("%v: %v", place, err)
		}
		if err := call(t, service, keyText("k2"), 0); err != nil {
			t.Errorf("another key: %v", err)
		}
		guard.clock.pass(3 * time.Second)
		if err := call(t, service, keyText("k1"), 0); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	}
}

func TestGRPCBytesAreADebtThatTheNextRequestFinds(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "bytes_per_second": 1000, "byte_burst": 1000`)))
	service := guard.service(t, true, true, func(context.Context) {})
	// A few bytes on the wire: what counts is what comes out.
	if err := call(t, service, keyText("k1"), 4000, grpc.UseCompressor(gzip.Name)); err != nil {
		t.Fatal(err)
	}
	err := call(t, service, keyText("k1"), 0)
	if status.Code(err) != codes.ResourceExhausted || retryDelay(t, err) != 4*time.Second {
		t.Errorf("in debt: %v", err)
	}
	if count := guard.counter(t, "otelcol_ingest_guard_bytes", "key_id", "k1"); count < 4000 || count > 4010 {
		t.Errorf("expected about 4003 bytes, got %d", count)
	}
	guard.clock.pass(4 * time.Second)
	if err := call(t, service, keyText("k1"), 0); err != nil {
		t.Errorf("paid back: %v", err)
	}
}
