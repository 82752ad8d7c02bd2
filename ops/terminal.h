// The terminal of the program.
#pragma once

#include <kekkai/syscall/dispatcher.h>

namespace kekkai {

/// Which terminal a program has, and whose session it is in (credentials(7), tty_ioctl(4)).
enum class Terminal : uint8_t {
  kNone,  ///< None, in a session of its own. A descriptor of one may still be passed to it.
  /// The caller's, in the caller's session and a process group of its own, so that job control
  /// works across the container. Such a program can type into the terminal (TIOCSTI, TIOCLINUX)
  /// unless a filter forbids it: see seccomp::terminal_filter().
  kKept,
  kOwn,  ///< A pseudoterminal of the container, in a session of its own.
  kLast = kOwn,
};

/// A mount of the terminal that is open as one of the descriptors 0 to 2, to become /dev/console.
/// Empty where none of them is a terminal, or it has no path in this mount namespace.
UniqueFd clone_console(Dispatcher& k);

}  // namespace kekkai
