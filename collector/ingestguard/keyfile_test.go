package ingestguard

import (
	"strings"
	"testing"
	"time"
)

const (
	hashA  = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hashB  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	secret = "otk_k1_SECRETSECRETSECRETSECRETSECRETSECRETSECRETS"
)

var testDefaults = Limits{RequestsPerSecond: 10, Burst: 20, BytesPerSecond: 1000, ByteBurst: 5000}

func entry(id, hash, more string) string {
	return `{"id": "` + id + `", "tenant": "shop", "sha256": "` + hash + `", "created": "2026-11-21T23:00:00Z"` + more + `}`
}

func keyFile(entries ...string) string {
	return `{"version": 1, "keys": [` + strings.Join(entries, ", ") + `]}`
}

func TestParseKeyFileTakesAllFields(t *testing.T) {
	records, err := parseKeyFile([]byte(keyFile(
		entry("k1", hashA, ""),
		entry("k2", hashB, `, "expires": "2027-01-01T00:00:00+01:00", "trusted_redaction": true, "note": "the shop",
			"requests_per_second": 0.5, "burst": 1, "bytes_per_second": 0, "byte_burst": 0`),
	)), testDefaults)
	if err != nil {
		t.Fatal(err)
	}
	first, second := records[0], records[1]
	if first.limits != testDefaults || first.trustedRedaction || !first.expires.IsZero() {
		t.Errorf("what is not given must be the default: %+v", first)
	}
	if second.limits != (Limits{RequestsPerSecond: 0.5, Burst: 1}) || !second.trustedRedaction ||
		!second.expires.Equal(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) || second.tenant != "shop" {
		t.Errorf("what is given must be taken: %+v", second)
	}
}

func TestParseKeyFileTakesAWholeFileWithoutKeys(t *testing.T) {
	// Or the last key could not be revoked.
	records, err := parseKeyFile([]byte(`{"version": 1, "keys": []}`), testDefaults)
	if err != nil || len(records) != 0 {
		t.Errorf("got %v, %v", records, err)
	}
}

