package ingestguard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"time"
)

// keyRecord is one entry of the key file, checked.
type keyRecord struct {
	id               string
	tenant           string
	hash             [sha256.Size]byte
	created          time.Time
	expires          time.Time // zero: never
	trustedRedaction bool
	limits           Limits
}

const (
	keyFileVersion = 1
	shownName      = 40
)

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	tenantPattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)
)

// parseKeyFile returns the entries of a key file, or all faults at once. No value from the file is in their text: what
// somebody put there by mistake may be a key. Entries are named by their id, or by their place if it is not one.
//
// encoding/json alone would take names in any case, the last of two equal names, and what stands behind the document.
func parseKeyFile(content []byte, defaults Limits) ([]keyRecord, error) {
	document, err := object(content)
	if err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if err := onlyKnown(document, "version", "keys"); err != nil {
		return nil, err
	}
	var version int
	if json.Unmarshal(document["version"], &version) != nil || version != keyFileVersion {
		return nil, fmt.Errorf("version: expected %d", keyFileVersion)
	}
	// Of a null, Unmarshal makes an empty list, which would withdraw every key.
	var entries []json.RawMessage
	if json.Unmarshal(document["keys"], &entries) != nil || entries == nil {
		return nil, errors.New("keys: expected a list")
	}
	var faults []error
	records := make([]keyRecord, 0, len(entries))
	ids, hashes := map[string]bool{}, map[[sha256.Size]byte]bool{}
	for index, entry := range entries {
		record, found := parseEntry(entry, defaults)
		name := fmt.Sprintf("key %d", index+1)
		if record.id != "" {
			name = "key " + record.id
		}
		if found == nil && ids[record.id] {
			found = append(found, errors.New("id: stands twice"))
		}
		if found == nil && hashes[record.hash] {
			found = append(found, errors.New("sha256: stands twice"))
		}
		if found != nil {
			for _, fault := range found {
				faults = append(faults, fmt.Errorf("%s: %w", name, fault))
			}
			continue
		}
		ids[record.id], hashes[record.hash] = true, true
		records = append(records, record)
	}
	return records, errors.Join(faults...)
}

func parseEntry(entry json.RawMessage, defaults Limits) (keyRecord, []error) {
	fields, err := object(entry)
	if err != nil {
		return keyRecord{}, []error{err}
	}
	record := keyRecord{limits: defaults}
	var faults []error
	fault := func(name, expected string) { faults = append(faults, fmt.Errorf("%s: expected %s", name, expected)) }

	if id, ok := text(fields["id"]); ok && idPattern.MatchString(id) {
		record.id = id
	} else {
		fault("id", "1 to 32 of a-z, 0-9 and -")
	}
	if err := onlyKnown(fields, "id", "tenant", "sha256", "created", "expires", "trusted_redaction", "note",
		"requests_per_second", "burst", "bytes_per_second", "byte_burst"); err != nil {
		faults = append(faults, err)
	}
	var ok bool
	if record.tenant, ok = text(fields["tenant"]); !ok || !tenantPattern.MatchString(record.tenant) {
		fault("tenant", "1 to 64 letters, digits and ._- that start with a letter or digit")
	}
	sum, _ := text(fields["sha256"])
	if decoded, err := hex.DecodeString(sum); err == nil && len(decoded) == sha256.Size {
		record.hash = [sha256.Size]byte(decoded)
	} else {
		fault("sha256", "64 hexadecimal digits")
	}
	if record.created, ok = instant(fields["created"]); !ok {
		fault("created", "a time like 2026-11-21T23:00:00Z")
	}
	if given(fields["expires"]) {
		if record.expires, ok = instant(fields["expires"]); !ok {
			fault("expires", "null or a time like 2026-11-21T23:00:00Z")
		}
	}
	if raw, there := fields["trusted_redaction"]; there &&
		(!given(raw) || json.Unmarshal(raw, &record.trustedRedaction) != nil) {
		fault("trusted_redaction", "true or false")
	}
	if raw, there := fields["note"]; there {
		if _, ok := text(raw); !ok {
			fault("note", "text")
		}
	}
	for _, field := range record.limits.fields() {
		if raw, there := fields[field.name]; there && (!given(raw) || json.Unmarshal(raw, field.value) != nil) {
			fault(field.name, "a number of at least 0")
		}
	}
	return record, append(faults, record.limits.faults()...)
}

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
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("broken or cut off")
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
