package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// logged is Records of which only the log is asked.
type logged struct{ *fake }

func (logged) LogKey(context.Context) (string, error) { return "carnet-log+1+key", nil }

func (logged) Consistency(_ context.Context, from, to int64) ([]byte, error) {
	if from > to {
		return nil, fhir.E(fhir.BadValue, "Non.")
	}
	return []byte(strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10) + "\n"), nil
}

func TestAnyoneAsksOfTheLog(t *testing.T) {
	a, _ := newTestAPI(t, &fake{})
	a.Records = logged{&fake{}}
	for address, want := range map[string]struct {
		status int
		body   string
	}{
		"/log/key":                               {http.StatusOK, "carnet-log+1+key\n"},
		"/log/consistency?from=3&to=12":          {http.StatusOK, "3-12\n"},
		"/log/consistency?from=12&to=3":          {http.StatusBadRequest, ""},
		"/log/consistency":                       {http.StatusBadRequest, ""},
		"/log/consistency?from=3":                {http.StatusBadRequest, ""},
		"/log/consistency?from=a&to=1":           {http.StatusBadRequest, ""},
		"/log/consistency?from=1&from=2&to=3":    {http.StatusBadRequest, ""},
		"/log/consistency?from=1&to=99999999999": {http.StatusOK, "1-99999999999\n"},
	} {
		w := get(a, http.MethodGet, address, "")
		if w.Code != want.status || want.body != "" && w.Body.String() != want.body {
			t.Errorf("%s: %d %q", address, w.Code, w.Body)
		}
	}
}

func TestProofsAreBounded(t *testing.T) {
	a, _ := newTestAPI(t, &fake{})
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	a.Now = func() time.Time { return at }
	a.Records = logged{&fake{}}
	count := map[int]int{}
	for range 2 * proofsBurst {
		count[get(a, http.MethodGet, "/log/consistency?from=1&to=2", "").Code]++
	}
	if count[http.StatusOK] != proofsBurst || count[http.StatusTooManyRequests] != proofsBurst {
		t.Errorf("%v", count)
	}
	at = at.Add(time.Second)
	if w := get(a, http.MethodGet, "/log/consistency?from=1&to=2", ""); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != "1-2" {
		t.Errorf("a second later: %d", w.Code)
	}
}
