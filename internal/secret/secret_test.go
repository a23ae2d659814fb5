package secret_test

import (
	"os"
	"path/filepath"
	"testing"

	"admit/internal/secret"
)

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	box, err := secret.NewBox(secret.NewKey() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("provider/1", "hunter2")
	if again := box.Seal("provider/1", "hunter2"); again == sealed {
		t.Error("the same text is sealed alike twice")
	}
	if text, err := box.Open("provider/1", sealed); err != nil || text != "hunter2" {
		t.Errorf("got %q, %v", text, err)
	}
	other, err := secret.NewBox(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (string, error){
		"at another place": func() (string, error) { return box.Open("provider/2", sealed) },
		"another key":      func() (string, error) { return other.Open("provider/1", sealed) },
		"damaged":          func() (string, error) { return box.Open("provider/1", "A"+sealed[1:]+"AAAA") },
		"short":            func() (string, error) { return box.Open("provider/1", "AAAA") },
		"not base64":       func() (string, error) { return box.Open("provider/1", "?") },
	} {
		if text, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, text)
		}
	}
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "short", "AAAA", "not base64!"} {
		if _, err := secret.NewBox(key); err == nil {
			t.Errorf("the key %q was taken", key)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	first, err := secret.ReadOrMakeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := secret.ReadOrMakeKey(path)
	if err != nil || second != first+"\n" {
		t.Errorf("the key changed, %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := secret.ReadOrMakeKey(filepath.Join(path, "below")); err == nil {
		t.Error("a key was made below a file")
	}
}

func TestMac(t *testing.T) {
	t.Parallel()
	key := secret.NewKey()
	box, err := secret.NewBox(key)
	if err != nil {
		t.Fatal(err)
	}
	same, err := secret.NewBox(key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := secret.NewBox(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	mac := string(box.Mac("a", "bc"))
	if len(mac) != 32 || mac != string(same.Mac("a", "bc")) {
		t.Error("the same parts with the same key differ")
	}
	if mac == string(other.Mac("a", "bc")) || mac == string(box.Mac("ab", "c")) || mac == string(box.Mac("abc")) {
		t.Error("another key, or other parts, give the same")
	}
}
