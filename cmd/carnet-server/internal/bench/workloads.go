package main

import (
	"context"
	"crypto/sha1" // the specification's field
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"carnet/client/fhir"
)

// The names of what is measured, and what is asked of each at 16 connections:
// twice a peer that checks no right, logs nothing and validates no PDF, with a
// p99 below that peer's.
var targets = map[string]struct {
	perS float64
	p99  time.Duration
}{
	"my patients by name":                   {1786, 44 * time.Millisecond},
	"list of a record's documents, 50 rows": {2832, 44 * time.Millisecond},
	"audited retrieve of a 100 KiB PDF":     {3334, 27 * time.Millisecond},
	"create of a 100 KiB PDF":               {664, 126 * time.Millisecond},
}

// newWorkloads are the four kinds of requests.
func newWorkloads(server *process, token string, s store) []workload {
	addr := server.addr
	return []workload{
		{server: server, name: "my patients by name", status: 200, request: form(addr, token, "/fhir/Patient/_search", func(n uint64) string {
			family := strings.ToLower(families[n%uint64(len(families))])
			return url.Values{"name": {string([]rune(family)[:3])}, "_count": {"20"}}.Encode()
		})},
		{server: server, name: "list of a record's documents, 50 rows", status: 200, request: form(addr, token, "/fhir/DocumentReference/_search", func(n uint64) string {
			p := s.Patients[pick(n, len(s.Patients))]
			return url.Values{"patient": {"Patient/" + p.ID}, "status": {"current"}, "_count": {"50"}}.Encode()
		})},
		{server: server, name: "audited retrieve of a 100 KiB PDF", status: 200, request: func(buf []byte, n uint64) []byte {
			return fmt.Appendf(buf, "GET /fhir/Binary/%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: application/pdf\r\n\r\n", s.PDFs[pick(n, len(s.PDFs))], addr, token)
		}},
		{server: server, name: "create of a 100 KiB PDF", status: 201, request: create(addr, token, s)},
	}
}

// pick chooses one of count at random, the same for the same n (the mixing step
// of SplitMix64): people do not come in turn.
func pick(n uint64, count int) int {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return int((n ^ n>>31) % uint64(count))
}

// form makes requests with a form.
func form(addr, token, path string, body func(n uint64) string) func([]byte, uint64) []byte {
	return func(buf []byte, n uint64) []byte {
		b := body(n)
		return fmt.Appendf(buf, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: application/fhir+json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			path, addr, token, len(b), b)
	}
}

// create makes distinct documents, each with a PDF of its own.
func create(addr, token string, s store) func([]byte, uint64) []byte {
	f := newFiles()
	now := time.Now()
	return func(buf []byte, n uint64) []byte {
		p := s.Patients[pick(n, len(s.Patients))]
		data := f.pdf(n)
		sum := sha1.Sum(data)
		d := described(p, n, now)
		d.Attachment.Size, d.Attachment.Hash = int64(len(data)), base64.StdEncoding.EncodeToString(sum[:])
		before, after := d.SplitJSON()
		length := len(before) + base64.StdEncoding.EncodedLen(len(data)) + len(after)
		buf = fmt.Appendf(buf, "POST /fhir/DocumentReference HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/fhir+json\r\nAccept: application/fhir+json\r\nContent-Length: %d\r\n\r\n", addr, token, length)
		buf = append(buf, before...)
		buf = base64.StdEncoding.AppendEncode(buf, data)
		return append(buf, after...)
	}
}

// described is the n-th document, but for its size and sum.
func described(p subject, n uint64, now time.Time) fhir.DocumentReference {
	return fhir.DocumentReference{
		UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.98.%d", n), Status: "current",
		Type:       fhir.Coding{System: fhir.SystemLOINC, Code: "11502-2", Display: "CR d'examens biologiques"},
		Category:   fhir.Coding{System: fhir.SystemClass, Code: "10", Display: "Compte rendu"},
		PatientINS: fhir.Identifier{System: fhir.SystemINSTest, Value: p.INS}, PatientID: p.ID, Date: fhir.Instant(now),
		Author:       fhir.Party{ID: gp, Name: "Dr Anne MOREL", Specialty: "SM54", OrgID: "1997000011", OrgName: "Cabinet médical du Port"},
		Custodian:    fhir.Party{OrgID: "1997000011", OrgName: "Cabinet médical du Port"},
		Confidential: "N", PeriodStart: fhir.Instant(now),
		Attachment: fhir.Attachment{
			ContentType: "application/pdf", Language: "fr-FR", Title: "Compte rendu", Creation: fhir.Instant(now), URL: "Binary/1",
		},
		Format:   fhir.Coding{System: "https://mos.esante.gouv.fr/NOS/TRE_A06-FormatCodeComplementaire/FHIR/TRE-A06-FormatCodeComplementaire", Code: "urn:ihe:iti:xds:2017:mimeTypeSufficient"},
		Facility: fhir.Coding{Code: "SA07"}, Practice: fhir.Coding{Code: "AMBULATOIRE"},
	}
}

// newYardsticks ask as much of the server that does nothing.
func newYardsticks(server *process) []workload {
	addr := server.addr
	get := func(path string) func([]byte, uint64) []byte {
		return func(buf []byte, _ uint64) []byte {
			return fmt.Appendf(buf, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, addr)
		}
	}
	body := make([]byte, base64.StdEncoding.EncodedLen(pdfSize))
	return []workload{
		{server: server, name: "do nothing: answer 20 KiB", status: 200, request: get("/row")},
		{server: server, name: "do nothing: answer 100 KiB", status: 200, request: get("/pdf")},
		{server: server, name: "do nothing: take 137 KiB", status: 200, request: func(buf []byte, _ uint64) []byte {
			buf = fmt.Appendf(buf, "POST /created HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", addr, len(body))
			return append(buf, body...)
		}},
	}
}

// row is a workload's figures.
type row struct {
	name    string
	figures []figure
}

// measureAll measures everything at every number of connections.
func measureAll(ctx context.Context, o options, loads []workload) ([]row, error) {
	var rows []row
	for _, w := range loads {
		if !strings.Contains(w.name, o.only) {
			continue
		}
		r := row{name: w.name}
		for _, c := range o.conns {
			f, err := measure(ctx, w, c, o.duration)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(os.Stderr, "%-40s %3d connections %8.0f/s p50 %8s p99 %8s %7d bytes, %s of the server's processor\n", w.name, c, f.perS,
				f.p50.Round(10*time.Microsecond), f.p99.Round(10*time.Microsecond), f.bytes, f.cpu.Round(time.Microsecond))
			r.figures = append(r.figures, f)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
