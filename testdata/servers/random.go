package servers

import "crypto/rand"

// randomText returns 12 letters and digits, enough for a name or a password of
// a test.
func randomText() string { return rand.Text()[:12] }
