package ingestguard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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

const keyFileVersion = 1

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	tenantPattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)
)

// parseKeyFile returns the entries of a key file, or all faults at once. No value from the file is in their text: what
// somebody put there by mistake may be a key. Entries are named by their id, or by their place if it is not one.
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
