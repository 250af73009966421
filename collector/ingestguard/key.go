package ingestguard

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"
)

// key is one key in force: who holds it, what it may do, and its series in the metrics.
type key struct {
	keyRecord
	requests *bucket
	bytes    *bucket
	identity *identity
	series   series
}

// keySet is the content of one key file; it never changes, only the set in force is exchanged.
type keySet struct {
	byHash map[[sha256.Size]byte]*key
	all    []*key
}

// The longest text that is hashed at all. A key of ours has less than 100 characters.
const longestKey = 256

func newKeySet(records []keyRecord, before *keySet, now time.Time) *keySet {
	old := map[string]*key{}
	if before != nil {
		for _, k := range before.all {
			old[k.id] = k
		}
	}
	set := &keySet{byHash: make(map[[sha256.Size]byte]*key, len(records))}
	for _, record := range records {
		k := &key{keyRecord: record, identity: newIdentity(record), series: newSeries(record.id)}
		if known := old[record.id]; known != nil && known.limits == record.limits {
			// A changed note must not give everybody a full bucket.
			k.requests, k.bytes = known.requests, known.bytes
		} else {
			k.requests = newBucket(record.limits.RequestsPerSecond, record.limits.Burst, now)
			k.bytes = newBucket(record.limits.BytesPerSecond, record.limits.ByteBurst, now)
		}
		set.byHash[record.hash] = k
		set.all = append(set.all, k)
	}
	return set
}

// find returns the key that an Authorization header shows, or nil.
//
// The map is safe against timing: it is asked for the hash, and nobody can choose the bits of a hash.
func (s *keySet) find(authorization []string) *key {
	// Several headers: another server on the way could have looked at another one.
	if len(authorization) != 1 || len(authorization[0]) > longestKey {
		return nil
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(text))
	k := s.byHash[hash]
	if k == nil || subtle.ConstantTimeCompare(k.hash[:], hash[:]) != 1 {
		return nil
	}
	return k
}
