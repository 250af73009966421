package ingestguard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/client"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// receiver is an HTTP server in the order of the Collector's: authenticator, then middleware, then the receiver.
func (g *testGuard) receiver(t *testing.T, authenticator bool, next http.HandlerFunc) *httptest.Server {
	t.Helper()
	wrap, err := g.GetHTTPHandler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	handler, err := wrap(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		// What include_metadata would have put there.
		ctx := client.NewContext(request.Context(), client.Info{Metadata: client.NewMetadata(request.Header)})
		if authenticator {
			var err error
			if ctx, err = g.Authenticate(ctx, request.Header); err != nil {
				http.Error(response, err.Error(), http.StatusUnauthorized)
				return
			}
		}
		handler.ServeHTTP(response, request.WithContext(ctx))
	}))
	t.Cleanup(server.Close)
	return server
}

func post(t *testing.T, server *httptest.Server, key, contentType string, body io.Reader) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("X-Otel-Kit-Tenant", "spoofed")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, content
}

func readAll(response http.ResponseWriter, request *http.Request) {
	_, _ = io.Copy(io.Discard, request.Body)
	response.WriteHeader(http.StatusOK)
}

func TestHTTPTellsThePipelineWhoSentAndTakesTheKeyAway(t *testing.T) {
	for _, authenticator := range []bool{true, false} {
		t.Run(fmt.Sprintf("authenticator %v", authenticator), func(t *testing.T) {
			guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "trusted_redaction": true`)))
			server := guard.receiver(t, authenticator, func(_ http.ResponseWriter, request *http.Request) {
				expectIdentity(t, request.Context(), "shop", "k1", true)
				if request.Header.Get("Authorization") != "" {
					t.Error("the key goes on")
				}
			})
			if response, _ := post(t, server, keyText("k1"), jsonType, nil); response.StatusCode != http.StatusOK {
				t.Errorf("got %d", response.StatusCode)
			}
		})
	}
}

func expectIdentity(t *testing.T, ctx context.Context, tenant, keyID string, trusted bool) {
	t.Helper()
	info := client.FromContext(ctx)
	if info.Auth == nil {
		t.Error("nobody")
		return
	}
	for name, expected := range map[string]any{
		"tenant": tenant, "key_id": keyID, "authenticated": true, "trusted_redaction": trusted, "other": nil,
	} {
		if value := info.Auth.GetAttribute(name); value != expected {
			t.Errorf("%s: expected %v, got %v", name, expected, value)
		}
	}
	for name, expected := range map[string]string{
		"x-otel-kit-tenant": tenant, "x-otel-kit-key-id": keyID, "x-otel-kit-authenticated": "true",
		"x-otel-kit-trusted-redaction": fmt.Sprint(trusted),
	} {
		if value := info.Metadata.Get(name); len(value) != 1 || value[0] != expected {
			t.Errorf("%s: expected %v, got %v", name, expected, value)
		}
	}
	count := 0
	for range info.Metadata.Keys() {
		count++
	}
	if count != 4 {
		t.Errorf("the sender's own metadata is still there: %d", count)
	}
}

func TestHTTPRefusesStrangersWhicheverPlaceNamesTheGuard(t *testing.T) {
	for _, authenticator := range []bool{true, false} {
		guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "expires": "2026-11-21T23:00:00Z"`)))
		server := guard.receiver(t, authenticator, func(http.ResponseWriter, *http.Request) { t.Error("it came through") })
		for _, key := range []string{"", "wrong", keyText("k1")} {
			response, body := post(t, server, key, jsonType, nil)
			if response.StatusCode != http.StatusUnauthorized || strings.Contains(string(body), "k1") {
				t.Errorf("authenticator %v, key %q: %d %s", authenticator, key, response.StatusCode, body)
			}
		}
		for keyID, what := range map[string]string{"": "unauthenticated", "k1": "expired"} {
			expected := map[string]int64{"": 2, "k1": 1}[keyID]
			if count := guard.counter(t, "otelcol_ingest_guard_requests", "key_id", keyID, "outcome", what); count != expected {
				t.Errorf("%s: expected %d, got %d", what, expected, count)
			}
		}
	}
}

