// Package ingestguard is the Collector extension `ingest_guard`: it decides who may send to a receiver, and how much.
//
// A receiver names it twice per protocol, and both places are needed:
//
//	auth: {authenticator: ingest_guard}       # 401 over HTTP before anything of the body, identity for the pipeline
//	middlewares: [{id: ingest_guard}]         # 429 and the count of bytes; on gRPC, refusal before the body
//
// One API key is one entry of a JSON file (keyfile.go) that holds only SHA-256 hashes and is read again when it changes
// (watch.go). What a key may do is two token buckets (bucket.go). Who sent a request is put where the pipeline finds it,
// and the key itself is taken away (identity.go).
package ingestguard

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
)

var componentType = component.MustNewType("ingest_guard")

// NewFactory returns what the builder puts into the distribution.
func NewFactory() extension.Factory {
	return extension.NewFactory(componentType, createDefaultConfig, create, component.StabilityLevelBeta)
}

func create(_ context.Context, settings extension.Settings, config component.Config) (extension.Extension, error) {
	return newGuard(config.(*Config), settings.TelemetrySettings)
}
