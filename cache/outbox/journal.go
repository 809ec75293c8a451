package outbox

import (
	"iter"
	"slices"

	"carnet/cache/seallog"
	"carnet/client/fhir"
)

// format is that of the outbox's log. Its records show the ids that they are
// about.
var format = &seallog.Format{
	File: "outbox.log", Magic: "CNOBX\x00\x00\x01", Word: "carnet outbox", Start: "head", Marker: "\xC5NO\xBE", IDs: true,
}

// journal is the log, with what waits for it.
type journal struct {
	*seallog.Log
	group *seallog.Group[seallog.Record]
}

// commit writes ops as one record and returns when it is on disk. Those that
// wait together are written together.
func (j *journal) commit(ops []op) error {
	body, ids, err := encode(ops)
	if err != nil {
		return err
	}
	if len(body) > seallog.MaxBody-1024 || len(ids) > seallog.MaxIDs {
		return fhir.E(fhir.TooLarge, "L’envoi est trop grand. Faites-le en plusieurs parties.")
	}
	return j.group.Add(seallog.Record{IDs: ids, Body: body})()
}

// rewrite replaces the log by one that holds these items alone. On an error the
// old log stays. Nothing may be committed meanwhile.
func (j *journal) rewrite(items []*stored) error { return j.Rewrite(parts(items)) }

// parts makes records of items, in their order.
func parts(items []*stored) iter.Seq2[seallog.Record, error] {
	return func(yield func(seallog.Record, error) bool) {
		for part := range slices.Chunk(items, 64) {
			ops := make([]op, len(part))
			for i, it := range part {
				ops[i] = op{Put: it}
			}
			body, ids, err := encode(ops)
			if !yield(seallog.Record{IDs: ids, Body: body}, err) {
				return
			}
		}
	}
}

// diskError says in words why nothing was kept.
func diskError(err error) error {
	return seallog.DiskError(err, lost)
}

const lost = "L’envoi n’a pas pu être gardé sur ce poste. Vérifiez le disque, puis recommencez."
