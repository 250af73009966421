package ingestguard

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStartFailsWithoutAUsableFile(t *testing.T) {
	for name, content := range map[string]*string{"missing": nil, "empty": ptr(""), "broken": ptr(`{"version": 1, "keys": [`)} {
		t.Run(name, func(t *testing.T) {
			guard := newTestGuard(t, content)
			err := guard.Start(t.Context(), nil)
			if err == nil {
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), guard.config.KeysFile) || !strings.Contains(err.Error(), "otel-kit keys create") {
				t.Errorf("expected what and how to mend it: %q", err)
			}
		})
	}
}

func TestUnusableFileKeepsTheKeysAndIsReportedOnce(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"removed":  os.Remove,
		"emptied":  func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"cut off":  func(path string) error { return os.Truncate(path, 40) },
		"endless":  func(path string) error { return os.WriteFile(path, tooLong(), 0o600) },
		"a folder": func(path string) error { return replace(path, func() error { return os.Mkdir(path, 0o700) }) },
		"a pipe":   func(path string) error { return replace(path, func() error { return syscall.Mkfifo(path, 0o600) }) },
	} {
		t.Run(name, func(t *testing.T) {
			content := keyFile(keyEntry("k1", "shop", ""))
			guard := startedGuard(t, content)
			if err := spoil(guard.config.KeysFile); err != nil {
				t.Fatal(err)
			}
			watch := guard.watch
			for range 3 {
				watch.look()
			}
			if guard.inForce.Load().find(bearer("k1")) == nil {
				t.Error("the key is gone")
			}
			if lines := guard.logs.FilterMessageSnippet("not usable").Len(); lines != 1 {
				t.Errorf("expected one line, got %d", lines)
			}
			if failed := guard.counter(t, "otelcol_ingest_guard_reloads", "result", "failed"); failed != 1 {
				t.Errorf("expected one failed reload, got %d", failed)
			}
			guard.write(t, content)
			watch.look()
			if ok := guard.counter(t, "otelcol_ingest_guard_reloads", "result", "ok"); ok != 2 {
				t.Errorf("mended, expected two good reloads, got %d", ok)
			}
		})
	}
}

func TestKeysChangeWithTheFile(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", ""), keyEntry("k2", "shop", "")))
	guard.write(t, keyFile(keyEntry("k2", "shop", ""), keyEntry("k3", "blog", "")))
	guard.watch.look()
	set := guard.inForce.Load()
	if set.find(bearer("k1")) != nil || set.find(bearer("k2")) == nil || set.find(bearer("k3")) == nil {
		t.Error("expected k2 and k3 only")
	}

	guard.write(t, keyFile())
	guard.watch.look()
	if guard.inForce.Load().find(bearer("k2")) != nil {
		t.Error("the last key cannot be revoked")
	}
}

func TestUnchangedFileIsNotReadAgain(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", "")))
	before := guard.inForce.Load()
	guard.watch.look()
	if guard.inForce.Load() != before {
		t.Error("the keys were exchanged")
	}
}

func TestChangedFileIsSeenThroughALink(t *testing.T) {
	// As a mounted secret changes: the name is a link into a folder that is itself exchanged.
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", "")))
	other := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(other, []byte(keyFile(keyEntry("k2", "shop", ""))), 0o600); err != nil {
		t.Fatal(err)
	}
	path := guard.config.KeysFile
	if err := replace(path, func() error { return os.Symlink(other, path) }); err != nil {
		t.Fatal(err)
	}
	guard.watch.look()
	if guard.inForce.Load().find(bearer("k2")) == nil {
		t.Error("not seen")
	}
}

func TestChangedNoteKeepsTheBucketAndChangedLimitDoesNot(t *testing.T) {
	guard := startedGuard(t, keyFile(keyEntry("k1", "shop", `, "requests_per_second": 1, "burst": 1`)))
	take := func() time.Duration {
		return guard.inForce.Load().find(bearer("k1")).requests.take(start)
	}
	take()
	guard.write(t, keyFile(keyEntry("k1", "shop", `, "requests_per_second": 1, "burst": 1, "note": "new"`)))
	guard.watch.look()
	if take() == 0 {
		t.Error("a changed note gave a full bucket")
	}
	guard.write(t, keyFile(keyEntry("k1", "shop", `, "requests_per_second": 1, "burst": 2`)))
	guard.watch.look()
	if take() != 0 {
		t.Error("the new limit does not hold")
	}
}

func TestFindTakesOneWellFormedHeader(t *testing.T) {
	set := startedGuard(t, keyFile(keyEntry("k1", "shop", ""))).inForce.Load()
	key := keyText("k1")
	for header, found := range map[string]bool{
		"Bearer " + key:                      true,
		"bearer " + key:                      true,
		"Bearer  " + key:                     false,
		"Bearer " + key + " ":                false,
		"Basic " + key:                       false,
		"Bearer":                             false,
		"Bearer ":                            false,
		key:                                  false,
		"":                                   false,
		"Bearer " + strings.ToUpper(key):     false,
		"Bearer " + key[:len(key)-1]:         false,
		"Bearer " + strings.Repeat("x", 1e6): false,
	} {
		if (set.find([]string{header}) != nil) != found {
			t.Errorf("%.60q: expected %v", header, found)
		}
	}
	if set.find(nil) != nil || set.find([]string{"Bearer " + key, "Bearer " + key}) != nil {
		t.Error("no header, or two, let somebody in")
	}
}

func ptr(text string) *string { return &text }

func replace(path string, by func() error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return by()
}

func tooLong() []byte {
	return append(bytes.Repeat([]byte(" "), longestKeyFile), keyFile(keyEntry("k2", "shop", ""))...)
}
