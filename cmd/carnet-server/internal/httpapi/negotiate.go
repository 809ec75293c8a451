package httpapi

import (
	"mime"
	"strconv"
	"strings"

	"carnet/client/fhir"
)

// wantsJSON refuses whoever wants a resource in a format other than JSON.
func (c *call) wantsJSON() error {
	if format := c.r.URL.Query().Get("_format"); format != "" {
		if isJSON(strings.ReplaceAll(format, " ", "+")) { // "+" of an address that was decoded
			return nil
		}
		return notAcceptable()
	}
	for _, header := range c.r.Header.Values("Accept") {
		if accepts(header, isJSON) {
			return nil
		}
	}
	if len(c.r.Header.Values("Accept")) == 0 {
		return nil
	}
	return notAcceptable()
}

func notAcceptable() error {
	return fhir.E(fhir.NotAcceptable, "Seul le JSON est servi : demandez application/fhir+json.")
}

// accepts says whether an Accept header takes a type that is ours.
func accepts(header string, ours func(string) bool) bool {
	for part := range strings.SplitSeq(header, ",") {
		kind, params, _ := strings.Cut(part, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		if ours(kind) && !refusedByWeight(params) || kind == "" && strings.TrimSpace(header) == "" {
			return true
		}
	}
	return false
}

// refusedByWeight says whether parameters hold q=0.
func refusedByWeight(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); k == "q" {
			q, err := strconv.ParseFloat(v, 64)
			return err == nil && q == 0
		}
	}
	return false
}

// isJSON names the media types that stand for FHIR in JSON (FHIR R4, http,
// 3.1.0.1.9).
func isJSON(kind string) bool {
	switch kind {
	case "*/*", "application/*", "application/fhir+json", "application/json", "application/json+fhir", "text/json", "json":
		return true
	}
	return false
}

// isFHIR names those that ask for a resource rather than for its bytes.
func isFHIR(kind string) bool {
	switch kind {
	case "application/fhir+json", "application/json+fhir":
		return true
	}
	return false
}

// bodyIs checks the Content-Type of a request.
func (c *call) bodyIs(types ...string) error {
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return fhir.E(fhir.UnsupportedMedia, "Les corps compressés ne sont pas reçus ici : envoyez-le tel quel.")
	}
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if charset := params["charset"]; err == nil && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		for _, t := range types {
			if kind == t {
				return nil
			}
		}
	}
	return fhir.E(fhir.UnsupportedMedia, "Ce format n'est pas reçu ici : envoyez %s en UTF-8.", types[0])
}

// resourceBody wants a resource in JSON.
func (c *call) resourceBody() error {
	return c.bodyIs("application/fhir+json", "application/json", "application/json+fhir")
}