func TestHTTPRefusedTypeIsOneTheReceiverCanAnswer(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", "")))
	for contentType, expected := range map[string]string{
		"text/plain": "", "x/": "", "": "", jsonType: jsonType, protobufType: protobufType,
		jsonType + "; charset=utf-8": jsonType + "; charset=utf-8",
	} {
		headers := http.Header{"Content-Type": {contentType}}
		if _, err := guard.Authenticate(t.Context(), headers); err == nil {
			t.Fatal("it came through")
		}
		if left := headers.Get("Content-Type"); left != expected {
			t.Errorf("%q: expected %q, got %q", contentType, expected, left)
		}
	}
}

func TestHTTPRequestsAreLimitedPerKey(t *testing.T) {
	guard := startedGuard(t, keyFile(
		keyEntry("k1", "shop", `, "requests_per_second": 0.4, "burst": 2`), keyEntry("k2", "shop", ""),
	))
	server := guard.receiver(t, true, readAll)
	for _, expected := range []int{200, 200, 429} {
		if response, _ := post(t, server, keyText("k1"), protobufType, nil); response.StatusCode != expected {
			t.Fatalf("expected %d, got %d", expected, response.StatusCode)
		}
	}
	if response, _ := post(t, server, keyText("k2"), protobufType, nil); response.StatusCode != 200 {
		t.Errorf("another key: got %d", response.StatusCode)
	}

	for contentType, decode := range map[string]func([]byte, proto.Message) error{
		protobufType: proto.Unmarshal, jsonType: protojson.Unmarshal,
	} {
		response, body := post(t, server, keyText("k1"), contentType, nil)
		var said spb.Status
		if err := decode(body, &said); err != nil {
			t.Fatalf("%s: %v in %q", contentType, err, body)
		}
		if response.Header.Get("Retry-After") != "3" || said.GetCode() != int32(codes.ResourceExhausted) ||
			len(said.GetDetails()) != 1 || response.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %v, %v", contentType, response.Header, &said)
		}
	}
	if count := guard.counter(t, "otelcol_ingest_guard_requests", "key_id", "k1", "outcome", "rate_limited"); count != 3 {
		t.Errorf("expected 3 rate_limited, got %d", count)
	}
	guard.clock.pass(2500 * time.Millisecond)
	if response, _ := post(t, server, keyText("k1"), protobufType, nil); response.StatusCode != 200 {
		t.Errorf("after the wait: got %d", response.StatusCode)
	}
}

func TestHTTPBytesAreADebtThatTheNextRequestFinds(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "bytes_per_second": 100, "byte_burst": 100`)))
	read := 0
	server := guard.receiver(t, true, func(response http.ResponseWriter, request *http.Request) {
		content, _ := io.ReadAll(request.Body)
		read += len(content)
		response.WriteHeader(http.StatusOK)
	})
	send := func() *http.Response {
		response, _ := post(t, server, keyText("k1"), jsonType, bytes.NewReader(make([]byte, 400)))
		return response
	}
	if response := send(); response.StatusCode != 200 {
		t.Fatalf("the first: got %d", response.StatusCode)
	}
	if response := send(); response.StatusCode != 429 || response.Header.Get("Retry-After") != "3" {
		t.Errorf("in debt: %d, %v", response.StatusCode, response.Header)
	}
	if read != 400 {
		t.Errorf("the refused body was read: %d", read)
	}
	if count := guard.counter(t, "otelcol_ingest_guard_bytes", "key_id", "k1"); count != 400 {
		t.Errorf("expected 400 bytes, got %d", count)
	}
	if count := guard.counter(t, "otelcol_ingest_guard_requests", "key_id", "k1", "outcome", "byte_limited"); count != 1 {
		t.Errorf("expected 1 byte_limited, got %d", count)
	}
	guard.clock.pass(3 * time.Second)
	if response := send(); response.StatusCode != 200 {
		t.Errorf("paid back: got %d", response.StatusCode)
	}
}
