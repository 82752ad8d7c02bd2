// The parsers of values: what is accepted is exactly what the grammar says, and is the number that
// stands there. The grammars are written down once more here, without a line of the parsers'.
#include "../cli/values.h"

#include "../cli/seccomp_options.h"
#include "../cli/seccomp_views.h"
#include "../cli/version.h"
#include "../seccomp-presets/policy_words.h"
#include "../seccomp-presets/resolve.h"
#include "promises.h"
#include "targets.h"

#include <kekkai/init/frame.h>
#include <kekkai/init/streams.h>
#include <kekkai/syscall/kernel.h>
#include <kekkai/testing/interposer.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kekkai {
namespace {

bool is_number(std::string_view text, std::string_view digits = "0123456789") {
  return !text.empty() && text.find_first_not_of(digits) == text.npos;
}

std::string without_zeros(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  return std::string(text.substr(first));
}

// Whether `text` is `number` in decimal, hexadecimal or octal, but for zeros in front.
bool shows(std::string_view text, uint64_t number) {
  return is_number(text) && without_zeros(text) == std::to_string(number);
}
bool shows_hexadecimal(std::string_view text, uint64_t number) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return false;
  std::string small(text.substr(2));
  std::ranges::transform(small, small.begin(), [](char c) { return c >= 'A' ? c | 0x20 : c; });
  return is_number(small, "0123456789abcdef") &&
         without_zeros(small) == fmt::format("{:x}", number);
}
bool shows_octal(std::string_view text, uint64_t number) {
  return is_number(text, "01234567") && without_zeros(text) == fmt::format("{:o}", number);
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Whether `text` is a number of one of the units, and `value` what that comes to.
bool shows_amount(std::string_view text, uint64_t value, std::span<const Unit> units) {
  return std::ranges::any_of(units, [&](const Unit& unit) {
    return text.ends_with(unit.name) && value % unit.factor == 0 &&
           shows(text.substr(0, text.size() - unit.name.size()), value / unit.factor);
  });
}

// Calls `check` with what is parsed; a text that is refused is quoted.
void try_parser(std::string_view text, const auto& parse, const auto& check) {
  try {
    const auto value = parse(text);
    require(check(value));
  } catch (const std::invalid_argument& e) {
    require(std::string_view(e.what()).starts_with('"'));
  }
}

void try_numbers(std::string_view text) {
  constexpr std::array<Unit, 4> kSizes{
      {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}, {"G", 1024 * 1024 * 1024}}};
  constexpr std::array<Unit, 5> kTimes{
      {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}}};
  try_parser(
      text, [](auto t) { return cli::parse_number(t, 5, 1'000'000); },
      [&](uint64_t n) { return n >= 5 && n <= 1'000'000 && shows(text, n); });
  try_parser(
      text, [](auto t) { return cli::parse_number(t, 0, UINT64_MAX); },
      [&](uint64_t n) { return shows(text, n); });
  try_parser(text, cli::parse_id, [&](uint32_t id) { return id != UINT32_MAX && shows(text, id); });
  try_parser(text, cli::parse_mode,
             [&](uint32_t mode) { return mode <= 07777 && shows_octal(text, mode); });
  try_parser(text, cli::parse_size,
             [&](uint64_t size) { return shows_amount(text, size, kSizes); });
  try_parser(text, cli::parse_duration, [&](std::chrono::milliseconds time) {
    return time.count() >= 0 && shows_amount(text, static_cast<uint64_t>(time.count()), kTimes);
  });
}

bool shows_limit(std::string_view text, uint64_t limit) {
  return text == "unlimited" ? limit == UINT64_MAX : limit != UINT64_MAX && shows(text, limit);
}

// "A", or "A:B".
bool shows_pair(std::string_view text, const auto& first, const auto& second) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return first(text) && second(text);
  return first(text.substr(0, colon)) && second(text.substr(colon + 1));
}

