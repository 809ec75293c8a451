// Package fhir is the wire of Carnet: FHIR R4 (4.0.1) in JSON, as the French
// profile of IHE MHD speaks it.
//
// It has four parts. The strict reader (Parse) refuses what Go's decoders let
// through: duplicate keys, wrong-case keys, bottomless nesting, bytes that are
// not UTF-8. The checker (Check) walks a compact table of the resources in use
// and names each fault by its FHIRPath. The thin views (views.go) are the
// plain values that the rest of the code works with; what was received is kept
// as it came, a view never writes back over it. The errors (error.go) are one
// closed list of codes and the one table to HTTP and OperationOutcome.
//
// Be lenient when reading what another system published, strict when a thing
// is written: ParseX functions of views accept what they can understand, Check
// stands in front of every write.
package fhir
