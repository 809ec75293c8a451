package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
)

// site is a part that answers as its story says.
func site(t *testing.T, log *bytes.Buffer, answer func(*Answer)) *httptest.Server {
	t.Helper()
	l := logrus.New()
	l.SetOutput(log)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &Answer{ResponseWriter: w}
		line := Line{Log: l, Name: "page", Request: RequestID(r, 8), Route: "/there/{id}", Method: r.Method, Methods: []string{"GET"}}
		defer func() {
			if v := recover(); v != nil {
				Contained(v, a, line, func() { http.Error(a, "sorry", http.StatusInternalServerError) })
			}
			line.Write(a, 1500*time.Microsecond)
		}()
		answer(a)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(s.Close)
	return s
}

func TestOneLineARequest(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*Answer)
		status int
		want   string // in the log
	}{
		"bytes":     {func(a *Answer) { _, _ = a.Write([]byte("four")) }, 200, `bytes=4 duration_ms=1.5 method=GET`},
		"a status":  {func(a *Answer) { a.WriteHeader(404); a.Code = fhir.NotFound }, 404, `code=not-found`},
		"a failure": {func(a *Answer) { a.WriteHeader(503) }, 503, `level=warning msg=page`},
		"a panic":   {func(*Answer) { panic("MARTIN Léa") }, 500, `a request ended in a panic`},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := site(t, &log, c.answer)
			res, err := http.Get(s.URL + "/there/279035121518989")
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			s.Close()
			if res.StatusCode != c.status || !strings.Contains(log.String(), c.want) || strings.Contains(log.String(), "27903") || strings.Contains(log.String(), "MARTIN") {
				t.Errorf("%d, and the log: %s", res.StatusCode, log.String())
			}
		})
	}
}

// TestHalfAnAnswerIsCutOff: it must not look whole.
func TestHalfAnAnswerIsCutOff(t *testing.T) {
	for name, fault := range map[string]any{"a fault": "oops", "a cut that was asked for": http.ErrAbortHandler, "the same, wrapped": errors.Join(http.ErrAbortHandler)} {
		var log bytes.Buffer
		s := site(t, &log, func(a *Answer) {
			a.Header().Set("Content-Length", "8")
			_, _ = a.Write([]byte("half"))
			panic(fault)
		})
		res, err := http.Get(s.URL)
		if err == nil {
			var body bytes.Buffer
			_, err = body.ReadFrom(res.Body)
			_ = res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the answer looks whole", name)
		}
	}
}

func TestRequestIDsAreNobodysText(t *testing.T) {
	drawn := regexp.MustCompile(`^[0-9a-f]{16}$`)
	for given, taken := range map[string]bool{
		"": false, "279035121518989": false, "MARTIN-Lea-28031979-MARTIN-Lea-28031": false,
		"0b6e3d0a-1f7c-4d0e-9a1b-2c3d4e5f6071": true, "0B6E3D0A-1F7C-4D0E-9A1B-2C3D4E5F6071": true,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(fhir.HeaderRequestID, given)
		got := RequestID(r, 8)
		if taken && got != strings.ToLower(given) || !taken && !drawn.MatchString(got) {
			t.Errorf("%q gives %q", given, got)
		}
	}
}

// TestOtherMethodsAreNotLogged, and the connection can be reached through an
// Answer.
func TestOtherMethodsAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	s := site(t, &log, func(a *Answer) {
		if err := http.NewResponseController(a).SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
	})
	req, err := http.NewRequest("PAT-TROIS", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	s.Close()
	if strings.Contains(log.String(), "PAT-TROIS") || !strings.Contains(log.String(), "method=other") {
		t.Error(log.String())
	}
}
