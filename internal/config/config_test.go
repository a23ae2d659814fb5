package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"admit/internal/config"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "admit.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEnvironmentWins(t *testing.T) {
	t.Parallel()
	path := file(t, "listen: 127.0.0.1:1\npoll_every: 5m\ndata: /d\nallow_private: [10.0.0.0/8]\n")
	c, err := config.Load(path, map[string]string{"ADMIT_LISTEN": "127.0.0.1:2", "ADMIT_WINDOW": "0s", "LISTEN": "no"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.PollEvery != 5*time.Minute || c.Window != 0 || c.DatabaseURL != "file:/d/admit.db" ||
		c.KeyFile != "/d/admit.key" || c.URL != "http://127.0.0.1:2" || len(c.AllowPrivate) != 1 {
		t.Errorf("got %+v", c)
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for text, word := range map[string]string{
		"listne: x":        "listne",
		"listen: [":        "yaml",
		"poll_every: soon": "soon",
		"a: \x80\x80":      "config file",
		"window: {a: 1}":   "window",
	} {
		if _, err := config.Load(file(t, text), nil); err == nil {
			t.Errorf("%q was taken", text)
		} else if !strings.Contains(err.Error(), word) && !strings.Contains(err.Error(), "config") {
			t.Errorf("%q: %v does not say what is wrong", text, err)
		}
	}
	if _, err := config.Load("/no/such/file", nil); err == nil {
		t.Error("a missing file was taken")
	}
	c := config.Default()
	c.Listen, c.URL, c.DatabaseURL, c.AllowPrivate, c.LogFormat, c.PollEvery = "nowhere", "ftp://x", "mysql://x", []string{"10.0.0.0/99"}, "xml", 0
	err := c.Finish()
	for _, word := range []string{"listen", "url", "database_url", "allow_private", "log_format", "poll_every"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not name %s", err, word)
		}
	}
	c = config.Default()
	c.Demo, c.Listen = true, "0.0.0.0:8080"
	if err := c.Finish(); err == nil {
		t.Error("a demo listens to the world")
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	const url = "smtp://admit:secret-word@mail.example.com"
	for _, c := range []struct {
		url, from string
		wrong     string // words of the refusal; "" for none
	}{
		{"", "", ""},
		{"", "admit@example.com", ""},
		{url, "Admit <admit@example.com>", ""},
		{url, "", "mail_from"},
		{url, "Admit", "mail_from"},
		{"", "Admit", "mail_from"},
		{url + "/x", "admit@example.com", "smtp_url (ADMIT_SMTP_URL)"},
		{"https" + url, "admit@example.com", "smtp_url (ADMIT_SMTP_URL)"},
	} {
		environ := map[string]string{"ADMIT_SMTP_URL": c.url}
		if c.from != "" {
			environ["ADMIT_MAIL_FROM"] = c.from
		}
		set, err := config.Load("", environ)
		if err != nil || set.SMTPURL != c.url {
			t.Fatalf("%q became %q, %v", c.url, set.SMTPURL, err)
		}
		err = set.Finish()
		if (err != nil) != (c.wrong != "") || err != nil && (!strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "secret-word")) {
			t.Errorf("%q from %q: %v, want %q and no password", c.url, c.from, err, c.wrong)
		}
	}
	if _, err := config.Load(file(t, "smtp_url: "+url+"\n"), nil); err == nil || strings.Contains(err.Error(), "secret-word") {
		t.Errorf("a password in the file: %v", err)
	}
}

func TestFileURL(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/a/b.db", "/a b/c#d?e%f.db", "rel/ü.db"} {
		if got, ok := config.FilePath(config.FileURL(path)); !ok || got != path {
			t.Errorf("%q came back as %q", path, got)
		}
	}
	if _, ok := config.FilePath("postgres://x"); ok {
		t.Error("a server is no file")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("listen: 127.0.0.1:1\nwindow: 1s\n")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skip(err)
		}
		c, err := config.Load(path, nil)
		if err == nil {
			_ = c.Finish()
		}
	})
}
