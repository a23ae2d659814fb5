// Package secret keeps secrets encrypted at rest: AES-256-GCM of the standard
// library, with a random nonce for each text and the place a secret belongs to
// as additional data, so that a secret copied to another row does not open.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// Box seals and opens secrets with one key. It is safe for concurrent use.
type Box struct {
	aead cipher.AEAD
	mac  []byte // the key of Mac
}

// NewBox returns a Box for a key of KeySize bytes in standard base64.
func NewBox(key string) (*Box, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil || len(raw) != KeySize {
		return nil, fmt.Errorf("the encryption key must be %d bytes in base64: make one with: openssl rand -base64 %d", KeySize, KeySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	mac, err := hkdf.Key(sha256.New, raw, nil, "mac", sha256.Size)
	if err != nil {
		return nil, err
	}
	return &Box{aead, mac}, nil
}

// Mac returns 32 bytes that nobody can foretell who does not have the key, and
// that are always the same for the same parts.
func (b *Box) Mac(parts ...string) []byte {
	h := hmac.New(sha256.New, b.mac)
	for _, p := range parts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(p)))
		_, _ = io.WriteString(h, p) // never fails
	}
	return h.Sum(nil)
}

// Seal encrypts text for a place, such as "provider/ID".
func (b *Box) Seal(place, text string) string {
	return base64.StdEncoding.EncodeToString(b.aead.Seal(nil, nil, []byte(text), []byte(place)))
}

// Open decrypts what Seal made for the same place with the same key.
func (b *Box) Open(place, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", errors.New("open secret: it is damaged")
	}
	text, err := b.aead.Open(nil, nil, raw, []byte(place))
	if err != nil {
		return "", errors.New("open secret: it was sealed with another key, or is damaged")
	}
	return string(text), nil
}

// NewKey returns a random key in base64.
func NewKey() string {
	raw := make([]byte, KeySize)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

// ReadOrMakeKey returns the key in a file, making the file, readable by its
// owner only, if there is none.
func ReadOrMakeKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return string(text), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the encryption key: %w", err)
	}
	key := NewKey()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("make the encryption key: %w", err)
	}
	_, err = file.WriteString(key + "\n")
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write the encryption key: %w", err)
	}
	return key, nil
}
