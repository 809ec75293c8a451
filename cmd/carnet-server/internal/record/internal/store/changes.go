package store

// Changed is what one committed Op changed, for those who watch: of a record
// who may read what, or what there is; the dialogue that moved; or the access
// session that it ended.
type Changed struct {
	Record int64  // n; 0 when only Access is told
	Rights bool   // who may read what: the epoch moved
	Docs   bool   // what there is
	Access string // id of the access session that ended
	// Dialogue is the id of one that moved, Member a professional in it: one is
	// told for each, and one with none.
	Dialogue, Member string
}

// Changes is the part of a Store that tells of commits.
type Changes interface {
	// OnChange says who is told of every commit, before its Op is acknowledged;
	// it must not wait, for it runs where the store writes. What another
	// process commits is not told: who watches looks again from time to time.
	OnChange(tell func(Changed))
	// OnRights says what is done, in the transaction of each Op that moved the
	// epoch of a record and after it, about whoever may read no longer. Should it
	// fail, the Op fails.
	OnRights(settle func(tx Tx, record int64) error)
}
