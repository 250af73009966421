package ingestguard

import (
	"math"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The longest that a sender is told to wait. It may try then; whoever is still in debt is told to wait again.
const longestWait = 5 * time.Minute

// What a refused sender reads: constant text, without its key, its id or what else was wrong.
var (
	errUnauthenticated = status.Error(codes.Unauthenticated, "no valid API key: send it as Authorization: Bearer KEY")
	errExpired         = status.Error(codes.Unauthenticated, "the API key has expired")
)

// tooMuch returns the answer to a key that is over its limits, in whole seconds: OTLP/HTTP can say no others, and a
// sender that is told 0 asks again at once.
func tooMuch(what string, wait time.Duration) error {
	wait = time.Duration(math.Ceil(min(max(wait, 1), longestWait).Seconds())) * time.Second
	refused, err := status.New(codes.ResourceExhausted, what).
		WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	if err != nil {
		return status.Error(codes.ResourceExhausted, what)
	}
	return refused.Err()
}
