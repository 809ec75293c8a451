package store

// TraitQuery is ITI-78 over everyone.
type TraitQuery struct {
	Words     []string // folded; each must start a word of a name
	BirthDate string   // prefix
	Gender    string
	Limit     int
	Offset    int
}
