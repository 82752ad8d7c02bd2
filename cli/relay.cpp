#include "relay.h"

#include <array>

namespace kekkai::cli {
namespace {

constexpr size_t kChunk = 4096;  // what a terminal holds

// At the end of its input a program reads no bytes at all: the terminal makes that of its
// end-of-file character, where a line has not begun (termios(3), VEOF).
void type_end_of_file(Dispatcher& k, Fd master, bool in_line) {
  const auto key = static_cast<std::byte>(k.terminal_attributes(master).c_cc[VEOF]);
  const std::array keys{key, key};
  write_all(k, master, std::span(keys).first(in_line ? 2 : 1));
}

bool write_to_stdout(Dispatcher& k, std::span<const std::byte> bytes) {
  try {
    write_all(k, Fd(1, "stdout"), bytes);
    return true;
  } catch (const SyscallError&) {
    return false;
  }
}

}  // namespace

Relay::Relay(Dispatcher& k, UniqueFd master) {
  UniqueFd end;
  std::tie(end_, end) = k.pipe2("end of the output");
  shared_ = std::make_shared<Shared>(k, std::move(master), std::move(end));
  k.start_thread([shared = shared_] { copy_output(*shared); });
  k.start_thread([shared = shared_] { copy_input(*shared); });
}

void Relay::set_size(const winsize& size) {
  try {
    shared_->k.set_window_size(shared_->master, size);
  } catch (const SyscallError&) {
    // The program has ended.
  }
}

void Relay::copy_input(Shared& shared) {
  std::array<std::byte, kChunk> buffer{};
  bool in_line = false;
  try {
    for (;;) {
      const size_t got = shared.k.read(Fd(0, "stdin"), buffer);
      if (got == 0) return type_end_of_file(shared.k, shared.master, in_line);
      write_all(shared.k, shared.master, std::span(buffer).first(got));
      in_line = buffer[got - 1] != std::byte{'\n'};
    }
  } catch (const SyscallError&) {
    // One of the two is gone; the output tells when it is the program.
  }
}

void Relay::copy_output(Shared& shared) {
  std::array<std::byte, kChunk> buffer{};
  try {
    while (const size_t got = shared.k.read(shared.master, buffer)) {
      if (!write_to_stdout(shared.k, std::span(buffer).first(got))) {
        shared.stdout_failed = true;
        break;
      }
    }
  } catch (const SyscallError&) {
    // EIO: nobody has the terminal open any more.
  }
  shared.end.reset();
}

}  // namespace kekkai::cli
