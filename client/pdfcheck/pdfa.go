package pdfcheck

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// The two ways in which XMP writes the claim (ISO 19005-1, 6.7.11): as an
// attribute and as an element.
var (
	pdfaPart  = regexp.MustCompile(`pdfaid:part\s*(?:=\s*["']|>)\s*([1-4])`)
	pdfaLevel = regexp.MustCompile(`pdfaid:conformance\s*(?:=\s*["']|>)\s*([A-Fa-fUu])`)
)

// pdfa reads the conformance that the catalog's metadata claim, "1b", or "".
// It is a claim: nothing here verifies it.
func (s *scan) pdfa() string {
	var st streamAt
	found := false
	for _, p := range slices.Backward(s.streams) { // the last one stands, as in an updated file
		if s.metadata > 0 && int64(p.num) == s.metadata {
			st, found = s.streamOf(p)
			break
		}
	}
	if !found {
		return ""
	}
	xmp, _ := s.decoded(st, 1<<20)
	if bytes.HasPrefix(xmp, []byte{0xfe, 0xff}) || bytes.HasPrefix(xmp, []byte{0xff, 0xfe}) {
		xmp = bytes.ReplaceAll(xmp, []byte{0}, nil)
	}
	part := pdfaPart.FindSubmatch(xmp)
	if part == nil {
		return ""
	}
	claim := string(part[1])
	if level := pdfaLevel.FindSubmatch(xmp); level != nil {
		claim += strings.ToLower(string(level[1]))
	}
	return claim
}
