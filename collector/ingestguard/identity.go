package ingestguard

import (
	"context"
	"strconv"

	"go.opentelemetry.io/collector/client"
	"google.golang.org/grpc/metadata"
)

// Where the pipeline finds who sent a request. The auth attributes do not survive a queue, the metadata does, with
// the kinds of queue that keep it; gateway.yaml copies them into resource attributes, which survive everything.
const (
	attributeTenant           = "tenant"
	attributeKeyID            = "key_id"
	attributeAuthenticated    = "authenticated"
	attributeTrustedRedaction = "trusted_redaction"

	metadataTenant           = "x-otel-kit-tenant"
	metadataKeyID            = "x-otel-kit-key-id"
	metadataAuthenticated    = "x-otel-kit-authenticated"
	metadataTrustedRedaction = "x-otel-kit-trusted-redaction"

	// As gRPC spells it; net/http spells it Authorization.
	authorizationHeader = "authorization"
)

// identity is what is known of a sender. It implements client.AuthData.
type identity struct {
	attributes map[string]any
	metadata   client.Metadata
}

var _ client.AuthData = (*identity)(nil)

func newIdentity(record keyRecord) *identity {
	return &identity{
		attributes: map[string]any{
			attributeTenant:           record.tenant,
			attributeKeyID:            record.id,
			attributeAuthenticated:    true,
			attributeTrustedRedaction: record.trustedRedaction,
		},
		metadata: client.NewMetadata(map[string][]string{
			metadataTenant:           {record.tenant},
			metadataKeyID:            {record.id},
			metadataAuthenticated:    {"true"},
			metadataTrustedRedaction: {strconv.FormatBool(record.trustedRedaction)},
		}),
	}
}

// GetAttribute returns one of the four attributes, or nil.
func (i *identity) GetAttribute(name string) any { return i.attributes[name] }

// GetAttributeNames returns the names of the four.
func (i *identity) GetAttributeNames() []string {
	return []string{attributeTenant, attributeKeyID, attributeAuthenticated, attributeTrustedRedaction}
}

type sender struct{}

// senderOf returns the key of a request that one of the two places has let in, else nil. The other place then neither
// looks nor charges again.
func senderOf(ctx context.Context) *key {
	found, _ := ctx.Value(sender{}).(*key)
	return found
}

// withMark returns a context in which senderOf finds the key, for the other of the two places.
func withMark(ctx context.Context, k *key) context.Context {
	return context.WithValue(ctx, sender{}, k)
}

// withSender returns a context that tells the pipeline who sent this, in place of whatever the sender said itself.
func withSender(ctx context.Context, k *key) context.Context {
	info := client.FromContext(ctx)
	info.Auth = k.identity
	info.Metadata = k.identity.metadata
	return withoutKey(client.NewContext(ctx, info))
}

// withoutKey takes the key out of the gRPC metadata, which the pipeline can read.
func withoutKey(ctx context.Context) context.Context {
	headers, ok := metadata.FromIncomingContext(ctx) // a copy
	if !ok || headers[authorizationHeader] == nil {
		return ctx
	}
	delete(headers, authorizationHeader)
	return metadata.NewIncomingContext(ctx, headers)
}
