#ifndef POSTROOM_CONFINE_H
#define POSTROOM_CONFINE_H

// What took hold before Go began; see confine.c.
struct confine_state {
	int asked;         // 1 when the environment asked for confinement
	int landlock;      // version of the kernel's Landlock interface that is in force, or 0
	int landlock_errno;
	int seccomp;       // 1 when the system call filter is in force
	int seccomp_errno;
	int no_new_privs;
	int not_dumpable;
	int statm;         // descriptor of /proc/self/statm, or -1
};

extern struct confine_state confine_state;

// confine_end_when_over ends the process with the code when its computing time is over.
int confine_end_when_over(int exit_code);

#endif
