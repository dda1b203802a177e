package auth

import "testing"

func TestPushKeyIsDerived(t *testing.T) {
	a, b, other := NewPushKey([]byte("key")), NewPushKey([]byte("key")), NewPushKey([]byte("another"))
	if !a.Equal(b) {
		t.Error("nodes with one key differ")
	}
	if a.Equal(other) {
		t.Error("two journals have one key")
	}
}
