//go:build cgo && linux

// Landlock holds for the thread that asks for it and those that it starts. A Go
// program has several before its first line runs, and with cgo nothing can make
// them all ask. A constructor of the executable runs when the libraries are loaded
// and before Go has begun, on the only thread that there is.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"

struct confine_state confine_state = {.statm = -1};

// Landlock as of Linux 6.12, linux/landlock.h, which older systems do not have
// or have without the later parts.

struct ruleset {
	uint64_t fs, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

enum {
	LL_CREATE_RULESET = 444,
	LL_ADD_RULE = 445,
	LL_RESTRICT_SELF = 446,
	LL_VERSION = 1,
	LL_PATH_BENEATH = 1,
};

#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_DIR (1ULL << 7)
#define FS_MAKE_REG (1ULL << 8)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define FS_FIRST ((1ULL << 13) - 1)
#define NET_TCP 3ULL
#define SCOPES 3ULL // abstract UNIX sockets, signals

// allow adds a path to the ruleset, if it is there.
static void allow(int rules, const char *path, uint64_t folder_rights, uint64_t file_rights, uint64_t handled)
{
	struct stat st;
	struct beneath b = {.folder = open(path, O_PATH | O_CLOEXEC)};
	if (b.folder < 0)
		return;
	if (fstat(b.folder, &st) == 0) {
		b.allowed = (S_ISDIR(st.st_mode) ? folder_rights : file_rights) & handled;
		syscall(LL_ADD_RULE, rules, LL_PATH_BENEATH, &b, 0);
	}
	close(b.folder);
}

// each calls allow for every path of a list that is separated by newlines.
static void allow_all(int rules, const char *list, uint64_t folder_rights, uint64_t file_rights, uint64_t handled)
{
	char path[4096];
	while (list && *list) {
		size_t n = strcspn(list, "\n");
		if (n > 0 && n < sizeof path) {
			memcpy(path, list, n);
			path[n] = 0;
			allow(rules, path, folder_rights, file_rights, handled);
		}
		list += n + (list[n] == '\n');
	}
}

static void landlock(void)
{
	struct ruleset r = {0};
	size_t size;
	long version = syscall(LL_CREATE_RULESET, NULL, 0, LL_VERSION);
	if (version < 1) {
		confine_state.landlock_errno = version < 0 ? errno : ENOSYS;
		return;
	}
	r.fs = FS_FIRST;
	if (version >= 2)
		r.fs |= FS_REFER;
	if (version >= 3)
		r.fs |= FS_TRUNCATE;
	if (version >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (version >= 4)
		r.net = NET_TCP;
	if (version >= 6)
		r.scoped = SCOPES;
	size = version >= 6 ? sizeof r : version >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
	int rules = syscall(LL_CREATE_RULESET, &r, size, 0);
	if (rules < 0) {
		confine_state.landlock_errno = errno;
		return;
	}
	allow_all(rules, getenv("POSTROOM_READER_READS"), FS_READ_FILE | FS_READ_DIR, FS_READ_FILE, r.fs);
	allow_all(rules, getenv("POSTROOM_READER_WRITES"),
		  FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_TRUNCATE | FS_REFER,
		  FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE, r.fs);
	// Tesseract is quieted with it.
	allow(rules, "/dev/null", 0, FS_READ_FILE | FS_WRITE_FILE, r.fs);
	if (syscall(LL_RESTRICT_SELF, rules, 0) == 0)
		confine_state.landlock = version;
	else
		confine_state.landlock_errno = errno;
	close(rules);
}

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(ARCH)

#define DENY(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The lower half of an argument, on machines that store it first, as both do.
#define ARGUMENT(i) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[i]))

// What no reading of a page needs: to start programs or processes, to speak to
// anybody, to reach into other processes, to change files' names, owners, modes and
// times (which Landlock leaves free), and what only administrators do.
static const int denied[] = {
	__NR_execve, __NR_execveat,
	__NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4,
	__NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_kcmp, __NR_pidfd_open,
	__NR_tkill, __NR_rt_sigqueueinfo, __NR_rt_tgsigqueueinfo, __NR_pidfd_send_signal,
	__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare, __NR_setns,
	__NR_fchmod, __NR_fchmodat, __NR_fchown, __NR_fchownat, __NR_utimensat,
	__NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr, __NR_fremovexattr,
	__NR_mknodat, __NR_memfd_create, __NR_name_to_handle_at, __NR_open_by_handle_at,
	__NR_inotify_init1, __NR_fanotify_init, __NR_fanotify_mark,
	__NR_shmget, __NR_shmat, __NR_shmctl, __NR_msgget, __NR_msgctl, __NR_semget, __NR_semctl, __NR_mq_open, __NR_mq_unlink,
	__NR_setuid, __NR_setgid, __NR_setreuid, __NR_setregid, __NR_setresuid, __NR_setresgid, __NR_setgroups,
	__NR_setfsuid, __NR_setfsgid, __NR_capset,
	__NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_io_setup, __NR_io_submit,
	__NR_add_key, __NR_request_key, __NR_keyctl,
	__NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_reboot, __NR_swapon, __NR_swapoff,
	__NR_sethostname, __NR_setdomainname, __NR_settimeofday, __NR_clock_settime, __NR_clock_adjtime, __NR_adjtimex,
	__NR_syslog, __NR_acct, __NR_quotactl, __NR_personality, __NR_vhangup,
#ifdef __NR_io_uring_setup
	__NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
#endif
#ifdef __NR_pidfd_getfd
	__NR_pidfd_getfd,
#endif
#ifdef __NR_process_madvise
	__NR_process_madvise,
#endif
#ifdef __NR_open_tree
	__NR_open_tree, __NR_move_mount, __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick,
#endif
#ifdef __NR_mount_setattr
	__NR_mount_setattr,
#endif
#ifdef __NR_kexec_file_load
	__NR_kexec_file_load,
#endif
#ifdef __x86_64__
	__NR_fork, __NR_vfork, __NR_chmod, __NR_chown, __NR_lchown, __NR_utime, __NR_utimes, __NR_futimesat, __NR_mknod,
	__NR_inotify_init, __NR_iopl, __NR_ioperm, __NR_modify_ldt,
#endif
	452, // fchmodat2, Linux 6.6
	463, 466, // setxattrat and removexattrat, Linux 6.13
	467, // open_tree_attr, Linux 6.15
};

static void seccomp(void)
{
	enum { COUNT = sizeof denied / sizeof denied[0] };
	static struct sock_filter code[COUNT * 2 + 48];
	unsigned short n = 0;
	const struct sock_filter begin[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
#ifdef __x86_64__
		// The same calls under other numbers, for 32-bit pointers (x32).
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		DENY(ENOSYS),
#endif
		// A new thread is allowed, a new process is not. Of clone3 the filter
		// can't see which it is, and the C library then takes clone.
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 435 /* clone3 */, 0, 1),
		DENY(ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 4),
		ARGUMENT(0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		DENY(EPERM),
		ALLOW,
		// Signals to this process only: Go sends them to its own threads.
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_kill, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 4),
		ARGUMENT(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
		DENY(EPERM),
		ALLOW,
		// Limits of this process only.
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prlimit64, 0, 4),
		ARGUMENT(0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		DENY(EPERM),
		ALLOW,
	};
	memcpy(code, begin, sizeof begin);
	n = sizeof begin / sizeof begin[0];
	for (int i = 0; i < COUNT; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], 0, 1);
		code[n++] = (struct sock_filter)DENY(EPERM);
	}
	code[n++] = (struct sock_filter)ALLOW;
	struct sock_fprog program = {.len = n, .filter = code};
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0)
		confine_state.seccomp = 1;
	else
		confine_state.seccomp_errno = errno;
}

#else

static void seccomp(void) { confine_state.seccomp_errno = ENOSYS; }

#endif

__attribute__((constructor)) static void confine(void)
{
	const char *asked = getenv("POSTROOM_READER");
	if (!asked || strcmp(asked, "1") != 0)
		return;
	confine_state.asked = 1;
	confine_state.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	// The parent's end of the connection tells of its death too, but only to a
	// process that still listens.
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	confine_state.not_dumpable = prctl(PR_SET_DUMPABLE, 0) == 0;
	confine_state.no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	// Without it both of the following need privileges, and would be for naught.
	if (!confine_state.no_new_privs)
		return;
	landlock();
	seccomp();
}
