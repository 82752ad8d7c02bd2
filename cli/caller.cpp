#include "caller.h"

#include "defaults.h"
#include "files.h"
#include "terminal.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace kekkai::cli {
namespace {

namespace fs = std::filesystem;

// What the resolver and TLS libraries read, wherever a distribution's links lead.
constexpr const char* kNetworkFiles[]{"/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt",
                                      "/etc/pki/tls/certs/ca-bundle.crt"};

bool is_covered(const Caller& caller, const std::string& path) {
  return std::ranges::any_of(
      caller.covered, [&](const std::string& directory) { return is_within(path, directory); });
}

}  // namespace

Caller look_around(Dispatcher& k) {
  Caller caller;
  std::error_code ignored;
  try {
    caller.directory = k.getcwd();
    if (!caller.directory.starts_with('/')) caller.directory.clear();  // "(unreachable)…"
  } catch (const SyscallError&) {
    // Removed below our feet: the program starts in its home.
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == text.npos) continue;
    caller.env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const std::string& directory : covered_directories()) {
    if (fs::is_directory(directory, ignored)) caller.covered.push_back(directory);
  }
  for (const char* file : kNetworkFiles) {
    const std::string real = fs::canonical(file, ignored).string();
    if (!ignored && is_covered(caller, real)) caller.network_files.push_back(real);
  }
  caller.has_terminal = has_terminal(k);
  caller.can_keep_terminal = can_keep_terminal(k);
  const auto home = caller.env.find("HOME");
  caller.home_exists = home != caller.env.end() && fs::is_directory(home->second, ignored);
  return caller;
}

}  // namespace kekkai::cli
