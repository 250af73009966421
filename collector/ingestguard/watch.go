package ingestguard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Room for ten thousand keys; a path to something endless must not fill the memory.
const longestKeyFile = 4 << 20

// keyFileWatch exchanges the keys in force whenever the file's content changes. A file that cannot be used changes
// nothing and is reported once, not on every look.
//
// It looks instead of waiting for the system to tell: that works for renamed, overwritten and mounted files alike, and
// the file is small. Used by one goroutine.
type keyFileWatch struct {
	guard   *guard
	content []byte
	fault   string
}

// first reads the file; an error is one that the Collector must not start with.
func (w *keyFileWatch) first() error {
	w.look()
	if w.fault == "" {
		return nil
	}
	return fmt.Errorf("ingest_guard: %s: %s (`otel-kit keys create` writes it)", w.guard.config.KeysFile, w.fault)
}

func (w *keyFileWatch) run(ctx context.Context) {
	ticker := time.NewTicker(w.guard.config.PollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.look()
		}
	}
}

func (w *keyFileWatch) look() {
	content, err := readKeyFile(w.guard.config.KeysFile)
	if err == nil && w.content != nil && bytes.Equal(content, w.content) && w.fault == "" {
		return
	}
	var records []keyRecord
	if err == nil {
		records, err = parseKeyFile(content, w.guard.config.Defaults)
	}
	if err != nil {
		w.failed(err)
		return
	}
	w.fault, w.content = "", content
	w.guard.inForce.Store(newKeySet(records, w.guard.inForce.Load(), w.guard.now()))
	w.guard.meters.reloads.Add(context.Background(), 1, reloadOK)
	w.guard.logger.Info("keys read", zap.String("file", w.guard.config.KeysFile), zap.Int("keys", len(records)))
	if len(records) == 0 {
		w.guard.logger.Warn("the key file holds no key: nobody can send", zap.String("file", w.guard.config.KeysFile))
	}
}

func (w *keyFileWatch) failed(err error) {
	fault := strings.ReplaceAll(err.Error(), "\n", "; ")
	if fault == w.fault {
		return
	}
	w.fault = fault
	w.guard.meters.reloads.Add(context.Background(), 1, reloadFailed)
	w.guard.logger.Error("key file not usable: the keys read before stay in force",
		zap.String("file", w.guard.config.KeysFile), zap.String("fault", fault))
}

func readKeyFile(path string) ([]byte, error) {
	// Before it is opened: opening a pipe waits for its writer.
	described, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !described.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, longestKeyFile+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(content) > longestKeyFile {
		return nil, fmt.Errorf("larger than %d bytes", longestKeyFile)
	}
	return content, nil
}

// withoutPath returns the reason alone: the path stands beside it already.
func withoutPath(err error) error {
	var of *os.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
