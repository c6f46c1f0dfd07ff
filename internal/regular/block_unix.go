//go:build unix

package regular

import "syscall"

// dontBlock opens a pipe without waiting for its other end, and a terminal without becoming its process.
const dontBlock = syscall.O_NONBLOCK | syscall.O_NOCTTY
