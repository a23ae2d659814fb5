// Package config is how a server is set up: defaults, then a YAML file, then the
// environment. What an admin edits at run time is in the database, not here.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"

	"admit/internal/mail"
)

// Config is all there is to set. Durations are written like 10s or 5m.
type Config struct {
	Listen       string   `yaml:"listen" env:"LISTEN"`               // host:port
	URL          string   `yaml:"url" env:"URL"`                     // where people reach Admit; default http://LISTEN
	Data         string   `yaml:"data" env:"DATA"`                   // folder for the database and the key
	DatabaseURL  string   `yaml:"database_url" env:"DATABASE_URL"`   // file:PATH or postgres://...; default DATA/admit.db
	KeyFile      string   `yaml:"key_file" env:"KEY_FILE"`           // encryption key in base64; default DATA/admit.key, made if absent
	Key          string   `yaml:"-" env:"KEY"`                       // the key itself; only from the environment
	AllowPrivate []string `yaml:"allow_private" env:"ALLOW_PRIVATE"` // private networks ticket systems may be in
	SMTPURL      string   `yaml:"-" env:"SMTP_URL"`                  // where mail is handed in; only from the environment, for there is a password in it
	MailFrom     string   `yaml:"mail_from" env:"MAIL_FROM"`         // the address it comes from
	LogLevel     string   `yaml:"log_level" env:"LOG_LEVEL"`         // debug, info, warn, error
	LogFormat    string   `yaml:"log_format" env:"LOG_FORMAT"`       // text or json
	TrustProxy   bool     `yaml:"trust_proxy" env:"TRUST_PROXY"`     // take the client's address from X-Forwarded-For

	Window     time.Duration `yaml:"window" env:"WINDOW"`           // how long a change waits for its reversal
	PollEvery  time.Duration `yaml:"poll_every" env:"POLL_EVERY"`   // between two reads of a ticket provider
	FullEvery  time.Duration `yaml:"full_every" env:"FULL_EVERY"`   // between two reads of all its open tickets
	SuspectFor time.Duration `yaml:"suspect_for" env:"SUSPECT_FOR"` // how long a missing ticket is looked for
	SettleFor  time.Duration `yaml:"settle_for" env:"SETTLE_FOR"`   // how long a call without an answer may still file a ticket

	Demo bool `yaml:"-" env:"-"` // personas may sign in without a password; loopback only
}

// Default returns a Config that works on one machine.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", Data: "data", LogLevel: "info", LogFormat: "text",
		Window: time.Second, PollEvery: 10 * time.Second, FullEvery: time.Hour, SuspectFor: 10 * time.Minute, SettleFor: 90 * time.Second,
	}
}

// Load reads a Config: defaults, then the file if path is not "", then the
// environment (ADMIT_LISTEN and so on), which wins. It names every problem.
func Load(path string, environ map[string]string) (Config, error) {
	c := Default()
	if path != "" {
		if err := c.readFile(path); err != nil {
			return c, err
		}
	}
	if err := env.ParseWithOptions(&c, env.Options{Prefix: "ADMIT_", Environment: environ}); err != nil {
		return c, fmt.Errorf("read the environment: %w", err)
	}
	return c, nil
}

func (c *Config) readFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the config file: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the config file %s: %w", path, err)
	}
	return nil
}

// Finish fills in what follows from other settings and checks all of them.
func (c *Config) Finish() error {
	var wrong []string
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		no("listen must be host:port, such as 127.0.0.1:8080")
	}
	if c.URL == "" {
		c.URL = "http://" + c.Listen
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		no("url must be an address such as https://admit.example.com")
	}
	if c.DatabaseURL == "" {
		c.DatabaseURL = FileURL(filepath.Join(c.Data, "admit.db"))
	}
	if !strings.HasPrefix(c.DatabaseURL, "file:") && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		no("database_url must start with file: or postgres://")
	}
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.Data, "admit.key")
	}
	if _, err := c.Private(); err != nil {
		no("allow_private: %v", err)
	}
	if c.SMTPURL != "" {
		if _, err := mail.ParseServer(c.SMTPURL); err != nil {
			no("smtp_url (ADMIT_SMTP_URL) %v", err)
		}
	}
	if c.SMTPURL != "" || c.MailFrom != "" {
		if _, err := mail.ParseFrom(c.MailFrom); err != nil {
			no("mail_from %v", err)
		}
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		no("log_format must be text or json")
	}
	for name, d := range map[string]time.Duration{"poll_every": c.PollEvery, "full_every": c.FullEvery, "suspect_for": c.SuspectFor, "settle_for": c.SettleFor} {
		if d <= 0 {
			no("%s must be longer than nothing, such as 10s", name)
		}
	}
	if c.Demo && !loopback(c.Listen) {
		no("a demo listens on this machine only: use an address such as 127.0.0.1:8080")
	}
	if len(wrong) > 0 {
		return errors.New("config: " + strings.Join(wrong, "; "))
	}
	return nil
}

// Private returns the private networks that may be called.
func (c *Config) Private() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range c.AllowPrivate {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		if !strings.Contains(s, "/") {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return nil, fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", s)
			}
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// FileURL returns the database URL of a file, whatever characters its path has.
func FileURL(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// FilePath returns the path a file: URL names; ok is false for another URL.
func FilePath(databaseURL string) (path string, ok bool) {
	rest, ok := strings.CutPrefix(databaseURL, "file:")
	if !ok {
		return "", false
	}
	rest, _, _ = strings.Cut(rest, "?")
	path, err := url.PathUnescape(rest)
	return path, err == nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
