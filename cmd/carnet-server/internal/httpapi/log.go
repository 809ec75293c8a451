package httpapi

import (
	"net/http"
	"strconv"

	"golang.org/x/time/rate"

	"carnet/client/fhir"
)

// What everybody may ask of the log, without a token: its key, its head
// (operate.go), and the proof that it goes on from an earlier size. None of it
// tells of anybody.

// Proofs take some dozen reads each; all who ask share this allowance.
const (
	proofsPerSecond = 50
	proofsBurst     = 100
)

func newProofLimit() *rate.Limiter { return rate.NewLimiter(proofsPerSecond, proofsBurst) }

// logKey answers the public key of the log, a note verifier key (C2SP
// signed-note): name+hash+key.
func (c *call) logKey() error {
	key, err := c.Records.LogKey(c.r.Context())
	if err != nil {
		return err
	}
	c.plain([]byte(key + "\n"))
	return nil
}

// logConsistency answers the proof that the log of ?to= entries begins with
// that of ?from=: hashes in base64, one a line; none when the two are equal.
func (c *call) logConsistency() error {
	if !c.proofs.AllowN(c.Now(), 1) {
		return fhir.E(fhir.Throttled, "Trop de preuves demandées à la fois : réessayez dans un moment.")
	}
	query := c.r.URL.Query()
	from, err := strconv.ParseInt(query.Get("from"), 10, 64)
	to, toErr := strconv.ParseInt(query.Get("to"), 10, 64)
	if err != nil || toErr != nil || len(query["from"]) != 1 || len(query["to"]) != 1 {
		return fhir.E(fhir.BadValue, "Précisez deux tailles du journal : from et to.")
	}
	proof, err := c.Records.Consistency(c.r.Context(), from, to)
	if err != nil {
		return err
	}
	c.plain(proof)
	return nil
}

// plain answers a text.
func (c *call) plain(text []byte) {
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(text) // the client may be gone
}
