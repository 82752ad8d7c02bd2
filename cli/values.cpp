#include "values.h"

#include <sys/capability.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <stdexcept>

namespace kekkai::cli {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw std::invalid_argument("\"" + std::string(text) + "\" is not " + why);
}

// The whole of `text` as a number, or false.
bool parse_whole(std::string_view text, int base, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// A number and one of `units`, the first of which needs no name.
uint64_t parse_with_unit(std::string_view text, const auto& units, const std::string& what) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  uint64_t number = 0;
  if (!parse_whole(text.substr(0, digits), 10, number)) refuse(text, what);
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (unit == units.end() || number > std::numeric_limits<int64_t>::max() / unit->factor) {
    refuse(text, what);
  }
  return number * unit->factor;
}

constexpr std::array<Unit, 4> kSizes{{{"", 1}, {"K", 1U << 10}, {"M", 1U << 20}, {"G", 1U << 30}}};
constexpr std::array<Unit, 5> kDurations{
    {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

constexpr uint64_t kMostDescriptor = 1048575;  // below the default of fs.nr_open (proc(5))

struct Limit {
  std::string_view name;
  int resource;
};
constexpr std::array<Limit, 16> kLimits{{{"as", RLIMIT_AS},
                                         {"core", RLIMIT_CORE},
                                         {"cpu", RLIMIT_CPU},
                                         {"data", RLIMIT_DATA},
                                         {"fsize", RLIMIT_FSIZE},
                                         {"locks", RLIMIT_LOCKS},
                                         {"memlock", RLIMIT_MEMLOCK},
                                         {"msgqueue", RLIMIT_MSGQUEUE},
                                         {"nice", RLIMIT_NICE},
                                         {"nofile", RLIMIT_NOFILE},
                                         {"nproc", RLIMIT_NPROC},
                                         {"rss", RLIMIT_RSS},
                                         {"rtprio", RLIMIT_RTPRIO},
                                         {"rttime", RLIMIT_RTTIME},
                                         {"sigpending", RLIMIT_SIGPENDING},
                                         {"stack", RLIMIT_STACK}}};

uint64_t parse_limit_value(std::string_view text) {
  if (text == "unlimited") return RLIM_INFINITY;
  return parse_number(text, 0, RLIM_INFINITY - 1);
}

}  // namespace

uint64_t parse_number(std::string_view text, uint64_t least, uint64_t most) {
  uint64_t number = 0;
  if (!parse_whole(text, 10, number) || number < least || number > most) {
    refuse(text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

uint32_t parse_id(std::string_view text) {
  return static_cast<uint32_t>(parse_number(text, 0, UINT32_MAX - 1));  // -1 means "no change"
}

uint32_t parse_mode(std::string_view text) {
  uint64_t mode = 0;
  if (!parse_whole(text, 8, mode) || mode > 07777) refuse(text, "an octal mode up to 7777");
  return static_cast<uint32_t>(mode);
}

uint64_t parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes, "a size like 4096, 64K, 16M or 1G");
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  return std::chrono::milliseconds(
      parse_with_unit(text, kDurations, "a duration like 500ms, 10s, 5m or 2h"));
}

ResourceLimit parse_resource_limit(std::string_view text) {
  const size_t equals = text.find('=');
  const auto limit = std::ranges::find(kLimits, text.substr(0, equals), &Limit::name);
  if (equals == text.npos || limit == kLimits.end()) {
    refuse(text, "NAME=SOFT[:HARD] with a NAME that prlimit(1) knows, like nofile");
  }
  const std::string_view values = text.substr(equals + 1);
  const size_t colon = values.find(':');
  ResourceLimit parsed{.resource = limit->resource};
  parsed.soft = parse_limit_value(values.substr(0, colon));
  parsed.hard = colon == values.npos ? parsed.soft : parse_limit_value(values.substr(colon + 1));
  if (parsed.soft > parsed.hard) refuse(text, "possible: the soft limit is above the hard one");
  return parsed;
}

std::string_view resource_limit_name(int resource) {
  const auto* found = std::ranges::find(kLimits, resource, &Limit::resource);
  return found == kLimits.end() ? "unknown" : found->name;
}

std::vector<std::string> resource_limit_names() {
  std::vector<std::string> names;
  names.reserve(kLimits.size());
  for (const Limit& limit : kLimits) names.emplace_back(limit.name);
  return names;
}

uint64_t parse_capabilities(std::string_view text) {
  if (text == "all") return (uint64_t{2} << CAP_LAST_CAP) - 1;
  uint64_t set = 0;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    std::string name(text.substr(at, end - at));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    cap_value_t value = 0;
    if (!name.starts_with("cap_")) name.insert(0, "cap_");
    if (::cap_from_name(name.c_str(), &value) != 0) {
      refuse(text.substr(at, end - at), "the name of a capability, like net_bind_service");
    }
    set |= uint64_t{1} << value;
    at = end + 1;
  }
  return set;
}

std::vector<std::string> capability_names() {
  std::vector<std::string> names;
  for (cap_value_t value = 0; value <= CAP_LAST_CAP; ++value) {
    const std::unique_ptr<char, int (*)(void*)> name(::cap_to_name(value), ::cap_free);
    names.emplace_back(std::string_view(name.get()).substr(4));
  }
  return names;
}

int parse_descriptor(std::string_view text) {
  return static_cast<int>(parse_number(text, 0, kMostDescriptor));
}

FdPlacement parse_extra_fd(std::string_view text) {
  const size_t colon = text.find(':');
  FdPlacement file;
  file.source = static_cast<int>(parse_number(text.substr(0, colon), 3, kMostDescriptor));
  file.target = colon == text.npos
                    ? file.source
                    : static_cast<int>(parse_number(text.substr(colon + 1), 3, kMostDescriptor));
  return file;
}

std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escapes =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ':' || text[i + 1] == '\\');
    if (escapes) {
      fields.back() += text[++i];
    } else if (text[i] == ':') {
      fields.emplace_back();
    } else {
      fields.back() += text[i];
    }
  }
  return fields;
}

std::string join_fields(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) text += ':';
    for (const char c : field) {
      if (c == ':' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace kekkai::cli
