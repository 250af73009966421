package ingestguard

import (
	"math"
	"sync"
	"time"
)

// bucket is a token bucket. It starts full, gains `rate` tokens a second up to `size`, and may be overdrawn: what is
// known only afterwards (bytes) is taken then, as a debt. A rate of 0 is no limit. Safe for concurrent use.
type bucket struct {
	rate float64
	size float64

	mutex  sync.Mutex
	tokens float64
	filled time.Time
}

func newBucket(rate, size float64, now time.Time) *bucket {
	return &bucket{rate: rate, size: size, tokens: size, filled: now}
}

// take removes one token and returns 0, or removes none and returns how long until there is one.
func (b *bucket) take(now time.Time) time.Duration {
	if b.rate == 0 {
		return 0
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.fill(now)
	if b.tokens < 1 {
		return seconds((1 - b.tokens) / b.rate)
	}
	b.tokens--
	return 0
}

// overdraw removes tokens whether or not they are there.
func (b *bucket) overdraw(now time.Time, tokens int) {
	if b.rate == 0 {
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.fill(now)
	b.tokens -= float64(tokens)
}

// debt returns how many tokens were removed that were not there, and how long until they are paid back.
func (b *bucket) debt(now time.Time) (float64, time.Duration) {
	if b.rate == 0 {
		return 0, 0
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.fill(now)
	if b.tokens >= 0 {
		return 0, 0
	}
	return -b.tokens, seconds(-b.tokens / b.rate)
}

func (b *bucket) fill(now time.Time) {
	// Requests read the clock before they get the lock, so the last one may come first.
	if passed := now.Sub(b.filled); passed > 0 {
		b.tokens = math.Min(b.size, b.tokens+passed.Seconds()*b.rate)
		b.filled = now
	}
}

func seconds(count float64) time.Duration {
	if longest := float64(math.MaxInt64); count*float64(time.Second) > longest/2 {
		return math.MaxInt64 / 2
	}
	return time.Duration(math.Ceil(count * float64(time.Second)))
}
