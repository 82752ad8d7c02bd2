// The caller's terminal while a program has it.
#pragma once

#include <kekkai/ops/terminal.h>
#include <kekkai/syscall/dispatcher.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace kekkai::cli {

/// Whether one of descriptors 0 to 2 is a terminal.
bool has_terminal(Dispatcher& k);
/// Whether there is a terminal of the caller's session, and nobody in a pipeline needs it as well.
bool can_keep_terminal(Dispatcher& k);
/// The terminal that --tty keeps. Throws std::invalid_argument where there is none.
UniqueFd open_kept_terminal(Dispatcher& k);

/// What has to be known to take a lent terminal back.
struct Loan {
  bool lent = false;
  Terminal kind = Terminal::kNone;
  pid_t callers_group = 0;
  pid_t program = 0;  ///< Leads the program's first process group; 0 before it runs.
  termios callers{};  ///< As the caller had it.
};

/// The caller's terminal, lent to a program and taken back as it was, however that ends: by the
/// program's end, its stop, a failure, an exception, or our being killed.
///
/// To keep the terminal (Terminal::kKept) means that the program's process group is in its
/// foreground. For a terminal of the program's own (Terminal::kOwn) the caller's one becomes raw:
/// every byte is for the other. A program with none still has what modes it likes, until it ends.
class LentTerminal {
 public:
  /// Throws std::invalid_argument where there is none to be kept.
  LentTerminal(Dispatcher& k, Terminal kind);
  LentTerminal(const LentTerminal&) = delete;
  LentTerminal& operator=(const LentTerminal&) = delete;
  ~LentTerminal();

  /// The program runs, and leads the process group of this number.
  void program_started(pid_t program);
  /// Gives the terminal to the program. Does nothing from the background: it is not ours to give.
  void lend();
  /// What the program made of it is kept for the next time.
  void take_back() noexcept;
  /// Takes it back for good, as the destructor does. Nothing may follow.
  void end() noexcept;

  /// Size of the caller's terminal; zeros where there is none.
  winsize size() const;

 private:
  void give();
  void keep_what_program_made();
  void remember(bool lent);
  void start_guard();

  Dispatcher& k_;
  UniqueFd terminal_;  // empty where there is nothing to do
  Loan loan_;
  std::vector<std::pair<Fd, int>> flags_;  // of those of descriptors 0 to 2 that are terminals
  std::optional<termios> programs_;        // as the program left it
  pid_t programs_group_ = 0;               // which group of the program had the foreground
  Spawned guard_;
  UniqueFd guards_news_;
};

/// What argv[0] of the guard is: a process that takes the terminal back for us when we are killed.
inline constexpr const char* kGuardName = "kekkai-terminal";
/// Its whole life; descriptor 0 brings every Loan, 1 is the terminal.
int guard_terminal(Dispatcher& k);

}  // namespace kekkai::cli
