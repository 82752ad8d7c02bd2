#include "targets.h"

#include "../cli/command_line.h"
#include "../cli/defaults.h"
#include "../cli/message.h"

#include <kekkai/init/frame.h>
#include <kekkai/init/params.h>
#include <kekkai/init/status.h>
#include <kekkai/seccomp-presets/policy_file.h>
#include <kekkai/syscall/mountinfo.h>

#include <stdlib.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace kekkai {
namespace {

void require(bool promise) {
  if (!promise) ::abort();
}

// Frames where there are some, else the bytes themselves as one payload.
std::vector<std::string> payloads(std::string_view bytes) {
  if (!bytes.starts_with("KEKKAI")) return {std::string(bytes)};
  std::vector<std::string> all;
  FrameReader reader;
  const size_t half = bytes.size() / 2;
  for (const std::string_view piece : {bytes.substr(0, half), bytes.substr(half)}) {
    reader.feed(piece);
    while (auto payload = reader.next()) all.push_back(std::move(*payload));
  }
  return all;
}

void expect_printable(const std::string& text) {
  require(std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  }));
  for (size_t at = 0; at + 1 < text.size(); ++at) {  // no C1
    require(text[at] != '\xc2' || static_cast<unsigned char>(text[at + 1]) >= 0xa0);
  }
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
    expect_printable(cli::escape_control(e.what()));
  }
}

seccomp::Policy reread(const seccomp::Policy& policy) {
  seccomp::Policy again = seccomp::parse_policy(seccomp::to_json(policy), "again");
  for (seccomp::Rule& rule : again.rules) rule.origin.clear();
  return again;
}

// Not every policy can be said there, and one may be too long when it is.
void check_oci(const seccomp::Policy& policy) {
  try {
    const seccomp::Policy again = seccomp::parse_policy(seccomp::to_oci_json(policy), "again");
    require(again.otherwise == policy.otherwise);
  } catch (const seccomp::FilterError& e) {
    const std::string_view why = e.what();
    require(!why.starts_with("again") || why.find(" instructions") != why.npos);
  }
}

}  // namespace

void fuzz_setup_stream(std::string_view bytes) {
  try {
    for (const std::string& payload : payloads(bytes)) {
      const std::string again = encode(decode_setup_request(payload));
      require(encode(decode_setup_request(again)) == again);
    }
  } catch (const StreamError&) {
    // Refused as it should be; any other exception ends the program.
  }
}

void fuzz_status_stream(std::string_view bytes) {
  try {
    for (const std::string& payload : payloads(bytes)) {
      const StatusMessage message = decode_status_message(payload);
      require(decode_status_message(encode(message)) == message);
      if (const auto* failure = std::get_if<Failure>(&message)) {
        expect_printable(cli::escape_control(failure->message()));
      }
    }
  } catch (const StreamError&) {
  }
}

void fuzz_mountinfo(std::string_view bytes) {
  try {
    const size_t lines = static_cast<size_t>(std::ranges::count(bytes, '\n')) +
                         (bytes.empty() || bytes.ends_with('\n') ? 0 : 1);
    require(parse_mountinfo(bytes).size() == lines);
  } catch (const std::invalid_argument&) {
  }
}

void fuzz_command_line(std::string_view bytes) {
  std::vector<std::string> arguments;
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    arguments.emplace_back(line.substr(0, line.find('\0')));  // as execve(2) would
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
  }
  // Not what is read from elsewhere: only the command line is fuzzed.
  for (const std::string& word : arguments) {
    for (const char* reads : {"-file", "-fd", "-config", "--file"}) {
      if (word.find(reads) != word.npos) return;
    }
    // The policies of `kekkai seccomp`.
    if (arguments.front() == "seccomp" && word.find_first_of("/.") != word.npos) return;
  }
  cli::Parsed parsed = cli::parse_command_line(arguments, {.directory = "/"});
  expect_printable(cli::escape_control(parsed.text));
  expect_printable(cli::escape_control(parsed.hint));
  if (!parsed.run) {
    require(parsed.asks_version || !parsed.text.empty());
    return;
  }
  const std::vector<std::string>& command = parsed.run->command;
  require(command.size() < arguments.size());
  require(std::equal(command.rbegin(), command.rend(), arguments.rbegin()));
  check_params(*parsed.run);
}

void fuzz_policy_file(std::string_view bytes) {
  seccomp::Policy policy;
  try {
    policy = seccomp::parse_policy(bytes, "file");
  } catch (const seccomp::FilterError& e) {
    require(std::string_view(e.what()).starts_with("file:"));
    expect_printable(cli::escape_control(e.what()));
    return;
  }
  if (policy.rules.empty()) return;  // OCI says such ones, we do not
  const seccomp::Policy again = reread(policy);
  require(reread(again) == again);
  check_oci(policy);
}

}  // namespace kekkai
