#include "../cli/command_line.h"

#include "../cli/defaults.h"
#include "promises.h"
#include "targets.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai {
namespace {

// Those that execve(2) would hand over.
std::vector<std::string> split_arguments(std::string_view bytes) {
  std::vector<std::string> arguments;
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    arguments.emplace_back(line.substr(0, line.find('\0')));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  }
  return arguments;
}

// Only the command line is fuzzed, not what is read from elsewhere.
bool reads_files(const std::vector<std::string>& arguments) {
  return std::ranges::any_of(arguments, [&](const std::string& word) {
    for (const char* reads : {"-file", "-fd", "-config", "-rules", "-bpf"}) {
      if (word.find(reads) != word.npos) return true;
    }
    // The policies of `kekkai seccomp`.
    return arguments.front() == "seccomp" && word.find_first_of("/.") != word.npos;
  });
}

void check_params(const cli::RunOptions& options) {
  const cli::Caller caller{.directory = "/here", .env = {{"HOME", "/"}}, .covered = {"/tmp"}};
  try {
    const Params params = cli::make_params(options, caller);
    require(params.command == options.command);
    require(params.ops.size() == 4 + options.files.size());
    const std::string payload = encode(SetupRequest{.params = params});
    require(encode(decode_setup_request(payload)) == payload);
  } catch (const std::invalid_argument& e) {
    require_harmless(e.what());
  }
}

}  // namespace

void fuzz_command_line(std::string_view bytes) {
  const std::vector<std::string> arguments = split_arguments(bytes);
  if (reads_files(arguments)) return;
  const cli::Parsed parsed = cli::parse_command_line(arguments, {.directory = "/"});
  require_harmless(parsed.text);
  require_harmless(parsed.hint);
  if (!parsed.run) {
    require(parsed.ask || !parsed.text.empty());
    return;
  }
  const std::vector<std::string>& command = parsed.run->command;
  require(command.size() < arguments.size());
  require(std::equal(command.rbegin(), command.rend(), arguments.rbegin()));
  check_params(*parsed.run);
}

}  // namespace kekkai
