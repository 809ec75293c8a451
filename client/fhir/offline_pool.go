package fhir

import (
	"encoding/base64"
	"time"
)

// OperationCopyPool is the operation that confirms a member of an establishment; it
// is of the base address.
const OperationCopyPool = "$copy-pool"

// CopyPool is what $copy-pool answers: the key under which the members of an
// establishment share, on one computer, what they copied of records.
type CopyPool struct {
	OrgID string // the caller's, as the server knows them
	Key   []byte // 32 bytes
	Until time.Time
}

// CopyPoolParameters gives the body of $copy-pool.
func CopyPoolParameters(pool string) []byte {
	return parameters([3]string{"pool", "valueString", pool})
}

// JSON gives the answer of $copy-pool.
func (p CopyPool) JSON() []byte {
	return parameters(
		[3]string{"organization", "valueString", p.OrgID},
		[3]string{"key", "valueString", base64.StdEncoding.EncodeToString(p.Key)},
		[3]string{"until", "valueInstant", Instant(p.Until)},
	)
}

// copyPoolKey is the size of the key, in bytes.
const copyPoolKey = 32

// ParseCopyPool reads the answer of $copy-pool. Errors: Malformed.
func ParseCopyPool(data []byte) (CopyPool, error) {
	all, err := parseParts(data)
	if err != nil {
		return CopyPool{}, err
	}
	key, err := base64.StdEncoding.DecodeString(in(all, "key").text())
	p := CopyPool{OrgID: in(all, "organization").text(), Key: key, Until: ParseTime(in(all, "until").text())}
	if err != nil || len(key) != copyPoolKey || p.OrgID == "" || p.Until.IsZero() {
		return CopyPool{}, E(Malformed, "La clé de l’établissement ne se lit pas.")
	}
	return p, nil
}
