package cable

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A cable that is pulled breaks what is under way and lets nothing new through; plugged in
// again, it does, at the same address.
func TestACableIsPulledAndPluggedIn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "bonjour")
		if r.URL.Path == "/stream" {
			_ = http.NewResponseController(w).Flush() // what is not sent shows at the other end
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	c, err := Lay(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	asks := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	get := func(path string) (*http.Response, error) { return asks.Get(c.Address() + path) }
	for range 3 {
		under, err := get("/stream")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.Pull()
		c.Pull()
		if _, err := io.ReadAll(under.Body); err == nil {
			t.Error("a stream ends well although the cable was pulled")
		}
		under.Body.Close()
		if res, err := get("/"); err == nil {
			res.Body.Close()
			t.Error("an answer comes through a cable that is out")
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v until the desktop could know", took)
		}
		c.Plug()
		res, err := get("/")
		if err != nil {
			t.Fatalf("plugged in again: %v", err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != "bonjour" {
			t.Errorf("plugged in again: %q %v", got, err)
		}
		res.Body.Close()
	}
}
