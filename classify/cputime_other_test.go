//go:build !unix

package classify

import "time"

var testStart = time.Now()

func cpuTime() time.Duration { return time.Since(testStart) }
