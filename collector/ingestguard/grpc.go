package ingestguard

import (
	"context"

	"go.opentelemetry.io/collector/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/tap"
)

// GetGRPCServerOptions implements extensionmiddleware.GRPCServer. A server takes one tap, so a receiver may name one
// guard only.
func (g *guard) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	return []grpc.ServerOption{
		grpc.InTapHandle(g.tap),
		grpc.StatsHandler(byteCounter{g}),
		grpc.ChainUnaryInterceptor(g.identify),
	}, nil
}

// tap refuses a call as soon as its headers are there. It runs in the goroutine that reads the connection and holds its
// lock, so nothing here may wait for a file, the network or the log.
func (g *guard) tap(ctx context.Context, call *tap.Info) (context.Context, error) {
	k, err := g.authenticate(ctx, call.Header[authorizationHeader])
	if err == nil {
		err = g.charge(ctx, k)
	}
	if err != nil {
		return ctx, err
	}
	return withMark(ctx, k), nil
}

// identify is for a receiver that names the guard only as middleware: without it, the pipeline would not know the sender,
// or with include_metadata would believe what it says of itself.
func (g *guard) identify(
	ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	k := senderOf(ctx)
	if k == nil {
		return nil, errUnauthenticated
	}
	if client.FromContext(ctx).Auth != client.AuthData(k.identity) {
		ctx = withSender(ctx, k)
	}
	return handler(ctx, request)
}

// byteCounter charges a key for its messages. It implements stats.Handler.
type byteCounter struct{ guard *guard }

// HandleRPC is called with each message once it is read and decompressed.
func (c byteCounter) HandleRPC(ctx context.Context, event stats.RPCStats) {
	message, ok := event.(*stats.InPayload)
	if !ok {
		return
	}
	k := senderOf(ctx)
	if k == nil {
		return
	}
	k.bytes.overdraw(c.guard.now(), message.Length)
	c.guard.meters.bytes.Add(ctx, int64(message.Length), k.series.key)
}

// TagRPC leaves the context as it is: the tap has marked it.
func (byteCounter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// TagConn leaves the context as it is.
func (byteCounter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing: keys come with each call, not with the connection.
func (byteCounter) HandleConn(context.Context, stats.ConnStats) {}