void try_compounds(std::string_view text) {
  try_parser(text, cli::parse_resource_limit, [&](const ResourceLimit& limit) {
    const size_t equals = text.find('=');
    require(equals != text.npos && limit.soft <= limit.hard);
    require(std::ranges::count(cli::resource_limit_names(), text.substr(0, equals)) == 1);
    return shows_pair(
        text.substr(equals + 1), [&](auto t) { return shows_limit(t, limit.soft); },
        [&](auto t) { return shows_limit(t, limit.hard); });
  });
  try_parser(text, cli::parse_extra_fd, [&](const FdPlacement& fd) {
    require(fd.source >= 3 && fd.target >= 3);
    return shows_pair(
        text, [&](auto t) { return shows(t, static_cast<uint64_t>(fd.source)); },
        [&](auto t) { return shows(t, static_cast<uint64_t>(fd.target)); });
  });
  try_parser(text, cli::parse_capabilities, [&](uint64_t set) {
    const auto names = static_cast<size_t>(std::ranges::count(text, ',')) + 1;
    return text == "all" || (set != 0 && static_cast<size_t>(__builtin_popcountll(set)) <= names);
  });
}

// Numbers in policy files, of calls, of errors.
void try_policy_numbers(std::string_view text) {
  if (const std::optional<uint64_t> number = seccomp::parse_number(text)) {
    require(shows(text, *number) || shows_hexadecimal(text, *number));
  }
  if (const std::optional<int> error = seccomp::find_errno(text)) {
    const std::string_view name = seccomp::name_of_errno(*error);
    require(name == text || text == "EDEADLOCK" || text == "ENOTSUP" || text == "EWOULDBLOCK");
  }
  const std::optional<uint32_t> call = seccomp::number_of_call({std::string(text)});
  require(!call || shows(text, *call));
  // What the presets say of a call takes long to tell, and is asked for on the command line too.
  if (!is_number(text) || (call && *call < seccomp::kX32Bit)) return;
  try_parser(
      text,
      [](auto t) {
        return cli::explain_call(std::string(t), seccomp::kNativeArch, cli::Form::kJson);
      },
      [](const std::string&) { return false; });
}

void try_allowed_calls(const std::string& text) {
  if (text.size() > 16) return;  // to find what was meant takes long
  cli::SeccompOptions options{.selection = std::nullopt};
  try {
    cli::allow_calls(options, text);
  } catch (const std::invalid_argument& e) {
    require_harmless(e.what());
    return;
  }
  seccomp::Policy policy;
  for (const std::string& call : options.allowed) {
    require(text.find(call) != text.npos);
    policy.rules.push_back({call});
  }
  seccomp::compile(policy);
}

// The kernel's release: "6.1.0-18-amd64".
void try_release(const std::string& text) {
  const std::string report = cli::version_text([&](const std::string&) { return text; });
  const bool is_new = report.find("(too old: ") == report.npos;
  const size_t dot = std::min(text.find_first_not_of("0123456789"), text.size());
  const size_t end = std::min(text.find_first_not_of("0123456789", dot + 1), text.size());
  if (dot == 0 || dot > 9 || end - dot > 9 || text.find('(') != text.npos) return;  // no kernel's
  const int major = std::stoi(text);
  const bool has_minor = end > dot + 1 && text[dot] == '.';
  const int minor = has_minor ? std::stoi(text.substr(dot + 1)) : 0;
  require(is_new == (std::pair(major, minor) >= std::pair(6, 1)));
}

// What init finds in KEKKAI_SETUP; here no descriptor is open.
class NothingOpen final : public testing::Interposer {
 public:
  using Interposer::Interposer;
  bool is_open(int /*fd*/) override { return false; }

 private:
  void before(const Call& /*call*/) override {}
};

void try_setup_variable(const std::string& text) {
  Kernel kernel;
  NothingOpen k(kernel);
  try {
    adopt_streams(k, text.c_str());
    require(false);
  } catch (const StreamError& e) {
    const std::string_view why = e.what();
    if (why.starts_with("KEKKAI_SETUP is not a descriptor: \"")) return;
    require(why == "descriptor " + without_zeros(text.c_str()) + " is not open");
  }
}

// Put together again, the fields are the text, but for backslashes that nothing needed.
void try_fields(std::string_view text) {
  std::string joined;
  const std::vector<std::string> fields = cli::split_fields(text);
  for (const std::string& field : fields) {
    if (&field != fields.data()) joined += ':';
    for (const char c : field) {
      if (c == ':' || c == '\\') joined += '\\';
      joined += c;
    }
  }
  require(cli::split_fields(joined) == fields);
}

}  // namespace

void fuzz_values(std::string_view bytes) {
  try_numbers(bytes);
  try_compounds(bytes);
  try_fields(bytes);
  try_policy_numbers(bytes);
  const std::string text(bytes);
  try_allowed_calls(text);
  try_release(text);
  try_setup_variable(text);
}

}  // namespace kekkai
