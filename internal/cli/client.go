package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"admit/internal/access"
)

const (
	defaultServer = "http://127.0.0.1:8080"
	callTimeout   = time.Minute
	maxAnswer     = 64 << 20
)

// object is a JSON object to send. Only what is in it is set or changed.
type object map[string]any

// query holds the filters of a list. Empty ones are not sent.
type query map[string]string

// call is one call of the API.
type call struct {
	method string
	path   string // below /v1, made by path
	query  query
	body   object // nil: none
}

// path joins segments to a path below /v1.
func path(segments ...string) string {
	var b strings.Builder
	for _, segment := range segments {
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String()
}

func get(path string, q query) call { return call{method: http.MethodGet, path: path, query: q} }
func post(path string, body object) call {
	return call{method: http.MethodPost, path: path, body: body}
}

func put(path string, body object) call { return call{method: http.MethodPut, path: path, body: body} }

func remove(path string, query query) call {
	return call{method: http.MethodDelete, path: path, query: query}
}

// do makes a call and returns the JSON of the answer, nil if it is empty. A
// refusal is the *access.Error the server sent.
func (s *session) do(ctx context.Context, c call) (json.RawMessage, error) {
	req, err := s.request(ctx, c)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment},
		Timeout:   callTimeout,
		// A token goes to the address it was given for, and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return nil, unreachable(ctx, req, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, unreachable(ctx, req, err)
	case len(text) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s is larger than %d bytes", req.URL.Host, maxAnswer)
	}
	text = bytes.TrimSpace(text)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refusal(resp, text)
	}
	if len(text) > 0 && !json.Valid(text) {
		return nil, fmt.Errorf("%s does not answer in JSON; is it an Admit server?", s.address())
	}
	return text, nil
}

func (s *session) request(ctx context.Context, c call) (*http.Request, error) {
	base, err := url.Parse(s.address())
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, access.Problems{"--server": "must be an address such as https://admit.example.com"}.Err()
	}
	token := strings.TrimSpace(or(s.token, s.Env["ADMIT_TOKEN"]))
	if token == "" {
		return nil, access.Errorf(access.Unauthenticated, "no API token: set ADMIT_TOKEN or --token; admit token create makes one")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, access.Problems{"--token": "must be an API token such as admit_..., without blanks"}.Err()
	}
	values := url.Values{}
	for name, value := range c.query {
		if value != "" {
			values.Set(name, value)
		}
	}
	address := s.address() + "/v1" + c.path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	body := io.Reader(http.NoBody)
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			return nil, fmt.Errorf("write the call: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("make the call: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", "admit-cli/"+s.Version)
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// address is the server's, with or without /v1 at its end.
func (s *session) address() string {
	address := strings.TrimRight(or(s.server, s.Env["ADMIT_SERVER"], defaultServer), "/")
	return strings.TrimSuffix(address, "/v1")
}

func unreachable(ctx context.Context, req *http.Request, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return access.Errorf(access.Unavailable, "the server at %s://%s does not answer: %v", req.URL.Scheme, req.URL.Host, err)
}

// refusal reads the error the server sent. Whatever stands between it and us may
// answer instead, in its own words: those are not repeated.
func refusal(resp *http.Response, text []byte) error {
	var sent struct {
		Code    access.Code       `json:"code"`
		Message string            `json:"message"`
		Fields  map[string]string `json:"fields"`
	}
	e := &access.Error{Code: codeOf(resp.StatusCode)}
	if json.Unmarshal(text, &sent) == nil && sent.Message != "" {
		e.Msg, e.Fields = sent.Message, sent.Fields
		return e
	}
	e.Msg = fmt.Sprintf("%s://%s answers %q", resp.Request.URL.Scheme, resp.Request.URL.Host, resp.Status)
	if to := resp.Header.Get("Location"); resp.StatusCode < 400 && to != "" {
		e.Msg += " and points to " + to + "; is that the address for --server?"
	}
	return e
}

func codeOf(status int) access.Code {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return access.Invalid
	case http.StatusUnauthorized:
		return access.Unauthenticated
	case http.StatusForbidden:
		return access.Forbidden
	case http.StatusNotFound:
		return access.NotFound
	case http.StatusConflict:
		return access.Conflict
	case http.StatusTooManyRequests:
		return access.RateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return access.Unavailable
	}
	return ""
}

// or returns the first text that is not empty.
func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
