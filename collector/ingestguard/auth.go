package ingestguard

import (
	"context"
	"errors"
	"mime"
	"net/http"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Authenticate implements extensionauth.Server: over HTTP it is called before anything of the body is read, over gRPC
// after the tap (grpc.go) and the body.
//
// The limits are not asked here over HTTP: whatever error this returns, the sender would read 401.
func (g *guard) Authenticate(ctx context.Context, headers map[string][]string) (context.Context, error) {
	_, isGRPC := metadata.FromIncomingContext(ctx)
	if !isGRPC {
		authenticated, err := g.authenticateHTTP(ctx, http.Header(headers))
		if err != nil {
			// The receiver makes a status of the text: "rpc error: ..." would stand in it twice.
			return ctx, errors.New(status.Convert(err).Message())
		}
		return authenticated, nil
	}
	k := senderOf(ctx)
	if k == nil {
		// This receiver names the guard only as authenticator.
		var err error
		if k, err = g.authenticate(ctx, headers[authorizationHeader]); err != nil {
			return ctx, err
		}
		if err := g.charge(ctx, k); err != nil {
			return ctx, err
		}
	}
	return withSender(ctx, k), nil
}

// authenticateHTTP gets the request's own headers, not a copy, and changes them: the key goes no further.
func (g *guard) authenticateHTTP(ctx context.Context, headers http.Header) (context.Context, error) {
	k, err := g.authenticate(ctx, headers.Values("Authorization"))
	headers.Del("Authorization")
	if err != nil {
		// The receiver encodes its answer as the request was, and answers 500 where it does not know that encoding.
		// Nobody reads the type of a body that is refused, so it may as well be one that gets its 401.
		if !isOTLP(headers.Get("Content-Type")) {
			headers.Del("Content-Type")
		}
		return ctx, err
	}
	return withMark(withSender(ctx, k), k), nil
}

const (
	protobufType = "application/x-protobuf"
	jsonType     = "application/json"
)

func isOTLP(contentType string) bool {
	return isType(contentType, protobufType) || isType(contentType, jsonType)
}

func isType(contentType, wanted string) bool {
	said, _, err := mime.ParseMediaType(contentType)
	return err == nil && said == wanted
}