var hostileKeyFiles = []struct{ name, content, expected string }{
	{"empty", ``, "not a JSON object"},
	{"null", `null`, "not a JSON object"},
	{"list", `[]`, "not a JSON object"},
	{"cut off", keyFile(entry("k1", hashA, ""))[:60], "broken or cut off"},
	{"two documents", keyFile() + keyFile(), "broken or cut off"},
	{"text behind", keyFile() + secret, "broken or cut off"},
	{"byte order mark", "\uFEFF" + keyFile(), "broken or cut off"},
	{"no version", `{"keys": []}`, "version: expected 1"},
	{"other version", `{"version": 2, "keys": []}`, "version: expected 1"},
	{"version as text", `{"version": "1", "keys": []}`, "version: expected 1"},
	{"no keys", `{"version": 1}`, "keys: expected a list"},
	{"keys null", `{"version": 1, "keys": null}`, "keys: expected a list"},
	{"keys an object", `{"version": 1, "keys": {}}`, "keys: expected a list"},
	{"keys twice", `{"version": 1, "keys": [], "keys": []}`, `field "keys" stands twice`},
	{"unknown field", `{"version": 1, "keys": [], "kyes": []}`, `unknown field "kyes"`},
	{"unknown fields", `{"version": 1, "keys": [], "c": 1, "b": 1, "a": 1}`, `unknown field "a"`},
	{"name in capitals", `{"version": 1, "Keys": []}`, `unknown field "Keys"`},
	{"entry null", keyFile("null"), "key 1: expected {...}"},
	{"entry a text", keyFile(`"` + secret + `"`), "key 1: expected {...}"},
	{"field twice", keyFile(entry("k1", hashA, `, "tenant": "other"`)), `key 1: field "tenant" stands twice`},
	{"field twice, written otherwise", keyFile(entry("k1", hashA, `, "\u0074enant": "o"`)), `"tenant" stands twice`},
	{"unknown field of a key", keyFile(entry("k1", hashA, `, "expire": null`)), `key k1: unknown field "expire"`},
	{"name with a line break", keyFile(entry("k1", hashA, `, "a\nb": 1`)), `key k1: unknown field "a\nb"`},
	{"id twice", keyFile(entry("k1", hashA, ""), entry("k1", hashB, "")), "key k1: id: stands twice"},
	{"hash twice", keyFile(entry("k1", hashA, ""), entry("k2", strings.ToUpper(hashA), "")), "key k2: sha256: stands twice"},
	{"id in capitals", keyFile(entry("K1", hashA, "")), "key 1: id: expected"},
	{"id too long", keyFile(entry(strings.Repeat("k", 33), hashA, "")), "key 1: id: expected"},
	{"id with a line break", keyFile(entry(`k1\n`, hashA, "")), "key 1: id: expected"},
	{"the key for the id", keyFile(entry(secret, hashA, "")), "key 1: id: expected"},
	{"the key for the hash", keyFile(entry("k1", secret, "")), "key k1: sha256: expected 64 hexadecimal digits"},
	{"hash too short", keyFile(entry("k1", hashA[:62], "")), "key k1: sha256: expected"},
	{"hash of no digits", keyFile(entry("k1", strings.Repeat("z", 64), "")), "key k1: sha256: expected"},
	{"no hash", keyFile(`{"id": "k1", "tenant": "a", "created": "2026-11-21T23:00:00Z"}`), "key k1: sha256: expected"},
	{"tenant empty", keyFile(`{"id": "k1", "tenant": ""}`), "key k1: tenant: expected"},
	{"tenant a path", keyFile(`{"id": "k1", "tenant": "../x"}`), "key k1: tenant: expected"},
	{"tenant a number", keyFile(`{"id": "k1", "tenant": 1}`), "key k1: tenant: expected"},
	{"created null", keyFile(`{"id": "k1", "created": null}`), "key k1: created: expected a time"},
	{"created a day", keyFile(`{"id": "k1", "created": "2026-11-21"}`), "key k1: created: expected a time"},
	{"expires a number", keyFile(entry("k1", hashA, `, "expires": 0`)), "key k1: expires: expected null or a time"},
	{"expires empty", keyFile(entry("k1", hashA, `, "expires": ""`)), "key k1: expires: expected null or a time"},
	{"trust as text", keyFile(entry("k1", hashA, `, "trusted_redaction": "true"`)), "trusted_redaction: expected true"},
	{"trust null", keyFile(entry("k1", hashA, `, "trusted_redaction": null`)), "trusted_redaction: expected true"},
	{"note a list", keyFile(entry("k1", hashA, `, "note": ["`+secret+`"]`)), "note: expected text"},
	{"rate negative", keyFile(entry("k1", hashA, `, "requests_per_second": -1`)), "requests_per_second: expected a number"},
	{"rate too large", keyFile(entry("k1", hashA, `, "requests_per_second": 1e999`)), "requests_per_second: expected a number"},
	{"rate as text", keyFile(entry("k1", hashA, `, "bytes_per_second": "8"`)), "bytes_per_second: expected a number"},
	{"rate null", keyFile(entry("k1", hashA, `, "bytes_per_second": null`)), "bytes_per_second: expected a number"},
	{"burst that admits nobody", keyFile(entry("k1", hashA, `, "burst": 0`)), "burst: expected at least 1"},
	{"byte burst that admits nobody", keyFile(entry("k1", hashA, `, "byte_burst": 0`)), "byte_burst: expected at least 1"},
	{"several faults", keyFile(`{"id": "k1"}`, `{"id": "k2"}`), "key k2: created: expected"},
}

func TestParseKeyFileRefusesHostileFilesWithoutShowingValues(t *testing.T) {
	for _, hostile := range hostileKeyFiles {
		t.Run(hostile.name, func(t *testing.T) {
			_, err := parseKeyFile([]byte(hostile.content), testDefaults)
			if err == nil {
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), hostile.expected) {
				t.Errorf("expected %q in %q", hostile.expected, err)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("a value is in the text: %q", err)
			}
			for range 10 {
				if _, again := parseKeyFile([]byte(hostile.content), testDefaults); again.Error() != err.Error() {
					t.Fatalf("one file, two texts, so it would be logged again and again: %q and %q", err, again)
				}
			}
		})
	}
}

func FuzzParseKeyFile(f *testing.F) {
	f.Add([]byte(keyFile(entry("k1", hashA, ""), entry("k2", hashB, `, "expires": null, "burst": 3`))))
	for _, hostile := range hostileKeyFiles {
		f.Add([]byte(hostile.content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		records, err := parseKeyFile(content, testDefaults)
		if err != nil {
			return
		}
		for _, record := range records {
			if !idPattern.MatchString(record.id) || !tenantPattern.MatchString(record.tenant) || record.limits.faults() != nil {
				t.Errorf("a faulty entry was taken: %+v", record)
			}
		}
	})
}
