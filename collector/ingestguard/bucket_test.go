package ingestguard

import (
	"testing"
	"time"
)

var start = time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)

func TestBucketGivesItsBurstThenItsRate(t *testing.T) {
	b := newBucket(2, 3, start)
	for range 3 {
		if wait := b.take(start); wait != 0 {
			t.Fatalf("within the burst, told to wait %s", wait)
		}
	}
	if wait := b.take(start); wait != 500*time.Millisecond {
		t.Errorf("empty at 2 per second: expected 500ms, got %s", wait)
	}
	if wait := b.take(start.Add(499 * time.Millisecond)); wait.Round(time.Microsecond) != time.Millisecond {
		t.Errorf("a refused attempt costs nothing: expected 1ms, got %s", wait)
	}
	if wait := b.take(start.Add(500 * time.Millisecond)); wait != 0 {
		t.Errorf("after the wait, told to wait %s", wait)
	}
}

func TestBucketHoldsNoMoreThanItsBurst(t *testing.T) {
	b := newBucket(1000, 2, start)
	later := start.Add(time.Hour)
	for range 2 {
		b.take(later)
	}
	if b.take(later) == 0 {
		t.Error("an hour of silence filled it beyond its size")
	}
}

func TestBucketIsPaidBackAtItsRate(t *testing.T) {
	b := newBucket(100, 1000, start)
	b.overdraw(start, 1400)
	if owed, wait := b.debt(start); owed != 400 || wait != 4*time.Second {
		t.Errorf("expected 400 and 4s, got %v and %s", owed, wait)
	}
	if owed, wait := b.debt(start.Add(4 * time.Second)); owed != 0 || wait != 0 {
		t.Errorf("expected no debt, got %v and %s", owed, wait)
	}
}

func TestBucketWithoutRateIsNoLimit(t *testing.T) {
	b := newBucket(0, 0, start)
	b.overdraw(start, 1<<40)
	if owed, wait := b.debt(start); owed != 0 || wait != 0 || b.take(start) != 0 {
		t.Error("a rate of 0 refused something")
	}
}

func TestBucketBearsAClockThatGoesBack(t *testing.T) {
	b := newBucket(1, 2, start)
	b.take(start)
	if wait := b.take(start.Add(-time.Hour)); wait != 0 {
		t.Errorf("with one token left, told to wait %s", wait)
	}
}

func TestBucketBearsTheSmallestRate(t *testing.T) {
	b := newBucket(1e-300, 1, start)
	b.take(start)
	if wait := b.take(start); wait <= 0 {
		t.Errorf("the wait overflowed: %s", wait)
	}
}

func TestTooMuchSaysWholeSecondsOfAtLeastOne(t *testing.T) {
	for wait, expected := range map[time.Duration]time.Duration{
		time.Nanosecond:         time.Second,
		time.Second:             time.Second,
		1001 * time.Millisecond: 2 * time.Second,
		time.Hour:               longestWait,
	} {
		if said := retryDelay(t, tooMuch("too much", wait)); said != expected {
			t.Errorf("%s: expected %s, got %s", wait, expected, said)
		}
	}
}
