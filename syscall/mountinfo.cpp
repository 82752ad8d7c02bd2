#include <kekkai/syscall/mountinfo.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kekkai {
namespace {

constexpr std::string_view kShared = "shared:";
constexpr std::string_view kMaster = "master:";

// Cuts the first space-separated field off `line`.
std::string_view next_field(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

uint64_t parse_id(std::string_view field) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), id);
  if (error != std::errc() || end != field.data() + field.size()) {
    throw std::invalid_argument("not a number");
  }
  return id;
}

// The kernel writes space, tab, newline and backslash as \040 and so on.
std::string unescape(std::string_view field) {
  std::string text;
  text.reserve(field.size());
  for (size_t i = 0; i < field.size(); ++i) {
    const std::string_view digits = field.substr(i + 1, 3);
    if (field[i] == '\\' && digits.size() == 3 &&
        digits.find_first_not_of("01234567") == digits.npos) {
      int code = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 8);
      text += static_cast<char>(code);
      i += 3;
    } else {
      text += field[i];
    }
  }
  return text;
}

MountAttr parse_attributes(std::string_view options) {
  MountAttr attributes = MountAttr::kNone;
  while (!options.empty()) {
    const size_t end = std::min(options.find(','), options.size());
    for (const FlagName& known : flag_table(MountAttr{})) {
      if (options.substr(0, end) == known.name) {
        attributes = attributes | static_cast<MountAttr>(known.value);
      }
    }
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return attributes;
}

MountInfo parse_line(std::string_view line) {
  MountInfo mount;
  mount.id = parse_id(next_field(line));
  mount.parent_id = parse_id(next_field(line));
  next_field(line);  // device
  next_field(line);  // root within the file system
  mount.mount_point = unescape(next_field(line));
  mount.attributes = parse_attributes(next_field(line));
  for (std::string_view tag = next_field(line); tag != "-"; tag = next_field(line)) {
    if (tag.empty()) throw std::invalid_argument("no separator");
    if (tag.starts_with(kShared)) {
      mount.shared = mount.propagates = true;
      mount.peers = parse_id(tag.substr(kShared.size()));
    } else if (tag.starts_with(kMaster)) {
      mount.propagates = true;
      mount.master = parse_id(tag.substr(kMaster.size()));
    }
  }
  mount.type = next_field(line);
  if (mount.type.empty()) throw std::invalid_argument("no file system type");
  next_field(line);  // source
  mount.read_only_system = has(parse_attributes(line), MountAttr::kReadOnly);
  return mount;
}

}  // namespace

std::vector<MountInfo> parse_mountinfo(std::string_view text) {
  std::vector<MountInfo> mounts;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    try {
      mounts.push_back(parse_line(line));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument("mountinfo: " + std::string(e.what()) + ": " + std::string(line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return mounts;
}

}  // namespace kekkai
