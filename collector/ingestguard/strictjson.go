package ingestguard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// JSON, read more strictly than encoding/json does: that takes names in any case, and the last of two equal ones.

// The most that is shown of a name that nobody knows.
const shownName = 40

// object splits a JSON object into its fields, each once.
func object(content []byte) (map[string]json.RawMessage, error) {
	// First, because a token reader is content with a document that stops halfway.
	if !json.Valid(content) {
		return nil, errors.New("broken or cut off")
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("expected {...}")
	}
	fields := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, errors.New("broken or cut off")
		}
		name := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errors.New("broken or cut off")
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("field %s stands twice", shown(name))
		}
		fields[name] = value
	}
	return fields, nil
}

func onlyKnown(fields map[string]json.RawMessage, known ...string) error {
	var faults []error
	// Sorted: the same file must always make the same text, or it would be logged on every look.
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			faults = append(faults, fmt.Errorf("unknown field %s", shown(name)))
		}
	}
	return errors.Join(faults...)
}

// shown is a field's name for a line of the log: short, and without line breaks.
func shown(name string) string {
	if len(name) > shownName {
		name = name[:shownName] + "..."
	}
	return fmt.Sprintf("%q", name)
}

func given(raw json.RawMessage) bool {
	return raw != nil && string(raw) != "null"
}

func text(raw json.RawMessage) (string, bool) {
	var value string
	return value, given(raw) && json.Unmarshal(raw, &value) == nil
}

func instant(raw json.RawMessage) (time.Time, bool) {
	value, ok := text(raw)
	if !ok {
		return time.Time{}, false
	}
	parsed, err := time.Parse(time.RFC3339, value)
	return parsed, err == nil
}
