#include "doctor_check.h"

#include "doctor_remedies.h"

#include <algorithm>
#include <system_error>

namespace kekkai::cli {

std::optional<std::string> read_file_if_any(Dispatcher& k, const std::string& path) {
  try {
    return read_text(k, k.openat2(Fd::cwd(), path, Open::kReadOnly, Resolve::kAnywhere));
  } catch (const SyscallError&) {
    return std::nullopt;
  }
}

std::optional<std::string> first_line(Dispatcher& k, const std::string& path) {
  auto text = read_file_if_any(k, path);
  if (text) text->erase(std::min(text->find('\n'), text->size()));
  return text;
}

std::optional<std::string> find_in_path(const Machine& machine, const std::string& program) {
  const auto path = machine.caller.env.find("PATH");
  if (path == machine.caller.env.end()) return std::nullopt;
  std::string_view rest = path->second;
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    const std::string file = std::string(directory.empty() ? "." : directory) + "/" + program;
    try {
      machine.k.access_executable(Fd::cwd(), file);
      return file;
    } catch (const SyscallError&) {
      // It may be in the next one.
    }
  }
  return std::nullopt;
}

Finding fails(std::string text, std::string remedy) {
  return {.outcome = Outcome::kFails, .text = std::move(text), .remedy = std::move(remedy)};
}

Finding fails(const Machine& machine, const std::string& call, int error) {
  return {.outcome = Outcome::kFails,
          .text = call + ": " + std::generic_category().message(error),
          .remedy = remedy_for(machine, call, error),
          .call = call,
          .error = error};
}

Finding fails(const Machine& machine, const Failure& failure) {
  if (failure.error != 0) {
    Finding finding = fails(machine, failure.call, failure.error);
    finding.text = failure.message();
    return finding;
  }
  return fails(failure.message(), failure.hint.empty() ? std::string(kLookCloser) : failure.hint);
}

}  // namespace kekkai::cli
