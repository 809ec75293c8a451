package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// visitor is a patient before their own pages, in a browser that keeps cookies and
// sends what forms hold.
type visitor struct {
	http http.Client
	base string
	at   string // address of the page
	page string
}

// visit signs a fictional patient in on their own pages.
func visit(ctx context.Context, base, account string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{http: http.Client{Jar: jar}, base: base}
	if err := v.open(ctx, "/mon/connexion"); err != nil {
		return nil, err
	}
	return v, v.send(ctx, `name="account" value="`+account+`"`, url.Values{"account": {account}})
}

func (v *visitor) open(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	return v.load(req)
}

func (v *visitor) load(req *http.Request) error {
	resp, err := v.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	v.at, v.page = resp.Request.URL.String(), string(body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the patient’s pages answered %s", resp.Status)
	}
	return nil
}

var (
	forms  = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)".*?</form>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// send fills in the form that holds a text, and sends it.
func (v *visitor) send(ctx context.Context, holds string, fields url.Values) error {
	for _, form := range forms.FindAllStringSubmatch(v.page, -1) {
		if !strings.Contains(form[0], holds) {
			continue
		}
		for _, h := range hidden.FindAllStringSubmatch(form[0], -1) {
			fields.Set(h[1], html.UnescapeString(h[2]))
		}
		at, err := url.Parse(v.at)
		if err != nil {
			return err
		}
		to, err := at.Parse(html.UnescapeString(form[1]))
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(fields.Encode()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return v.load(req)
	}
	return errors.New("the patient’s page has no such form")
}

// shows tells whether the page says all of the texts.
func (v *visitor) shows(texts ...string) error {
	page := plain(html.UnescapeString(v.page))
	for _, text := range texts {
		if !strings.Contains(page, plain(text)) {
			return fmt.Errorf("the patient’s page does not show %q", text)
		}
	}
	return nil
}
