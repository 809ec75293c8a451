// Package pattern looks for many patterns in a text in one pass.
//
// Patterns are those of package regexp, without (?i), and mean the same: the
// leftmost match, of these the one that alternatives and greediness prefer
// (the test holds both to each other). package regexp takes some 50 to 100 ns a
// byte for one pattern; reading a laboratory's result asks for two hundred.
// Here a Family of patterns is turned into an automaton whose states are made
// when a text first needs them and are kept: some 3 ns a byte for all together.
//
//   - Which tells which patterns occur: one pass.
//   - FindAll gives where they occur: a pass from the end marks where matches
//     begin, then each match is followed to its end.
//
// files: family.go (what is asked), automaton.go (steps), generation.go (states),
// program.go (from pattern to instructions, symbols).
package pattern
