package ingestguard

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// GetHTTPHandler implements extensionmiddleware.HTTPServer: the limits, and the count of the bytes.
func (g *guard) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			g.serveHTTP(response, request, next)
		}), nil
	}, nil
}

func (g *guard) serveHTTP(response http.ResponseWriter, request *http.Request, next http.Handler) {
	ctx := request.Context()
	k := senderOf(ctx)
	if k == nil {
		// This receiver names the guard only as middleware: it must not be open for that.
		authenticated, err := g.authenticateHTTP(ctx, request.Header)
		if err != nil {
			refuse(response, request, err)
			return
		}
		ctx, k = authenticated, senderOf(authenticated)
	}
	if err := g.charge(ctx, k); err != nil {
		refuse(response, request, err)
		return
	}
	body := &countedBody{ReadCloser: request.Body, guard: g, key: k}
	request = request.WithContext(ctx)
	request.Body = body
	// Not at the end of the body: a sender that breaks off has cost what it sent.
	defer func() { g.meters.bytes.Add(ctx, body.count, k.series.key) }()
	next.ServeHTTP(response, request)
}

// countedBody charges a key for what is read, as it is read. The decompressor lies below it.
type countedBody struct {
	io.ReadCloser
	guard *guard
	key   *key
	count int64
}

func (b *countedBody) Read(into []byte) (int, error) {
	read, err := b.ReadCloser.Read(into)
	if read > 0 {
		b.count += int64(read)
		b.key.bytes.overdraw(b.guard.now(), read)
	}
	return read, err
}

// refuse answers as OTLP/HTTP wants it: a google.rpc.Status in the encoding of the request, and when to come again.
//
// Source: OTLP specification 1.5, "OTLP/HTTP Throttling" and "Failures".
func refuse(response http.ResponseWriter, request *http.Request, err error) {
	refused := status.Convert(err)
	code := http.StatusUnauthorized
	if refused.Code() == codes.ResourceExhausted {
		code = http.StatusTooManyRequests
	}
	for _, detail := range refused.Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			wait := int64(retry.GetRetryDelay().AsDuration().Seconds())
			response.Header().Set("Retry-After", strconv.FormatInt(wait, 10))
		}
	}
	encode, contentType := protojson.Marshal, jsonType
	if isType(request.Header.Get("Content-Type"), protobufType) {
		encode, contentType = proto.Marshal, protobufType
	}
	body, err := encode(refused.Proto())
	if err != nil {
		body = nil
	}
	response.Header().Set("Content-Type", contentType)
	response.WriteHeader(code)
	_, _ = response.Write(body)
}
