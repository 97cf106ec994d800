// Package confine takes from a process what the reading of a page does not need:
// files, the network, other programs and other processes.
//
// It acts by being linked in. When the environment has POSTROOM_READER=1 the
// process is confined before Go begins, and nothing undoes that:
//
//   - Landlock (Linux 5.13 and later): no file can be opened but below the paths in
//     POSTROOM_READER_READS, for reading, and POSTROOM_READER_WRITES, for both; the
//     paths of each are separated by newlines. From its version 4 on no TCP
//     connection can be made, from 6 on no signal be sent and no abstract socket be
//     reached outside. Files that are handed over open are not concerned.
//   - A seccomp filter: no sockets, programs, processes, debugging, mounts, changes of
//     modes and owners, and signals and limits of others.
//   - No new privileges, no core dump or debugger, and death with the parent's thread.
//
// A kernel or container that has not all of it gives less; Now tells what holds.
package confine

// Environment variables by which the parent asks for confinement.
const (
	Asked  = "POSTROOM_READER"        // 1
	Reads  = "POSTROOM_READER_READS"  // paths, separated by newlines
	Writes = "POSTROOM_READER_WRITES" // paths, separated by newlines
)

// State is what holds for a process.
type State struct {
	Landlock        int    `json:"landlock"`                 // version of the interface; 0: none
	LandlockFault   string `json:"landlock_fault,omitempty"` // why none
	Seccomp         bool   `json:"seccomp"`
	SeccompFault    string `json:"seccomp_fault,omitempty"`
	NoNewPrivileges bool   `json:"no_new_privileges"`
	NotDumpable     bool   `json:"not_dumpable"`
}
